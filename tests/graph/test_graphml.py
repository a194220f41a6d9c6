from contextlib import suppress

import igraph
import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import architectures
from topograph.errors import ArchitectureError, FormatError, TopographError
from topograph.graph import Architecture, Builder, Conv2d, Linear, Node, from_graphml, to_graphml

OPENING = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'


def block():
    """A residual block whose label and cell hold what XML cannot."""
    b = Builder("a <block> &\r\n\x00 \ud800 ]]>")
    with b.cell(' "cell"\t\x1b '):
        x = b.input(3, size=4, name="x")
        h = b.conv(x, 3, name="h", activation="relu", layer=0)
    b.add([h, x, x], name="y")
    return b.build(outputs=("y", "h"))


def document(*parts, keys='<key id="w" for="node" attr.name="width" attr.type="int"/>'):
    """A GraphML text of one directed graph with these parts."""
    return f'{OPENING}{keys}<graph edgedefault="directed">{"".join(parts)}</graph></graphml>'


NODE = '<node id="{}"><data key="w">3</data></node>'


@settings(max_examples=50)
@given(architectures())
def test_round_trip(architecture):
    again = from_graphml(to_graphml(architecture))
    assert again == architecture
    assert (again.name, again.digest) == (architecture.name, architecture.digest)


def test_what_xml_cannot_hold_survives():
    again = from_graphml(to_graphml(block()))
    assert to_graphml(block()).isascii()
    assert again == block()
    assert (again.name, again.outputs) == (block().name, ("y", "h"))


def test_other_programs_read_it(tmp_path):
    path = tmp_path / "block.graphml"
    path.write_text(to_graphml(block()))
    for graph in (nx.read_graphml(path), igraph.Graph.Read_GraphML(str(path))):
        assert graph.is_directed()
    assert nx.read_graphml(path, force_multigraph=True).number_of_edges("x", "y") == 2
    assert nx.read_graphml(path).nodes["h"]["activation"] == "relu"
    assert igraph.Graph.Read_GraphML(str(path)).vs["width"] == [3, 3, 3]


def test_what_is_left_out_takes_its_default():
    keys = (
        '<key id="w" for="node" attr.name="width" attr.type="int"><default>3</default></key>'
        '<key id="o" for="edge" attr.name="op" attr.type="string"><default>linear</default></key>'
        '<key id="c" for="node" attr.name="cell" attr.type="string"/>'
    )
    edge = '<edge source="x" target="y"/>'
    nodes = '<node id="x"/><node id="y"><data key="c">free text</data></node>'
    read = from_graphml(document(nodes, edge, keys=keys))
    assert read.nodes == (Node("x", 3), Node("y", 3, cell="free text"))
    assert [e.op for e in read.edges] == [Linear()]


def test_ops_are_types_or_records():
    keys = '<key id="w" for="node" attr.name="width" attr.type="int"/>'
    keys += '<key id="o" for="edge" attr.name="op" attr.type="string"/>'
    keys += '<key id="s" for="node" attr.name="size" attr.type="string"/>'
    node = '<node id="{}"><data key="w">3</data><data key="s">[5, 5]</data></node>'
    op = '{"type": "conv2d", "kernel": [1, 1]}'
    edge = f'<edge source="x" target="y"><data key="o">{op}</data></edge>'
    read = from_graphml(document(node.format("x"), node.format("y"), edge, keys=keys))
    assert read.edges[0].op == Conv2d(1)


@pytest.mark.parametrize(
    "text",
    [
        f'<!DOCTYPE g [<!ENTITY a "b">]>{document(NODE.format("x"))}',
        f"<!doctype g>{document(NODE.format('x'))}",
        '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><g>&b;</g>',
        f'<!DOCTYPE g SYSTEM "file:///etc/passwd">{document()}',
    ],
)
def test_document_types_are_refused(text):
    with pytest.raises(FormatError, match="DOCTYPE"):
        from_graphml(text)


BROKEN = {
    "empty": "",
    "no XML": "architecture",
    "binary": "\x00\x01\x89PNG",
    "truncated": to_graphml(block())[:-30],
    "other XML": "<svg/>",
    "no namespace": document(NODE.format("x")).replace(OPENING, "<graphml>"),
    "no graph": f"{OPENING}</graphml>",
    "two graphs": f"{OPENING}{'<graph edgedefault=' + chr(34) + 'directed' + chr(34) + '/>'}" * 2,
    "nested graph": document('<node id="x"><graph edgedefault="directed"/></node>'),
    "undirected": document(NODE.format("x")).replace('"directed"', '"undirected"'),
    "undirected edge": document(
        NODE.format("x"), NODE.format("y"), '<edge source="x" target="y" directed="false"/>'
    ),
    "name twice": document(NODE.format("x"), NODE.format("x")),
    "no name": document('<node><data key="w">3</data></node>'),
    "edge id twice": document(
        NODE.format("x"), NODE.format("y"), '<edge id="0" source="x" target="y"/>' * 2
    ),
    "unknown node": document(NODE.format("x"), '<edge source="x" target="y"/>'),
    "unknown key": document('<node id="x"><data key="z">3</data></node>'),
    "unknown attribute": document(NODE.format("x")).replace("width", "weight"),
    "no width": document('<node id="x"/>'),
    "width of text": document('<node id="x"><data key="w">three</data></node>'),
    "huge width": document(f'<node id="x"><data key="w">{"9" * 5000}</data></node>'),
    "empty width": document('<node id="x"><data key="w"></data></node>'),
    "unknown type": document(NODE.format("x")).replace('"int"', '"complex"'),
    "no type": document(NODE.format("x")).replace('attr.type="int"', ""),
    "hyperedge": document(NODE.format("x"), "<hyperedge/>"),
    "port": document('<node id="x"><port name="p"/><data key="w">3</data></node>'),
    "no op": document(NODE.format("x"), NODE.format("y"), '<edge source="x" target="y"/>'),
    "broken JSON": to_graphml(block()).replace("[4, 4]", "[4, 4", 1),
    "NaN": to_graphml(block()).replace("[4, 4]", "[4, NaN]", 1),
    "deep JSON": to_graphml(block()).replace("[4, 4]", "[" * 100_000, 1),
    "key twice": to_graphml(block()).replace('{"type": ', '{"type": "zero", "type": ', 1),
    "deep XML": f"{OPENING}{'<a>' * 100_000}",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_broken_files_are_refused(text):
    with pytest.raises(FormatError) as caught:
        from_graphml(text)
    assert len(str(caught.value)) < 700


def test_rules_are_asked():
    with pytest.raises(ArchitectureError, match=r"\[names\]"):
        from_graphml(document(NODE.format("not a name")))


@given(st.data())
def test_a_damaged_file_only_ever_raises_our_errors(data):
    text = to_graphml(block())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(start + 9, len(text))))
        text = text[:start] + data.draw(st.text(max_size=4)) + text[stop:]
    with suppress(TopographError):
        assert isinstance(from_graphml(text), Architecture)
