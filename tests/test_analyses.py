import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from topograph.studies import FamilyStudy, read_claims

ROOT = Path(__file__).parent.parent
NN_MASS = ROOT / "analyses" / "nn_mass"


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    """Run the small version of the study once, as `make study` runs the whole one."""
    folder = tmp_path_factory.mktemp("study")
    command = [sys.executable, NN_MASS / "run.py", "--smoke", "--output", folder]
    done = subprocess.run([*command, "--device", "cpu"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_study_says_its_device_and_prints_r_squared(smoke):
    _, printed = smoke
    assert "device cpu (" in printed
    for measure in ("log nn_mass", "log parameters", "candidates", "depth"):
        assert measure in printed


def test_the_study_writes_a_table_and_every_figure(smoke):
    folder, _ = smoke
    table = pd.read_csv(folder / "trials.csv")
    assert len(table) == 6
    assert table.test_accuracy.between(0, 1).all()
    names = ("accuracy_parameters", "accuracy_nn_mass", "architecture", "degree_distribution")
    for name in names:
        assert (folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_plan_is_the_published_family():
    plan = FamilyStudy.read(NN_MASS / "study.toml").plan
    assert plan.grid["depth"] == [16, 20, 24, 28, 32]
    assert plan.grid["candidates"] == list(range(15))
    assert plan.recipe["network"]["width"] == 8
    assert plan.repeats >= 2


@pytest.mark.parametrize("data", ["digits", "mnist"])
def test_committed_results_are_what_the_readme_says(data):
    means = pd.read_csv(NN_MASS / "results" / f"{data}.csv")
    relations = pd.read_csv(NN_MASS / "results" / f"{data}_relations.csv")
    readme = (NN_MASS / "README.md").read_text()
    assert len(means) == 75
    for row in relations.itertuples():
        assert f"{row.r_squared:.2f}" in readme


def test_the_claims_of_the_readme_are_those_that_are_found_now():
    done = subprocess.run(
        [sys.executable, NN_MASS / "claims.py"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in (NN_MASS / "README.md").read_text()


def test_every_claim_names_its_place_in_the_paper():
    claims = read_claims(NN_MASS / "expected.toml")
    assert len(claims) >= 15
    assert all(claim.source for claim in claims.values())


def test_the_figures_of_the_theory_are_drawn(tmp_path):
    script = NN_MASS / "theory_figures.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    drawn = {Path(line).name for line in done.stdout.split()}
    names = [
        "singular_values",
        "squared_singular_values",
        "isometry_nn_mass",
        "selection_law",
        "superposition",
    ]
    assert drawn == {f"{name}.{suffix}" for name in names for suffix in ("pdf", "png")}
    assert all((NN_MASS / "results" / f"{name}.png").is_file() for name in names)


def test_isometry_of_the_family_is_what_the_readme_says():
    relations = pd.read_csv(NN_MASS / "results" / "isometry_mnist_relations.csv")
    correct = relations.set_index("rule").loc["jacobian"]
    readme = " ".join((NN_MASS / "README.md").read_text().split())
    assert f"{correct.nn_mass:.2f} against {correct.parameters:.2f} of the parameters" in readme
    assert f"({correct.candidates:.2f})" in readme
