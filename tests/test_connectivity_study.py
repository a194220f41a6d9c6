import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from topograph.studies import read_claims

ROOT = Path(__file__).parent.parent
STUDY = ROOT / "analyses" / "connectivity"
RESULTS = STUDY / "results"
THEORY = ("graphs", "bounds", "spectra")
TRAINED = ("mnist_one_rate", "cifar10_one_rate", "mnist_equal_trace")


def printed(*command, **environment):
    done = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def is_image(path):
    return path.read_bytes().startswith((b"%PDF", b"\x89PNG"))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("connectivity")
    said = printed(STUDY / "run.py", "--smoke", "--output", folder, TOPOGRAPH_DATA="")
    return folder, said


@pytest.mark.parametrize("name", ["shapes", "input_sets", "path_sums"])
def test_committed_tables_are_those_that_are_found_now(run, name):
    found = pd.read_csv(run[0] / f"{name}.csv")
    committed = pd.read_csv(RESULTS / f"{name}.csv")
    pd.testing.assert_frame_equal(found, committed, rtol=1e-6, atol=1e-9)


def test_what_needs_data_is_left_out_and_said_so(run):
    assert "accuracies: left out, since TOPOGRAPH_DATA names no folder" in run[1]
    assert not (run[0] / "correlations.csv").exists()


def test_the_small_training_writes_curves_of_three_graphs(run):
    table = pd.read_csv(run[0] / "training.csv")
    assert set(table.graph) == {"DAG#1", "DAG#2", "DAG#3"}
    assert table.train_accuracy.between(0, 1).all()
    assert list(table) == list(pd.read_csv(RESULTS / "training.csv"))


def test_figures_are_drawn_and_committed(run):
    for name in (*THEORY, "training_mnist_one_rate"):
        assert is_image(run[0] / f"{name}.pdf")
        assert is_image(run[0] / f"{name}.png")
    accuracies = ("accuracy_three", "accuracy_all")
    for name in (*THEORY, *accuracies, *(f"training_{name}" for name in TRAINED)):
        assert is_image(RESULTS / f"{name}.png")


@pytest.mark.data
def test_committed_accuracies_are_those_that_are_found_now(data_folder, tmp_path):
    command = (STUDY / "run.py", "--parts", "accuracies", "--output", tmp_path)
    printed(*command, TOPOGRAPH_DATA=str(data_folder))
    for name in ("correlations", "filtered"):
        found = pd.read_csv(tmp_path / f"{name}.csv")
        pd.testing.assert_frame_equal(found, pd.read_csv(RESULTS / f"{name}.csv"), rtol=1e-6)


def test_the_claims_of_the_readme_are_those_that_are_found_now():
    assert printed(STUDY / "claims.py").strip() in (STUDY / "README.md").read_text()


def test_every_claim_names_its_place():
    claims = read_claims(STUDY / "expected.toml")
    assert len(claims) == 40
    assert all(claim.source for claim in claims.values())


def test_the_readme_quotes_the_tables():
    readme = (STUDY / "README.md").read_text()
    table = pd.read_csv(RESULTS / "correlations.csv")
    for row in table.itertuples():
        each = f"{row.r:.2f} [{row.r_low:.2f}, {row.r_high:.2f}]"
        means = f"{row.r_groups:.2f} [{row.r_groups_low:.2f}, {row.r_groups_high:.2f}]"
        cost = f"{row.chance_groups:.2f} | {row.r_cost:.2f} | {row.r_given_cost:.2f}"
        assert f"| {each} | {means} | {cost} |" in readme
    filtered = pd.read_csv(RESULTS / "filtered.csv")
    for row in filtered[filtered.cells == "all"].itertuples():
        assert f"{row.mean_kept:.1f} | {row.mean_removed:.1f} | {row.mean_largest:.1f}" in readme
