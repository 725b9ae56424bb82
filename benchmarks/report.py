"""The tables of a run of `make bench`."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import prices
from benchmarks.bars import Bar, bars
from benchmarks.comparison import CONTENDERS, TITLES, Comparison, Measured, parts
from benchmarks.no_op.chain import CHAIN, SINGLE
from benchmarks.tables import Table

if TYPE_CHECKING:
    from benchmarks.cold_start import ColdStart
    from benchmarks.state_data import StateData
    from benchmarks.storm import Measured as MeasuredStorm


@dataclass(frozen=True)
class Results:
    """Everything that a run has measured."""

    comparison: Comparison
    cold_starts: list[ColdStart]
    state_data: list[StateData]
    storms: list[MeasuredStorm]

    def bars(self) -> list[Bar]:
        """Hold it against the bars."""
        return bars(self.comparison, self.cold_starts, self.state_data, self.storms)


def machine() -> str:
    """Say when and on how large a machine the run was."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, {memory:.0f} GiB of memory, "
        f"Python {platform.python_version()}, embedded cloud with IAM enforced"
    )


def tables(results: Results) -> list[Table]:
    """Lay everything out."""
    comparison = results.comparison
    return [
        _bars(results.bars()),
        *(_compared(comparison, network) for network in comparison.networks),
        _parts(comparison, 0.04),
        _costs(comparison, 0.04),
        _fixed(comparison),
        _cold_starts(results.cold_starts),
        _state_data(results.state_data),
        _storms(results.storms),
    ]


def markdown(results: Results, pictures: list[str]) -> str:
    """Write the results as a Markdown document that shows the pictures."""
    return "\n\n".join(
        [
            "# Measurements",
            f"Written by `make bench`: {machine()}.",
            *(f"![{name.rpartition('.')[0].replace('_', ' ')}]({name})" for name in pictures),
            *(table.markdown() for table in tables(results)),
            "",
        ]
    )


def _bars(found: list[Bar]) -> Table:
    rows = tuple(
        (bar.what, bar.verdict, f"{bar.measured:g}", f"{bar.limit:g} {bar.unit}".strip())
        for bar in found
    )
    return Table("Bars", ("what", "verdict", "measured", "at most"), rows, texts=2)


def _compared(comparison: Comparison, network: float) -> Table:
    rows = []
    for cold in (False, True):
        single = comparison.measured("single", network, cold=cold)
        for name in CONTENDERS:
            measured = comparison.measured(name, network, cold=cold)
            rows.append(
                (
                    TITLES[name],
                    "cold" if cold else "warm",
                    _seconds(measured.started),
                    _seconds(measured.own),
                    f"{measured.own / single.own:.2f}",
                    _seconds(measured.median(lambda run: run.complete)),
                    _seconds(measured.confirmed) if measured.confirmed else "not confirmed",
                )
            )
    note = (
        "Seconds from SetAlarmState to StartDeployment's effect, to the end of the deployment, and "
        "to the read that confirms the flag off (state RolledBack entered; this project waits 1 s "
        f"before it looks). Medians of {len(single.runs)} runs each, taking turns."
    )
    return Table(
        f"From alarm to flag off, {network * 1000:g} ms added to each AWS call",
        (
            "",
            "start",
            "deployment started",
            "without the emulator",
            "x single",
            "deployment complete",
            "confirmed off",
        ),
        tuple(rows),
        note,
        texts=2,
    )


def _parts(comparison: Comparison, network: float) -> Table:
    rows = []
    for cold in (False, True):
        for name in CONTENDERS:
            part = parts(comparison, name, network, cold=cold)
            shown = (part.fixed, part.imports, part.calling, part.other)
            rows.append((TITLES[name], "cold" if cold else "warm", *map(_seconds, shown)))
    note = "Own code is what is left when warm; imports and clients are what cold adds to that."
    return Table(
        f"Where the seconds to StartDeployment go, {network * 1000:g} ms added to each AWS call",
        ("", "start", "emulator", "imports and clients", "AWS calls", "own code"),
        tuple(rows),
        note,
        texts=2,
    )


def _costs(comparison: Comparison, network: float) -> Table:
    rows = []
    for cold in (False, True):
        for name in CONTENDERS:
            measured = comparison.measured(name, network, cold=cold)
            rows.append(_cost(measured))
    note = (
        "Up to StartDeployment, and in all. Invocations in all include those that only warm a "
        "function up. Billed as Lambda does: each invocation rounded up to a millisecond, a cold "
        "one with the making of its environment. List prices of us-east-1, arm64, 512 MB "
        f"({prices.AS_OF}, benchmarks/prices.py)."
    )
    return Table(
        f"Calls, states and price of a rollback, {network * 1000:g} ms added to each AWS call",
        (
            "",
            "start",
            "AWS calls to start",
            "in sequence",
            "invocations to start",
            "AWS calls",
            "invocations",
            "transitions",
            "billed ms",
            "$ per 1,000",
        ),
        tuple(rows),
        note,
        texts=2,
    )


def _cost(measured: Measured) -> tuple[str, ...]:
    counts = (
        measured.median(lambda run: len(run.calls_to_start)),
        measured.median(lambda run: run.calls_in_sequence),
        measured.median(lambda run: run.invocations_to_start),
        measured.median(lambda run: len(run.calls)),
        measured.median(lambda run: len(run.invocations)),
        measured.median(lambda run: run.transitions),
        measured.median(lambda run: run.billed),
    )
    return (
        TITLES[measured.name],
        "cold" if measured.cold else "warm",
        *(f"{count:g}" for count in counts),
        f"{measured.price_per_thousand:.3f}",
    )


def _fixed(comparison: Comparison) -> Table:
    def states(name: str) -> str:
        run = next(runs[0] for (who, _, _), runs in comparison.runs.items() if who == name)
        return f"{len(run.states_to_start()) or 0}"

    functions = {SINGLE: "1", CHAIN: f"{_invocations(comparison):g}"}
    rows = tuple(
        (
            title,
            functions[name],
            states(name),
            *(_seconds(comparison.fixed(name, cold=cold)) for cold in (False, True)),
        )
        for name, title in ((SINGLE, "one function"), (CHAIN, "this project's path"))
    )
    note = "The same functions and states, doing nothing, started by the same kind of rule."
    return Table(
        "What the emulator itself takes, in seconds",
        ("", "functions", "states", "warm", "cold"),
        rows,
        note,
    )


def _invocations(comparison: Comparison) -> float:
    return median(
        run.invocations_to_start
        for (name, _, _), runs in comparison.runs.items()
        if name == "project"
        for run in runs
    )


def _cold_starts(found: list[ColdStart]) -> Table:
    rows = tuple(
        (
            cold_start.function,
            ", ".join(cold_start.services) or "none",
            _seconds(cold_start.seconds),
            _seconds(cold_start.least),
            f"{cold_start.ratio:.2f}",
            "no" if cold_start.without_boto3 else "yes",
        )
        for cold_start in found
    )
    note = (
        "A fresh process imports the function and makes the clients it needs; the least imports "
        "boto3 and makes the first of them (CloudWatch's for the function that needs none)."
    )
    return Table(
        "Cold starts, in seconds of the processor",
        ("function", "clients", "function's", "least", "ratio", "boto3"),
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
            f"{storm.size}",
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


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f}"
