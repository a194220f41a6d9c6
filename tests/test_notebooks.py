import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.notebook
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs(path, monkeypatch, tmp_path):
    monkeypatch.setenv("TOPOGRAPH_FAST", "1")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": tmp_path}}).execute()
    figures = sum(
        "image/png" in str(output) for cell in notebook.cells for output in cell.get("outputs", [])
    )
    assert figures >= 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_committed_notebook_is_presentable(path):
    text = path.read_text()
    notebook = json.loads(text)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in cells)
    assert not any(out["output_type"] == "error" for cell in cells for out in cell["outputs"])
    assert not any("execution" in cell["metadata"] for cell in notebook["cells"])
    assert len(text) < 300_000
    assert not re.search(r"/(home|root|tmp|Users)/", text)


def test_notebooks_define_nothing():
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text())["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code":
                assert not re.search(r"^\s*(def|class) ", source, re.MULTILINE)
