"""The PAC-Bayes study: published bounds and certificates, beside the errors of trained networks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from figures import draw_all
from tables import certificates, family, table_1

from topograph.errors import TopographError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("out/pac_bayes"))
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    designs, found = family()
    tables = {"table_1": table_1(), "digits": designs, "certificates": certificates(designs)}
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.9g")
    figures = draw_all(designs, found, folder)
    print(tables["certificates"].to_string(index=False, float_format="{:.3f}".format))
    print(found[-1].paper_gap.reason)
    print(f"{len(tables)} tables and {len(figures)} figures in {folder}")


if __name__ == "__main__":
    try:
        main()
    except TopographError as error:
        sys.exit(f"pac_bayes: {error}")
