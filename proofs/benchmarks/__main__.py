"""Measures everything: `make bench`."""

from __future__ import annotations

import time

from rich.console import Console

from local.cloud import REPOSITORY, EmbeddedCloud
from proofs.benchmarks import cold_start, plots, state_data, storm
from proofs.benchmarks.bars import NETWORK
from proofs.benchmarks.comparison import COMPARISONS, compare, middle
from proofs.benchmarks.report import Results, machine, markdown, tables

_FOLDER = REPOSITORY / "docs" / "proof"
_RESULTS = _FOLDER / "speed.md"
#: The tables' columns need so many characters; a narrower terminal wraps the lines.
_WIDTH = 150


def main() -> None:
    """Measure, print the tables, and write them and the pictures to docs/proof/speed.md."""
    console = Console(width=max(Console().width, _WIDTH))
    began = time.monotonic()

    def progress(what: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:4.0f} s  {what}[/dim]", highlight=False)

    console.print(f"Measuring: {machine()}. This takes several minutes.\n", highlight=False)
    with EmbeddedCloud(forked=False) as cloud:
        progress("deploying those who are compared")
        comparison, sites = compare(cloud, progress=progress)
        progress("state data of documents up to 2 MB")
        data = state_data.measure(sites["project"])
    comparisons = [comparison]
    for again in range(2, COMPARISONS + 1):
        with EmbeddedCloud(forked=False) as cloud:
            progress(f"the comparison, {again} of {COMPARISONS}")
            comparisons.append(compare(cloud, networks=[NETWORK], progress=progress)[0])
    progress("cold starts")
    results = Results(comparisons, cold_start.measure(), data, storm.measure(progress=progress))
    for table in tables(results):
        console.print(table.rich(), "\n")
    plots.draw_storms(results.storms, _FOLDER / plots.STORMS)
    plots.draw_rollback(middle(comparisons, NETWORK), NETWORK, _FOLDER / plots.ROLLBACK)
    _RESULTS.write_text(markdown(results, [plots.STORMS, plots.ROLLBACK]), "utf-8")
    missed = [bar for bar in results.bars() if not bar.met]
    for bar in missed:
        console.print(f"MISSED: {bar.what}: {bar.value}, not at most {bar.limit:g} {bar.unit}")
    if not missed:
        console.print("Every bar is met.")
    progress("done")


if __name__ == "__main__":
    main()
