"""Follows an execution while it runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.spinner import Spinner

from flag_rollback.execution import words
from flag_rollback.execution.report import RUNNING, Report, Reporter
from flag_rollback.execution.terminal import timeline
from flag_rollback.execution.visits import Visit, read_visits
from flag_rollback.printing import console
from flag_rollback.waiting import turns, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flag_rollback.execution.finding import Execution

#: The state machine's own TimeoutSeconds, and some more.
LONGEST_RUN = 10800 + 300
_OFTEN = 0.5


def watch(reporter: Reporter, execution: Execution, redrives: int = 0) -> Iterator[list[Visit]]:
    """Yield the visits so far again and again, until the attempt after `redrives` redrives ends.

    The history is asked, because DescribeExecution may show the end of the attempt before.
    """
    for _ in turns(LONGEST_RUN, _OFTEN, f"the end of {execution.name}"):
        events = reporter.executions.events(execution.arn)
        kinds = [event["type"] for event in events if event["type"].startswith("Execution")]
        yield read_visits(events)
        is_over = kinds[-1:] not in ([], ["ExecutionStarted"], ["ExecutionRedriven"])
        if is_over and kinds.count("ExecutionRedriven") >= redrives:
            return


def follow(reporter: Reporter, execution: Execution, redrives: int = 0) -> Report:
    """Show the states of the running attempt as they come; returns the report of how it ended."""
    to = console()
    if to.is_terminal:
        with Live(console=to, refresh_per_second=10, transient=True) as live:
            for visits in watch(reporter, execution, redrives):
                now = [visit for visit in visits if visit.attempt >= redrives]
                doing = now[-1].state if now else "waiting for the first state"
                shown = timeline(now, datetime.now(UTC)) if now else ""
                live.update(Group(shown, Spinner("line", f"{doing} ...")))
    else:
        told = 0
        for visits in watch(reporter, execution, redrives):
            over = [v for v in visits if v.attempt >= redrives and v.status != "running"]
            for visit in over[told:]:
                error = f"  {visit.error.error}" if visit.error else ""
                took = words.duration(visit.seconds(datetime.now(UTC)))
                to.print(f"  {visit.state:<24} {visit.status:<10} {took:>9}{error}")
            told = len(over)
    return reporter.report(settled(reporter, execution, redrives))


def wait(reporter: Reporter, execution: Execution) -> Report:
    """Wait for the end in silence."""
    for _ in watch(reporter, execution, execution.redrives):
        pass
    return reporter.report(settled(reporter, execution, execution.redrives))


def settled(reporter: Reporter, execution: Execution, redrives: int = 0) -> Execution:
    """Wait until DescribeExecution, which may lag behind, knows of the end."""

    def over() -> Execution | None:
        now = reporter.executions.described(execution.arn)
        return None if now.status in RUNNING or now.redrives < redrives else now

    return wait_for(over, f"the end of {execution.name}", seconds=30, every=_OFTEN)
