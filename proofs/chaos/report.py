"""The table of `make chaos`: a row for each fault."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from proofs.chaos.verdict import FaultyRun, Promise, violations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofs.chaos.faults import Fault

#: These have a column each; the other promises are told of only where they are broken.
_COUNTED = (
    Promise.NEVER_GREEN_WITH_FLAG_ON,
    Promise.ONE_DEPLOYMENT,
    Promise.ONE_VERSION,
    Promise.ALWAYS_TOLD,
)
WIDTH = 140
_NAME_WIDTH = 34
HEAD = (
    "fault",
    "runs",
    "calls struck",
    "green, flag off",
    "red and announced",
    "red, dead letter",
    "redriven to green",
    *(promise.value for promise in _COUNTED),
)


def rows(faults: Sequence[Fault], runs: Sequence[FaultyRun]) -> list[tuple[str, ...]]:
    """Count the runs of each fault, in the order of `HEAD`."""
    return [_row(fault.name, [run for run in runs if run.fault == fault.name]) for fault in faults]


def _row(name: str, runs: list[FaultyRun]) -> tuple[str, ...]:
    red = [run for run in runs if not run.first.green and not run.first.running]
    redriven = [run for run in red if run.redriven and run.redriven.green]
    off = [run for run in redriven if run.redriven and not run.redriven.flag_on]
    broken = Counter(violation.promise for run in runs for violation in violations(run))
    counts = (
        len(runs),
        sum(run.struck for run in runs),
        sum(run.first.green and not run.first.flag_on for run in runs),
        sum(run.first.told == "notice" for run in red),
        sum(run.first.told == "dead letter" for run in red),
        len(off),
        *(broken[promise] for promise in _COUNTED),
    )
    return (name, *map(str, counts))


def complaints(faults: Sequence[Fault], runs: Sequence[FaultyRun]) -> list[str]:
    """Name each broken promise, and each fault that has struck nothing and so shows nothing."""
    found = [str(violation) for run in runs for violation in violations(run)]
    struck = Counter[str]()
    for run in runs:
        struck[run.fault] += run.struck
    found += [f"{fault.name}: struck no call" for fault in faults if not struck[fault.name]]
    return found


def as_table(lines: Sequence[Sequence[str]]) -> Table:
    """Lay rows out for a terminal of at least `WIDTH` columns."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in HEAD:
        first = head == HEAD[0]
        widest = max(map(len, head.split())) + 2  # rich counts the padding in
        table.add_column(
            head, justify="left" if first else "right", width=_NAME_WIDTH if first else widest
        )
    for line in lines:
        table.add_row(*line)
    return table


_ABOUT = """# Faults

Written by `make chaos`. The functions reach the embedded cloud through microburst (from PyPI), a
proxy that answers with AWS's own errors, by fixed seeds. A red run is redriven without the fault.
The last four columns are what must never happen. A dead letter is a failure that could not be
announced because SNS did not answer: it waits in the dead-letter queue, and an alarm fires.
"""


def page(lines: Sequence[Sequence[str]], said: Sequence[str]) -> str:
    """Write the page of the proof: the table, and what is said below it."""
    ruler = ["---", *["---:"] * (len(HEAD) - 1)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in (HEAD, ruler, *lines))
    below = "\n".join(said)
    return f"{_ABOUT}\n{table}\n\n{below}\n"
