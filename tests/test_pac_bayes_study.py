import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from topograph.analyzers import PacBayes, pac_bayes
from topograph.generators import dense_mlp
from topograph.studies import read_claims

ROOT = Path(__file__).parent.parent
STUDY = ROOT / "analyses" / "pac_bayes"


def printed(*command):
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pac_bayes")
    return folder, printed(STUDY / "run.py", "--output", folder)


@pytest.mark.parametrize("name", ["table_1", "digits", "certificates"])
def test_committed_tables_are_those_that_are_found_now(run, name):
    found = pd.read_csv(run[0] / f"{name}.csv")
    pd.testing.assert_frame_equal(found, pd.read_csv(STUDY / "results" / f"{name}.csv"), rtol=1e-6)


def test_every_figure_is_drawn(run):
    for name in ("bounds", "observed", "entropy"):
        assert (run[0] / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (run[0] / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (STUDY / "results" / f"{name}.png").is_file()


def test_the_claims_of_the_readme_are_those_that_are_found_now():
    assert printed(STUDY / "claims.py").strip() in (STUDY / "README.md").read_text()


def test_every_claim_names_its_place_in_the_paper():
    claims = read_claims(STUDY / "expected.toml")
    assert len(claims) == 9
    assert all(claim.source for claim in claims.values())


def reason(found: PacBayes) -> str:
    return " ".join(found.paper_gap.reason.split())


def test_the_readme_quotes_reasons_and_certificates():
    readme = " ".join((STUDY / "README.md").read_text().replace("\n>", "").split())
    network = dense_mlp(8, 20, candidates=7, inputs=64, rng=0)
    assert reason(pac_bayes(network, samples=1438)) in readme
    for row in pd.read_csv(STUDY / "results" / "certificates.csv").itertuples():
        assert f"{row.bound:.3f}" in readme
