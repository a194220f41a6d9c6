from __future__ import annotations

import pytest

from topograph.errors import FormatError
from topograph.search import CellSpace, Remembered, random_search

SPACE = CellSpace.nasbench201()


def test_scores_outlive_the_program(tmp_path):
    path = tmp_path / "scores.jsonl"
    asked = []
    first = Remembered(lambda cell: asked.append(cell) or (cell / 2, float("-inf")), path=path)
    found = random_search(SPACE, first, budget=10, rng=0)
    again = Remembered(lambda cell: pytest.fail(f"asked for {cell}"), path=path)
    assert again.known == first.known
    assert random_search(SPACE, again, budget=10, rng=0).best == found.best
    assert asked == found.indices.tolist()


def test_an_interrupted_search_resumes(tmp_path):
    path = tmp_path / "scores.jsonl"

    def tired(cell):
        if len(path.read_text().splitlines()) == 4 if path.exists() else False:
            raise KeyboardInterrupt
        return float(cell)

    stopped = random_search(SPACE, Remembered(tired, path=path), budget=10, rng=0)
    assert (stopped.scored, stopped.is_complete) == (4, False)
    whole = random_search(SPACE, Remembered(float, path=path), budget=10, rng=0)
    assert whole.indices[:4].tolist() == stopped.indices.tolist()


def test_a_line_that_was_cut_off_goes(tmp_path):
    path = tmp_path / "scores.jsonl"
    path.write_text("[1, 2.0]\n[2, 3")
    assert Remembered(float, path=path).known == {1: (2.0,)}
    assert path.read_text() == "[1, 2.0]\n"


@pytest.mark.parametrize("line", ["nonsense", "7", "[]", '["a", 1]', "[1, null]"])
def test_other_files_are_refused(tmp_path, line):
    path = tmp_path / "scores.jsonl"
    path.write_text(f"[0, 1.0]\n{line}\n")
    with pytest.raises(FormatError, match="line 2"):
        Remembered(float, path=path)


def test_without_a_file():
    score = Remembered(lambda cell: cell + 0.5)
    assert (score(2), score.known) == ((2.5,), {2: (2.5,)})
