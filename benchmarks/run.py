"""Run every benchmark of this folder in turn and write its figures to `results`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = (
    "import_time",
    "channel_graph",
    "small_world",
    "exported_cell",
    "population",
    "isometry",
    "paths",
    "kernels",
    "sparse_layers",
    "matching",
    "controllability",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES, help=f"some of {', '.join(NAMES)}")
    parser.add_argument("--threads", type=int, default=1, help="threads of BLAS and OpenMP")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    chosen = parser.parse_args()
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(chosen.threads))
    for name in chosen.names:
        output = HERE / "results" / f"{name}_{chosen.device}_{chosen.threads}.json"
        command = [sys.executable, HERE / f"{name}.py", "--output", output]
        subprocess.run(
            [*command, "--device", chosen.device], env={**os.environ, **threads}, check=True
        )


if __name__ == "__main__":
    main()
