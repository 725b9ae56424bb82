"""`make chaos`: rollbacks while AWS throttles, fails, lags and breaks off, and what they keep."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import track

from local.cloud import REPOSITORY
from proofs.chaos.faults import FAULTS
from proofs.chaos.measure import measure
from proofs.chaos.report import WIDTH, as_table, complaints, page, rows

PAGE = REPOSITORY / "docs" / "proof" / "faults.md"


def main() -> int:
    """Run every fault; gives 1 where a promise was broken, and 0 otherwise."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="faults with TEXT in the name")
    parser.add_argument("--places", type=int, default=4, help="how many sites in each cloud")
    asked = parser.parse_args()
    faults = [fault for fault in FAULTS if asked.only in fault.name]
    if not faults:
        parser.error(f"expected a part of a fault's name; there are: {[f.name for f in FAULTS]}")
    began = time.monotonic()
    progress = Console(stderr=True)
    runs = list(
        track(
            measure(faults, asked.places),
            "Runs under faults",
            total=sum(fault.runs for fault in faults),
            console=progress,
        )
    )
    lines = rows(faults, runs)
    Console(width=max(WIDTH, progress.width)).print(as_table(lines))
    said = (
        f"{len(runs)} rollbacks in {time.monotonic() - began:.0f} s on {os.cpu_count()} "
        f"processors, {datetime.now(UTC):%Y-%m-%d}."
    )
    print(f"\n{said}")
    found = complaints(faults, runs)
    kept = found or ["Every promise was kept."]
    print("\n".join(kept))
    if len(faults) == len(FAULTS):
        PAGE.write_text(page(lines, [said, *kept]), "utf-8")
        print(f"Wrote {PAGE.relative_to(REPOSITORY)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
