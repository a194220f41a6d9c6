"""Time to import topograph, beside the libraries that it stands on; each in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from harness import arguments, compare, conditions, show, write

MODULES = ("topograph", "numpy", "networkx", "scipy.sparse", "igraph", "torch")
HELP = "import sys; sys.argv = ['topograph', '--help']; from topograph.cli import main; main()"


def start(program: str) -> None:
    """Run a program in a fresh interpreter."""
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    chosen = arguments(__doc__ or "")
    programs = {f"import {name}": partial(start, f"import {name}") for name in MODULES}
    programs["nothing"] = partial(start, "")
    programs["topograph --help"] = partial(start, HELP)
    figures = compare(programs, rounds=chosen.rounds)
    show("imports", figures)
    write(chosen.output, {"conditions": conditions("numpy", "torch"), "imports": figures})


if __name__ == "__main__":
    main()
