"""The tables of a run of `make bench`."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from proofs.benchmarks.bars import Bar, bars
from proofs.benchmarks.comparison import COMPARISONS
from proofs.benchmarks.comparison_tables import comparison_tables
from proofs.benchmarks.tables import Table, in_seconds

if TYPE_CHECKING:
    from proofs.benchmarks.cold_start import ColdStart
    from proofs.benchmarks.comparison import Comparison
    from proofs.benchmarks.state_data import StateData
    from proofs.benchmarks.storm import Measured as MeasuredStorm


_BARS = f"""\
From alarm to deployment and to off, the comparison runs {COMPARISONS} times, each in a new cloud;
told are the median and, in brackets, the least and the most.

Why a bar is missed, where it is:

- Alarm to deployment, warm: up to StartDeployment this project makes five AWS calls one after the
  other, the single function four, which alone is 1.25 times. CreateVersion reads the document that
  FetchConfig has read, because a document of up to 2 MB does not fit into the state data. The rest
  is the work of four functions where there is one.
- Alarm to deployment, cold: four functions start, where there is one. Those that are only warmed up
  meanwhile share this machine's processors with FetchConfig.
- Cold starts, and what is confirmed off after them, are work of the processor, which differs: where
  the bare client started in 0.21 s it was off after 1.48 s (1.46 to 1.54), at 1.59 times the single
  function; where it started in 0.35 s, the same functions took 1.8 to 2.1 s, at 1.5 to 2.2 times.
- The slowest flag of a storm, beside one alone: without time for invocations one alone takes
  hundredths of a second, and a hundred share this machine's processors, so the ratio says how busy
  they are. [storms.md](storms.md) has the storms in simulated time."""


@dataclass(frozen=True)
class Results:
    """Everything that a run has measured; of the comparisons the first under all networks."""

    comparisons: list[Comparison]
    cold_starts: list[ColdStart]
    state_data: list[StateData]
    storms: list[MeasuredStorm]

    def bars(self) -> list[Bar]:
        """Hold it against the bars."""
        return bars(self.comparisons, self.cold_starts, self.state_data, self.storms)


def machine(what: str = "embedded cloud with IAM enforced") -> str:
    """Say when and on how large a machine the run was, and what it ran on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, {memory:.0f} GiB of memory, "
        f"Python {platform.python_version()}, {what}"
    )


def tables(results: Results) -> list[Table]:
    """Lay everything out."""
    return [
        bars_table(results.bars()),
        *comparison_tables(results.comparisons),
        _cold_starts(results.cold_starts),
        _state_data(results.state_data),
        _storms(results.storms),
    ]


def markdown(results: Results, pictures: list[str]) -> str:
    """Write the results as a Markdown document that shows the pictures."""
    against_bars, *others = tables(results)
    return "\n\n".join(
        [
            "# Measurements",
            f"Written by `make bench`: {machine()}.",
            *(f"![{name.rpartition('.')[0].replace('_', ' ')}]({name})" for name in pictures),
            against_bars.markdown(),
            _BARS,
            *(table.markdown() for table in others),
            "",
        ]
    )


def bars_table(found: list[Bar]) -> Table:
    """Lay out what was to be reached, and whether it was."""
    rows = tuple(
        (bar.what, bar.verdict, bar.value, f"{bar.limit:g} {bar.unit}".strip()) for bar in found
    )
    return Table("Bars", ("what", "verdict", "measured", "at most"), rows, texts=2)


def _cold_starts(found: list[ColdStart]) -> Table:
    rows = tuple(
        (
            cold_start.function,
            ", ".join(cold_start.services) or "none",
            in_seconds(cold_start.seconds),
            in_seconds(cold_start.least),
            f"{cold_start.ratio:.2f}",
            "no" if cold_start.without_sdk else "yes",
        )
        for cold_start in found
    )
    note = (
        "A fresh process imports the function and makes the clients it needs; the least imports "
        "boto3 and makes the first of them (CloudWatch's for the function that needs none). Both "
        "are medians, and so is the ratio: of each start to the least that was measured right "
        "before it. So it is not the one median by the other."
    )
    return Table(
        "Cold starts, in seconds of the processor",
        ("function", "clients", "function's", "least", "ratio", "SDK"),
        rows,
        note,
        texts=2,
    )


def _state_data(found: list[StateData]) -> Table:
    rows = tuple((f"{data.document:,}", f"{data.largest:,}") for data in found)
    return Table(
        "State data of a rollback, in bytes",
        ("document", "largest input or output"),
        rows,
        texts=0,
    )


def _storms(storms: list[MeasuredStorm]) -> Table:
    rows = tuple(
        (
            f"{storm.size}" if storm.by == "names" else f"1, {storm.size} series",
            f"{storm.invocation_seconds:g} s",
            f"{storm.ended.deployments}",
            f"{storm.ended.versions}",
            f"{storm.ended.slowest_off_seconds:.2f} s",
            f"{storm.times_one:.1f}",
            f"{storm.ended.last_end_seconds:.1f} s",
            f"{storm.ended.transitions_per_rollback:.1f}",
            f"{storm.ended.invocations_per_rollback:.1f}",
            f"{storm.throttled_calls}",
        )
        for storm in storms
    )
    note = (
        "AppConfig's limits enforced, all functions in one process. The slowest flag's time runs "
        "from its own alarm to the end of the deployment that has it off; all are told when the "
        "last execution has ended. Transitions and invocations are per rollback."
    )
    return Table(
        "Alarm storms",
        (
            "alarms",
            "each invocation",
            "deployments",
            "versions",
            "last flag off",
            "x one alone",
            "all told",
            "transitions",
            "invocations",
            "throttled calls",
        ),
        rows,
        note,
        texts=0,
    )
