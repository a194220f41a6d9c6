from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "matplotlib", "pandas", "cupy", "igraph", "scipy.stats", "networkx", "sklearn"}
ABOVE = ("cli", "exporter", "importer", "plots", "search", "studies", "training")


def modules(*, without: tuple[str, ...] = ()) -> list[str]:
    """Name every module of the package, except those of some rooms."""
    files = sorted((ROOT / "topograph").rglob("*.py"))
    paths = [file.relative_to(ROOT).with_suffix("").parts for file in files]
    names = [parts[:-1] if parts[-1] == "__init__" else parts for parts in paths]
    return [".".join(parts) for parts in names if len(parts) == 1 or parts[1] not in without]


def heavy_after(statement: str) -> set[str]:
    """Run a statement in a fresh interpreter and return the heavy packages that it loads."""
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return HEAVY & set(done.stdout.split())


def test_the_front_door_is_light():
    assert heavy_after("import topograph") == set()


def test_asking_for_the_contents_loads_nothing():
    assert heavy_after("import topograph; dir(topograph); topograph.__version__") == set()


def test_the_lower_rooms_are_light():
    assert heavy_after(f"import {', '.join(modules(without=ABOVE))}") == set()


@pytest.mark.parametrize("room", ["exporter", "training"])
def test_torch_rooms_load_torch_alone(room):
    assert heavy_after(f"import topograph.{room} as room; dir(room)") <= {"torch"}


def test_the_command_line_is_light():
    assert heavy_after("import topograph.cli") == set()


@pytest.mark.parametrize("package", ["pandas", "scipy.stats"])
def test_the_detection_can_fail(package):
    assert package in heavy_after(f"import topograph\nimport {package}")
