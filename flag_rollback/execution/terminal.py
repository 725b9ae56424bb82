"""Shows a report in the terminal: what matters first, then the timeline."""

from __future__ import annotations

import json
import sys
from datetime import UTC
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from appconfig_rollback.plain_text import shortened
from flag_rollback.execution import words
from flag_rollback.execution.finding import json_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from rich.console import RenderableType

    from flag_rollback.execution.finding import Execution
    from flag_rollback.execution.report import Report
    from flag_rollback.execution.visits import Visit
    from flag_rollback.flags.differences import Difference

#: What a pipe or a file is laid out for.
WIDTH = 120
COLOURS = {
    "succeeded": "green",
    "caught": "dark_orange",
    "failed": "red",
    "aborted": "red",
    "running": "blue",
}
_MARKS = {"succeeded": "✓", "caught": "!", "failed": "✗", "aborted": "✗", "running": "…"}
_BAR = 20
_INPUT_LINES = 20


def console() -> Console:
    """Open the terminal; output that goes elsewhere gets a width of its own."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)


def tone(report: Report) -> str:
    """The colour of the whole."""
    return "red" if report.failure else "blue" if report.is_running else "green"


def summary(report: Report) -> RenderableType:
    """What happened, where, why, where the flag stands, what to do."""
    colour, execution = tone(report), report.execution
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for flag, now in report.standings.items():
        flag_colour = {"on": "yellow", "off": "green"}.get(now.state, "magenta")
        rows.add_row("flag now", Text(words.standing(flag, now), style=f"bold {flag_colour}"))
    if not report.standings:
        rows.add_row("flag now", Text("the input names no flag", style="bold magenta"))
    if why := words.reason(report):
        rows.add_row("why", Text(why))
    for experiment in words.experiments(report):
        rows.add_row("experiment", Text(experiment))
    if report.failure and report.failure.meaning:
        rows.add_row("meaning", report.failure.meaning)
    rows.add_row("alarm", execution.alarm or "the input names none")
    rows.add_row("when", _when(execution))
    steps = words.next_steps(report)
    for step in steps:
        if step.command is None:
            rows.add_row("do", Text(step.text))
    title = Text(f" {words.headline(report)} ", style=f"bold {colour}")
    panel = Panel(rows, title=title, title_align="left", border_style=colour, padding=(0, 1))
    # Commands are outside the panel, each on a line of its own: so they can be copied whole.
    lines = [line for step in steps if step.command for line in _lines(step)]
    return Group(panel, *lines)


def _lines(step: words.Step) -> list[Text]:
    command = Text(f"  {step.command}", style="bold", no_wrap=True, overflow="ignore")
    return [Text(f"  {step.text}", style="dim"), command]


def timeline(all_visits: Sequence[Visit], now: datetime) -> Table:
    """Every state with start, duration, tries, and what failed."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("")
    table.add_column("state", no_wrap=True)
    table.add_column("start", justify="right", no_wrap=True)
    table.add_column("took", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, min_width=_BAR)
    table.add_column("tries", justify="right")
    table.add_column("failed with", overflow="fold")
    for attempt in sorted({visit.attempt for visit in all_visits}):
        visits = [visit for visit in all_visits if visit.attempt == attempt]
        begun = visits[0].entered
        if attempt:
            table.add_row("", Text(f"redrive {attempt}, {begun:%H:%M:%S}", style="bold"))
        whole = max((v.left or now) - begun for v in visits).total_seconds() or 1.0
        for visit in visits:
            table.add_row(*_row(visit, begun, whole, now))
    return table


def changes(report: Report) -> Iterator[RenderableType]:
    """What the execution changed in the document, and the input of the failed state."""
    if report.change:
        change = report.change
        yield Text(
            f"What it changed, version {change.from_version} to {change.to_version}:", "bold"
        )
        yield shown_differences(change.differences)
    if report.failure and report.failure.input:
        yield Text(f"What {report.failure.state} got:", "bold")
        lines = json.dumps(json_or_none(report.failure.input), indent=2).splitlines()
        left = len(lines) - _INPUT_LINES
        more = [f"... {left} more lines; --json has them all"] if left > 0 else []
        yield Padding("\n".join([*lines[:_INPUT_LINES], *more]), (0, 0, 0, 2))


def shown_differences(found: Sequence[Difference]) -> Table:
    """Where two documents differ, before and after."""
    table = Table.grid(padding=(0, 2))
    for difference in found:
        table.add_row(
            f"  {difference.path}",
            Text(shortened(difference.before or "", 60), style="red"),
            "→",
            Text(shortened(difference.after or "gone", 90), style="green"),
        )
    return table


def show(report: Report, to: Console) -> None:
    """Show the whole report."""
    to.print(summary(report))
    to.print(Padding(timeline(report.visits, report.read_at), (1, 0)))
    for part in changes(report):
        to.print(part)


def _row(visit: Visit, begun: datetime, whole: float, now: datetime) -> list[RenderableType]:
    colour = COLOURS[visit.status]
    start = (visit.entered - begun).total_seconds()
    took = visit.seconds(now)
    before = min(round(start / whole * _BAR), _BAR - 1)
    length = max(round(took / whole * _BAR), 1)
    bar = " " * before + "━" * min(length, _BAR - before)
    error = visit.error.error if visit.error else ""
    return [
        Text(_MARKS[visit.status], style=colour),
        Text(visit.state, style=colour if visit.status != "succeeded" else ""),
        f"+{start:.2f} s",
        words.duration(took),
        Text(bar, style=colour),
        str(len(visit.tries) or ""),
        Text(error, style=colour),
    ]


def _when(execution: Execution) -> str:
    redriven = execution.description.get("redriveDate")
    told = f"{execution.started:%Y-%m-%d %H:%M:%S %Z}, {words.duration(execution.seconds())}"
    if redriven:
        told += (
            f", redriven {execution.redrives} time(s), last at {redriven.astimezone(UTC):%H:%M:%S}"
        )
    return f"{told}, execution {execution.name}"
