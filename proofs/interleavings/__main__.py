"""`make interleavings`: all orders of AWS calls, and what each guard protects."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import track

from local.cloud import REPOSITORY
from proofs.interleavings.measure import Bounds, measure, miss, runs
from proofs.interleavings.report import complaints, page
from tests.interleavings.guards import GUARDS
from tests.interleavings.scenarios import SCENARIOS

PAGE = REPOSITORY / "docs" / "proof" / "orders.md"


def main() -> int:
    """Play everything; gives 1 where a promise was broken, and 0 otherwise."""
    parser = argparse.ArgumentParser(prog="make interleavings", description=__doc__)
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="scenarios with TEXT in the name"
    )
    parser.add_argument("--states", type=int, default=30_000, help="above this many: sampled")
    parser.add_argument("--less", type=int, default=8_000, help="the same, with a fault")
    parser.add_argument("--orders", type=int, default=200, help="how many orders are drawn")
    asked = parser.parse_args()
    bounds = Bounds(asked.states, asked.orders, asked.less)
    wanted = runs(asked.only)
    if not wanted:
        parser.error(
            f"expected a part of a scenario's name; there are: {[each.name for each in SCENARIOS]}"
        )
    began = time.monotonic()
    progress = Console(stderr=True)
    played = [*track(measure(wanted, bounds), "Orders", total=len(wanted), console=progress)]
    missed = []
    if not asked.only:
        missed = [*track(miss(bounds), "Guards", total=len(GUARDS), console=progress)]
    said = (
        f"{len(played)} runs, {sum(each.whole for each in played)} of them whole, "
        f"{sum(each.states + each.redriven for each in played):,} states, "
        f"{sum(each.seconds for each in played):.0f} s of processor time for them, "
        f"{(time.monotonic() - began) / 60:.0f} min in all with the guards, on {os.cpu_count()} "
        f"processors, Python {sys.version_info.major}.{sys.version_info.minor}, "
        f"{datetime.now(UTC):%Y-%m-%d}."
    )
    print(said)
    found = complaints(played, missed)
    print("\n".join(found or ["Every promise was kept."]))
    if not asked.only:
        kept = "Every promise was kept." if not found else "Not every promise was kept, see below."
        PAGE.write_text(page(played, missed, bounds, f"{said} {kept}"), "utf-8")
        print(f"Wrote {PAGE.relative_to(REPOSITORY)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
