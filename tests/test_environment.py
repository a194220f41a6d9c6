from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
CONDA_NAMES = {"pytorch": "torch", "python-igraph": "igraph", "matplotlib-base": "matplotlib"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())
EXTRAS = PROJECT["optional-dependencies"]


def specifiers(lines: Iterable[str]) -> dict[str, str]:
    """Map each package to its specifier, under its name on PyPI."""
    found = {}
    for requirement in map(Requirement, lines):
        name = canonicalize_name(CONDA_NAMES.get(requirement.name, requirement.name))
        assert name not in found, f"{name} is listed twice"
        found[name] = str(requirement.specifier)
    return found


def conda_lines() -> tuple[list[str], list[str]]:
    """Return what conda installs and what pip installs inside the environment."""
    listed = ENVIRONMENT["dependencies"]
    (pip,) = (entry["pip"] for entry in listed if isinstance(entry, dict))
    return [entry for entry in listed if isinstance(entry, str)], pip


def test_conda_and_pip_install_the_same_packages():
    conda, pip = conda_lines()
    packages = [line for line in [*conda, *pip] if line not in ("pip", "-e .")]
    here = [f"python{PROJECT['requires-python']}", *PROJECT["dependencies"], *EXTRAS["dev"]]
    assert specifiers(packages) == specifiers(here)
    assert pip[-1] == "-e ."
    assert "pip" in conda
    assert ENVIRONMENT["channels"] == ["conda-forge"]


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return specifiers(line for line in lines if line and not line.startswith("#"))


def test_every_pin_is_one_exact_public_version():
    for name, specifier in pins().items():
        assert re.fullmatch(r"==[0-9.]+", specifier), f"{name}{specifier}"


@pytest.mark.parametrize("extra", ["core", "dev", "models", "docs", "bench"])
def test_the_pins_are_inside_the_bounds(extra):
    lines = PROJECT["dependencies"] if extra == "core" else EXTRAS[extra]
    for requirement in map(Requirement, lines):
        pin = pins()[canonicalize_name(requirement.name)].removeprefix("==")
        assert requirement.specifier.contains(pin), f"{requirement} against {pin}"


def test_nothing_else_is_pinned():
    groups = [
        PROJECT["dependencies"],
        *(EXTRAS[extra] for extra in ("dev", "models", "docs", "bench")),
    ]
    assert set(pins()) == set(specifiers(line for group in groups for line in group))


def test_torch_is_pinned_by_the_constraints_alone():
    assert specifiers(PROJECT["dependencies"])["torch"] == ">=2.8"
    assert pins()["torch"].startswith("==")
