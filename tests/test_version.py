from __future__ import annotations

import tomllib
from pathlib import Path

import yaml

import topograph

ROOT = Path(__file__).parent.parent


def test_one_version_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == topograph.__version__
    assert f"\n## {topograph.__version__}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_the_build_reads_it_from_its_file():
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert tool["setuptools"]["dynamic"]["version"] == {"attr": "topograph._version.__version__"}
