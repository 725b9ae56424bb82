"""`make chaos`: rollbacks while AWS throttles, fails, lags and breaks off, and what they keep."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import track

from proofs.chaos.faults import FAULTS
from proofs.chaos.measure import measure
from proofs.chaos.report import WIDTH, as_markdown, as_table, complaints, rows


def main() -> int:
    """Run every fault; gives 1 where a promise was broken, and 0 otherwise."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print the table for a README")
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
    if asked.markdown:
        print(as_markdown(lines))
    else:
        Console(width=max(WIDTH, progress.width)).print(as_table(lines))
    print(
        f"\n{len(runs)} rollbacks in {time.monotonic() - began:.0f} s on {os.cpu_count()} "
        f"processors, {datetime.now(UTC):%Y-%m-%d}."
    )
    found = complaints(faults, runs)
    print("\n".join(found or ["Every promise was kept."]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
