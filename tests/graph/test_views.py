"""What a notebook shows: well-formed, escaped, small, and with the right figures."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings

from tests.strategies import architectures
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import (
    Architecture,
    Builder,
    Conv2d,
    Edge,
    Grouped,
    Identity,
    Linear,
    Node,
    OneToOne,
    Sparse,
    to_html,
)


def figures(architecture: Architecture) -> dict[str, str]:
    """Read the table of key figures."""
    page = ElementTree.fromstring(to_html(architecture))
    rows = (list(row) for row in page.iter("tr"))
    return {head.text or "": value.text or "" for head, value in rows}


def chain(length: int) -> Architecture:
    rng = np.random.default_rng(0)
    nodes = [Node(f"n{i}", 8, cell=f"c{i // 50}", layer=i % 50) for i in range(length)]
    edges = []
    for i in range(1, length):
        sources = sorted({i - 1, *rng.integers(max(0, i - 200), i, 3).tolist()})
        edges += [Edge(f"n{s}", f"n{i}", Linear(), None, p) for p, s in enumerate(sources)]
    return Architecture(tuple(nodes), tuple(edges))


@settings(max_examples=50)
@given(architectures())
def test_page_is_well_formed(architecture: Architecture) -> None:
    page = ElementTree.fromstring(to_html(architecture))
    assert len(page.findall("{http://www.w3.org/2000/svg}svg")) == 1


def test_notebook_shows_the_page() -> None:
    network = dense_mlp(8, 6, candidates=2, rng=0)
    assert network._repr_html_() == to_html(network)


def test_names_are_escaped() -> None:
    b = Builder("<script>alert('1 & 2')</script>")
    with b.cell("<b>&\"cell'"):
        x = b.input(2, name="x", layer=0)
    b.linear(x, 1, name="y")
    page = to_html(b.build())
    assert "<script" not in page
    assert '<b>&"' not in page
    assert "alert('1" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;&amp;" in page


def test_figures_of_a_residual_block() -> None:
    b = Builder()
    x = b.input(4, size=6, name="image")
    h = b.conv(b.conv(x, 8), 4)
    b.linear(b.global_pool(b.add([x, h])), 3, name="scores")
    assert figures(b.build()) == {
        "inputs": "image (4, 6, 6)",
        "outputs": "scores (3)",
        "graph": "6 nodes, 6 edges",
        "width": "3 to 8 channels",
        "depth": "3 layers",
        "trainable": f"{4 * 8 + 8 * 4 + 4 * 3} links",
        "digest": b.build().digest[:12],
    }


@pytest.mark.parametrize("depth", [3, 12])
def test_depth_and_trainable_links_of_random_skips_are_the_closed_form(depth: int) -> None:
    w, t = 8, 5
    found = figures(dense_mlp(w, depth, candidates=t, inputs=20, classes=10, rng=0))
    hidden = sum(w * (w + min(w * (i - 1), t)) for i in range(1, depth - 1))
    head = 10 * (w + min(w * (depth - 2), t))
    assert found["trainable"] == f"{20 * w + hidden + head:,} links"
    assert found["depth"] == f"{depth} layers"
    assert found["cells"] == f"cell ({depth} layers)"


def test_trainable_links_are_counted_by_wiring() -> None:
    mask = np.array([[True, True, False, False], [False, True, True, True]])
    fixed = np.array([[True, False, False, False], [False, False, False, True]])
    edges = (
        Edge("x", "g", Conv2d(3), Grouped(2)),  # 4 * 4 / 2
        Edge("x", "d", Conv2d(3), OneToOne()),  # 4
        Edge("x", "s", Conv2d(3), Sparse.from_mask(mask, constant=fixed)),  # 5 - 2
        Edge("x", "i", Identity()),  # none
    )
    widths = {"x": 4, "g": 4, "d": 4, "s": 2, "i": 4}
    nodes = tuple(Node(name, width, (5, 5)) for name, width in widths.items())
    assert figures(Architecture(nodes, edges))["trainable"] == f"{8 + 4 + 3} links"


def test_many_names_are_cut_short() -> None:
    b = Builder()
    for i in range(9):
        with b.cell(f"cell_{i}"):
            b.input(2, name=f"x_{i}", layer=0)
    found = figures(b.build())
    assert found["inputs"] == "x_0 (2), x_1 (2), x_2 (2), x_3 (2) and 5 more"
    assert found["cells"].endswith("cell_5 (1 layer) and 3 more")


@pytest.mark.parametrize(
    "architecture",
    [
        dense_cnn((32, 64, 128), 20, candidates=(90, 170, 300), rng=0),
        dense_cnn((32, 64, 128), 20, candidates=(90, 170, 300), separable=True, rng=0),
        dense_mlp(8, 60, candidates=14, rng=0),
        chain(3000),
    ],
    ids=["cnn", "separable", "mlp", "chain"],
)
def test_page_stays_small(architecture: Architecture) -> None:
    page = to_html(architecture)
    assert "<svg" in page
    assert len(page) < 60_000


def test_largest_architectures_are_counted_but_not_drawn() -> None:
    nodes = tuple(Node(f"n{i}", 1) for i in range(16_100))
    edges = tuple(Edge(f"n{i}", f"n{i + 1}", Linear()) for i in range(16_099))
    page = to_html(Architecture(nodes, edges))
    assert "<svg" not in page
    assert "16,100 nodes, 16,099 edges" in page
    assert "digest" not in page


def test_known_digest_of_a_large_architecture_is_shown() -> None:
    large = chain(300)
    assert "digest" not in figures(large)
    assert figures(large) | {"digest": large.digest[:12]} == figures(large)


def test_view_needs_no_figure_library() -> None:
    program = (
        "import sys, topograph as tg\n"
        "tg.generators.dense_mlp(8, 6, candidates=2, rng=0)._repr_html_()\n"
        "print({'matplotlib', 'torch', 'pandas', 'networkx', 'igraph'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
