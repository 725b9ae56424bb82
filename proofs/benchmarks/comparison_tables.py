"""The tables of the comparison with a single function."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from proofs.benchmarks import prices
from proofs.benchmarks.bars import NETWORK
from proofs.benchmarks.comparison import CONTENDERS, TITLES, middle, parts
from proofs.benchmarks.no_op.chain import CHAIN, MEMORY_MEGABYTES, SINGLE
from proofs.benchmarks.tables import Table, in_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofs.benchmarks.comparison import Comparison, Measured


def comparison_tables(comparisons: Sequence[Comparison]) -> list[Table]:
    """Lay the comparisons out: times under each network, the rest under the one of the bars.

    What all of them measured is told of the middle one. The other networks are of the first alone.
    """
    first, shown = comparisons[0], middle(comparisons, NETWORK)
    many = len(comparisons)
    return [
        *(
            _compared(shown, network, _middle_of(many))
            if network == NETWORK
            else _compared(first, network, f"Of {many} comparisons the first alone has this.")
            for network in first.networks
        ),
        _parts(shown, NETWORK),
        _costs(shown, NETWORK),
        _fixed(shown),
    ]


def _middle_of(comparisons: int) -> str:
    return (
        f"Of {comparisons} comparisons the warm rows are of the one whose ratio (x single) of this "
        "project is the median when warm, the cold rows of the one whose ratio is that when cold. "
        "The picture and the tables of parts, of calls and of the emulator are of the same. The "
        "bars of confirmed off have a median of their own."
    )


def _compared(comparison: Comparison, network: float, which: str) -> Table:
    rows = []
    for cold in (False, True):
        single = comparison.measured("single", network, cold=cold)
        for name in CONTENDERS:
            measured = comparison.measured(name, network, cold=cold)
            rows.append(
                (
                    TITLES[name],
                    "cold" if cold else "warm",
                    in_seconds(measured.started),
                    in_seconds(measured.own),
                    f"{measured.own / single.own:.2f}",
                    in_seconds(measured.median(lambda run: run.complete)),
                    in_seconds(measured.confirmed) if measured.confirmed else "not confirmed",
                )
            )
    note = (
        "Seconds from SetAlarmState to StartDeployment's answer, to the end of the deployment, and "
        "to the read that confirms the flag off (state RolledBack entered; this project looks at "
        f"once, then after 1 s, then ever later). Medians of {len(single.runs)} runs each, taking "
        f"turns. {which}"
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
            rows.append((TITLES[name], "cold" if cold else "warm", *map(in_seconds, shown)))
    note = (
        "Own code is what is left when warm; imports and clients are what cold adds to that. What "
        "starts at the same time shares this machine's processors, and so what is only warmed up "
        "has a lower priority (local/giving_way.py); on Lambda each environment has its own."
    )
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
        "one with the making of its environment. List prices of us-east-1, arm64, "
        f"{MEMORY_MEGABYTES:,} MB ({prices.AS_OF}, proofs/benchmarks/prices.py)."
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
            *(in_seconds(comparison.fixed(name, cold=cold)) for cold in (False, True)),
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
