"""Shows a report in the terminal: what matters first, then the timeline."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from appconfig_rollback.plain_text import shortened
from flag_rollback.execution import words
from flag_rollback.execution.told import is_drill
from flag_rollback.execution.verdict import verdict
from flag_rollback.execution.visits import culprits
from flag_rollback.layout import Column, Paragraph, Rows
from flag_rollback.printing import console as console
from flag_rollback.printing import indented

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from rich.console import Console, RenderableType

    from flag_rollback.execution.finding import Execution
    from flag_rollback.execution.report import Report
    from flag_rollback.execution.visits import Visit
    from flag_rollback.flags.differences import Difference

COLOURS = {
    "succeeded": "green",
    "caught": "yellow",  # which 16 colours have; orange would be red there
    "failed": "dim",
    "aborted": "magenta",
    "running": "blue",
}
_CULPRIT = ("✗", "red")
_MARKS = {"succeeded": "✓", "caught": "!", "failed": "·", "aborted": "·", "running": "…"}
_BAR = 20
_INDENT = 14


def tone(report: Report) -> str:
    """The colour of the whole."""
    return "red" if report.failure else "blue" if report.is_running else "green"


def summary(report: Report) -> RenderableType:
    """What happened, what users get now, why, and what to do: the verdict."""
    title = Text(f"━━ {verdict(report).now}", style=f"bold {tone(report)}")
    lines: list[RenderableType] = [Paragraph(Text(""), title, 0)]
    lines += [Paragraph(Text(f"  {label}", "dim"), told, _INDENT) for label, told in _facts(report)]
    # Each command is on a line of its own, so that it can be copied whole.
    lines += [line for step in words.next_steps(report) for line in _lines(step)]
    return Group(*lines)


def _facts(report: Report) -> Iterator[tuple[str, Text]]:
    yield "what", Text(words.mechanism(report), style=tone(report))
    for flag, now in report.standings.items():
        colour = {"on": "yellow", "off": "green"}.get(now.state, "magenta")
        yield "flag now", Text(words.standing(flag, now), style=f"bold {colour}")
    if not report.standings:
        yield "flag now", Text("the input names no flag", style="bold magenta")
    yield "read at", Text(f"{report.read_at:%Y-%m-%d %H:%M:%S} UTC")
    yield "where", Text(words.where(report))
    if is_drill(report.execution):
        yield "drill", Text("a person set the alarm to ALARM to practise")
    if why := words.reason(report):
        yield "why", Text(why)
    for experiment in words.experiments(report):
        yield "experiment", Text(experiment)
    if became := words.aftercare(report):
        yield "afterwards", Text(became)
    if report.failure and report.failure.meaning:
        yield "meaning", Text(report.failure.meaning)
    yield "alarm", Text(report.execution.alarm or "the input names none")
    yield "when", Text(_when(report.execution))
    yield "execution", Text(report.execution.name)


def _lines(step: words.Step) -> list[RenderableType]:
    if step.command is None:
        return [Paragraph(Text("  do", "dim"), Text(step.text), _INDENT)]
    command = Text(f"  {step.command}", style="bold", no_wrap=True, overflow="ignore")
    return [Paragraph(Text("  do", "dim"), Text(step.text), _INDENT), command]


def timeline(all_visits: Sequence[Visit], now: datetime) -> Rows:
    """Every state with start, duration, tries, and what failed; what an attempt failed for is red.

    A state whose error the machine dealt with is none of that, and neither is the one that ends a
    failed attempt, or one that a person stopped.
    """
    rows = Rows(
        [
            Column(""),
            Column("state"),
            Column("start", worth=3, justify="right"),
            Column("took", worth=4, justify="right"),
            Column(" ", worth=1),
            Column("tries", worth=2, justify="right"),
            Column("failed with", prose=True),
        ]
    )
    guilty = culprits(all_visits)
    for attempt in sorted({visit.attempt for visit in all_visits}):
        visits = [visit for visit in all_visits if visit.attempt == attempt]
        begun = visits[0].entered
        if attempt:
            title = Text(f"redrive {attempt}, {begun:%H:%M:%S}", style="bold")
            rows.rows.append([Text(""), title, *map(Text, [""] * 5)])
        whole = max((v.left or now) - begun for v in visits).total_seconds() or 1.0
        for place, visit in enumerate(all_visits):
            if visit.attempt == attempt:
                look = (
                    _CULPRIT if place in guilty else (_MARKS[visit.status], COLOURS[visit.status])
                )
                rows.rows.append(_row(visit, look, begun, whole, now))
    return rows


def changes(report: Report, *, verbose: bool) -> Iterator[RenderableType]:
    """What the execution changed in the document; with `verbose`, the failed state's input, too."""
    if report.change:
        yield Text(f"{report.change.title}:", "bold")
        yield shown_differences(report.change.differences)
    if verbose and report.failure and report.failure.input:
        yield Text(f"What {report.failure.state} got:", "bold")
        yield _indented(report.failure.input)
    if verbose and report.execution.output:
        yield Text("What it returned:", "bold")
        yield _indented(report.execution.description.get("output", ""))


def shown_differences(found: Sequence[Difference]) -> RenderableType:
    """Where two documents differ, before and after."""
    return Group(
        *(
            Paragraph(
                Text("  "),
                Text.assemble(
                    f"{difference.path}: ",
                    (shortened(difference.before or "nothing", 60), "red"),
                    " → ",
                    (shortened(difference.after or "gone", 90), "green"),
                ),
                4,
            )
            for difference in found
        )
    )


def show(report: Report, to: Console, *, verbose: bool = False) -> None:
    """Show the whole report; it ends with the verdict, which is what stays on the screen."""
    to.print(timeline(report.visits, report.read_at))
    for part in changes(report, verbose=verbose):
        to.print(part)
    to.print()
    to.print(summary(report))


def _indented(text: str) -> Text:
    lines = indented(text).split("\n")
    return Text("\n".join(f"  {line}" for line in lines), no_wrap=True, overflow="ignore")


def _row(
    visit: Visit, look: tuple[str, str], begun: datetime, whole: float, now: datetime
) -> list[Text]:
    mark, colour = look
    start = (visit.entered - begun).total_seconds()
    took = visit.seconds(now)
    before = min(round(start / whole * _BAR), _BAR - 1)
    length = max(round(took / whole * _BAR), 1)
    bar = " " * before + "━" * min(length, _BAR - before)
    error = visit.error.error if visit.error else ""
    return [
        Text(mark, style=colour),
        Text(visit.state, style=colour if visit.status != "succeeded" else ""),
        Text(f"+{start:.2f} s"),
        Text(words.duration(took)),
        Text(bar, style=colour),
        Text(str(len(visit.tries) or "")),
        Text(error, style=colour),
    ]


def _when(execution: Execution) -> str:
    redriven = execution.description.get("redriveDate")
    told = f"{execution.started:%Y-%m-%d %H:%M:%S %Z}, {words.duration(execution.seconds())}"
    if redriven:
        times = "once" if execution.redrives == 1 else f"{execution.redrives} times, last"
        told += f", redriven {times} at {redriven.astimezone(UTC):%H:%M:%S}"
    return told
