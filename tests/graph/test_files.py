import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.strategies import architectures
from topograph.errors import FormatError, TopographError
from topograph.graph import (
    ACTIVATIONS,
    MERGES,
    NORMALISATIONS,
    OPS,
    Architecture,
    Builder,
    Linear,
    Link,
    Node,
    Select,
    files,
    from_json,
    load,
    save,
    schema,
    to_json,
)
from topograph.graph.decode import from_document
from topograph.graph.records import to_document
from topograph.graph.wiring import WIRINGS

VALIDATOR = Draft202012Validator(schema())


def block():
    """A small architecture with a cell, a selection and a label that needs escapes."""
    b = Builder('a "block"\n\x00 é \ud800')
    with b.cell("stem"):
        x = b.input(3, size=4, name="x")
        h = b.conv(x, 3, name="h", normalisation="batch", activation="relu", layer=0)
    y = b.concat([(x, [2, 0]), h], name="y")
    b.node([Link(b.global_pool(y), Linear(), Select([1, 4]))], width=2, name="z")
    return b.build()


@settings(max_examples=50)
@given(architectures())
def test_json_round_trip(architecture):
    again = from_json(to_json(architecture))
    assert again == architecture
    assert (again.name, again.digest) == (architecture.name, architecture.digest)


def test_json_is_ascii_with_one_line_per_node_and_edge():
    text = to_json(block())
    assert text.isascii()
    assert from_json(text).name == block().name
    lines = [json.loads(line.rstrip(",")) for line in text.splitlines() if line[:3] == "  {"]
    assert lines == to_document(block())["nodes"] + to_document(block())["edges"]


HOSTILE = {
    "empty": "",
    "blank": " \n",
    "word": "architecture",
    "binary": "\x00\x01\xff\x89PNG\r\n",
    "truncated": to_json(block())[:-20],
    "more behind it": to_json(block()) + "{}",
    "deep lists": "[" * 200_000,
    "deep lists, closed": "[" * 200_000 + "]" * 200_000,
    "deep objects": '{"a":' * 200_000,
    "huge integer": to_json(block()).replace('"width": 3', '"width": 3' + "0" * 10_000),
    "long integer": to_json(block()).replace('"width": 3', '"width": 3' + "0" * 1_000),
    "huge float": to_json(block()).replace('"width": 3', '"width": 3e999'),
    "NaN": to_json(block()).replace('"width": 3', '"width": NaN'),
    "infinity": to_json(block()).replace('"width": 3', '"width": -Infinity'),
    "key twice": to_json(block()).replace('"width": 3', '"width": 3, "width": 4'),
    "single quotes": to_json(block()).replace('"', "'"),
    "list": "[1, 2, 3]",
    "other object": "{}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused(text):
    with pytest.raises(FormatError) as caught:
        from_json(text)
    assert len(str(caught.value)) < 600


def test_duplicate_names_are_refused_by_their_rule():
    with pytest.raises(TopographError, match=r"\[names\].*'x' twice"):
        from_json(to_json(block()).replace('"name": "h"', '"name": "x"'))


@given(st.data())
def test_a_damaged_file_only_ever_raises_our_errors(data):
    text = to_json(block())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(start + 9, len(text))))
        text = text[:start] + data.draw(st.text(max_size=4)) + text[stop:]
    if data.draw(st.booleans()):
        text = text[: data.draw(st.integers(0, len(text)))]
    with suppress(TopographError):
        assert isinstance(from_json(text), Architecture)


@given(st.data())
def test_flipped_bytes_in_a_file_only_ever_raise_our_errors(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("flips") / "a.json"
    content = bytearray(to_json(block()).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    with suppress(TopographError):
        assert isinstance(load(path), Architecture)


@pytest.mark.parametrize("suffix", [".json", ".graphml", ".JSON", ".GraphML"])
@pytest.mark.parametrize("kind", [str, Path])
def test_files_round_trip(tmp_path, suffix, kind):
    path = tmp_path / f"block{suffix}"
    save(block(), kind(path))
    assert load(kind(path)) == block()
    assert load(path).name == block().name
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_byte_order_mark_is_read_over(tmp_path):
    path = tmp_path / "block.json"
    path.write_bytes(b"\xef\xbb\xbf" + to_json(block()).encode())
    assert load(path) == block()


@pytest.mark.parametrize("name", ["block", "block.txt", "block.json.gz", ".json", "json"])
def test_other_suffixes_are_refused(tmp_path, name):
    with pytest.raises(FormatError, match="suffix"):
        save(block(), tmp_path / name)
    with pytest.raises(FormatError, match="suffix"):
        load(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_refused(tmp_path):
    folder = tmp_path / "a.json"
    folder.mkdir()
    with pytest.raises(FormatError, match="Received a folder"):
        load(folder)
    with pytest.raises(FormatError, match="Received a folder"):
        save(block(), folder)
    assert list(tmp_path.rglob("*")) == [folder]


@pytest.mark.parametrize("content", [b"", b"\x80\x81", b"\x89PNG\r\n\x1a\n\x00", b"\xff\xfe{\x00"])
@pytest.mark.parametrize("suffix", [".json", ".graphml"])
def test_a_file_that_is_none_of_ours_is_refused(tmp_path, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        load(path)
    assert str(path) in str(caught.value) + "".join(getattr(caught.value, "__notes__", []))


def test_a_file_beyond_the_limit_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    save(block(), path)
    monkeypatch.setattr(files, "LARGEST_FILE", path.stat().st_size)
    assert load(path) == block()
    monkeypatch.setattr(files, "LARGEST_FILE", path.stat().st_size - 1)
    with pytest.raises(FormatError, match="at most"):
        load(path)


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "a.json")
    with pytest.raises(FileNotFoundError):
        save(block(), tmp_path / "no folder" / "a.json")


@pytest.mark.parametrize(("owner", "step"), [(files.os, "fsync"), (Path, "replace")])
def test_a_failed_save_leaves_what_was_there(tmp_path, monkeypatch, owner, step):
    path = tmp_path / "a.json"
    path.write_text("what was there")

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(owner, step, fail)
    with pytest.raises(OSError, match="disk full"):
        save(block(), path)
    assert path.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [path]


def test_the_schema_is_one_and_names_every_part():
    Draft202012Validator.check_schema(schema())
    parts = schema()["$defs"]
    for union, known in (("op", OPS), ("wiring", WIRINGS)):
        named = [reference["$ref"].removeprefix("#/$defs/") for reference in parts[union]["oneOf"]]
        assert named == [kind.__name__.lower() for kind in known]
    fields = parts["node"]["properties"]
    assert fields["merge"]["enum"] == list(MERGES)
    assert fields["normalisation"]["enum"] == [None, *NORMALISATIONS]
    assert fields["activation"]["enum"] == [None, *ACTIVATIONS]
    assert parts["activation"]["properties"]["kind"]["enum"] == list(ACTIVATIONS)
    assert parts["norm"]["properties"]["kind"]["enum"] == list(NORMALISATIONS)


def test_every_object_of_the_schema_is_closed_and_described():
    for part in [schema(), *schema()["$defs"].values()]:
        assert part["description"]
        if "properties" in part:
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])


@settings(max_examples=50)
@given(architectures())
def test_documents_follow_the_schema(architecture):
    VALIDATOR.validate(json.loads(to_json(architecture)))


BROKEN = [None, True, -1, 2**31, 0.5, "word", [], {}, {"type": "word"}]


@settings(max_examples=50)
@given(architectures(max_nodes=2), st.data())
def test_what_the_schema_refuses_is_not_read(architecture, data):
    document = to_document(architecture)
    inner = document
    while isinstance(inner, dict | list) and inner:
        outer = inner
        keys = list(outer) if isinstance(outer, dict) else list(range(len(outer)))
        key = data.draw(st.sampled_from(keys))
        inner = outer[key]
        if data.draw(st.integers(0, 3)) == 0:
            break
    outer[key] = data.draw(st.sampled_from(BROKEN))
    if not VALIDATOR.is_valid(document):
        with pytest.raises(TopographError):
            from_document(document)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"format": "other"},
        {"nodes": []},
        {"outputs": []},
        {"outputs": ["z", "z"]},
        {"colour": "red"},
        {"nodes": [{"name": "x", "width": 1}]},
    ],
)
def test_the_schema_refuses_broken_documents(change):
    document = to_document(block())
    assert VALIDATOR.is_valid(document)
    assert not VALIDATOR.is_valid({**document, **change})


def test_the_smallest_architecture_has_a_file(tmp_path):
    smallest = Architecture((Node("x", 1),))
    save(smallest, tmp_path / "x.json")
    assert load(tmp_path / "x.json") == smallest
