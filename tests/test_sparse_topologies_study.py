import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from topograph.studies import read_claims

ROOT = Path(__file__).parent.parent
STUDY = ROOT / "analyses" / "sparse_topologies"
COMPUTED = ("figure_5", "small", "variance")
TRAINED = ("reconstruction", "prediction", "ratios", "initialisation", "initialisation_mnist")


def printed(*command):
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sparse_topologies")
    printed(STUDY / "run.py", "--output", folder)
    return folder


@pytest.mark.parametrize("name", COMPUTED)
def test_committed_tables_are_those_that_are_found_now(run, name):
    found, committed = (pd.read_csv(at / f"{name}.csv") for at in (run, STUDY / "results"))
    pd.testing.assert_frame_equal(found, committed, rtol=1e-6)


def test_every_figure_is_drawn(run):
    for name in ("cascades", "control", "errors", "depth", "prediction", "initialisation"):
        assert (run / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (run / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (STUDY / "results" / f"{name}.png").is_file()


def test_the_claims_of_the_readme_are_those_that_are_found_now():
    assert printed(STUDY / "claims.py").strip() in (STUDY / "README.md").read_text()


def test_every_claim_names_its_place_in_the_paper():
    claims = read_claims(STUDY / "expected.toml")
    assert len(claims) == 39
    assert all(claim.source for claim in claims.values())


@pytest.mark.slow
def test_what_is_trained_can_be_trained_anew(tmp_path):
    printed(STUDY / "run.py", "--output", tmp_path, "--train", "all", "--smoke")
    for name in TRAINED:
        columns = pd.read_csv(STUDY / "results" / f"{name}.csv").columns
        assert pd.read_csv(tmp_path / f"{name}.csv").columns.tolist() == columns.tolist()
