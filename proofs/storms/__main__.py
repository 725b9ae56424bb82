"""Blows all storms, and writes docs/proof/storms.md: `make storms`."""

from __future__ import annotations

import time

from rich.console import Console

from local.cloud import REPOSITORY
from proofs.benchmarks import plots
from proofs.storms import beside, exposure
from proofs.storms.bars import ENOUGH, SMALL, bars
from proofs.storms.ended import Ended, Storm
from proofs.storms.report import PICTURE, alone, page, tables
from proofs.storms.storm import blow

_PAGE = REPOSITORY / "docs" / "proof" / "storms.md"
_SIZES = (1, 10, 100, 300, 1000)
#: How many series of one alarm CloudWatch tells of at most (CloudWatch user guide, "Create an alarm
#: based on a multi time series query").
MOST_SERIES = 100
_SEEDS = (1, 2, 3)
_WIDTH = 160


def storms() -> list[Storm]:
    """List the storms: up to a hundred alarms with several seeds."""
    found = []
    for concurrency in (ENOUGH, SMALL):
        for size in _SIZES:
            seeds = _SEEDS if size <= MOST_SERIES else _SEEDS[:1]
            found += [Storm(size, concurrency, seed=seed) for seed in seeds]
        found += [Storm(MOST_SERIES, concurrency, "series", seed=seed) for seed in _SEEDS]
    large = [size for size in _SIZES if size >= MOST_SERIES]
    found += [Storm(size, ENOUGH, cloudwatch="alarms") for size in large]
    found += [Storm(size, ENOUGH, cloudwatch="tags") for size in large]
    return found


def main() -> None:
    """Blow them one after the other, print the tables, and write the page."""
    console = Console(width=max(Console().width, _WIDTH))
    began = time.monotonic()
    ended: list[Ended] = []
    for storm in storms():
        console.print(
            f"[dim]{time.monotonic() - began:4.0f} s  {storm}, concurrency {storm.concurrency}"
            f", CloudWatch's limits: {storm.cloudwatch}[/dim]",
            highlight=False,
        )
        ended.append(blow(storm))
        for red in ended[-1].red[:3]:
            console.print(f"RED: {red}", highlight=False)
    console.print("[dim]one of them on the embedded cloud[/dim]", highlight=False)
    both = beside.blow_both()
    for table in [both, *tables(ended)]:
        console.print(table.rich(), "\n")
    plots.draw_exposure(exposure.ways(alone(ended)), _PAGE.with_name(PICTURE))
    _PAGE.write_text(page(ended, both), "utf-8")
    for bar in bars(ended):
        if not bar.met:
            console.print(f"MISSED: {bar.what}: {bar.value}, not at most {bar.limit:g}")


if __name__ == "__main__":
    main()
