"""`flag-rollback executions`: a table of what happened lately."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from flag_rollback.access import Access, with_access
from flag_rollback.execution import words
from flag_rollback.execution.finding import RED, Execution, Executions
from flag_rollback.execution.terminal import console
from flag_rollback.since import Since
from flag_rollback.watched import find

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]


@click.command(epilog="Example: flag-rollback executions --status FAILED --since 2h")
@click.option("--status", type=click.Choice(STATUSES, case_sensitive=False), help="Only these.")
@click.option("--since", type=Since(), help="Only those of this span, such as 30m, 2h or 3d.")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="Show at most this many."
)
@with_access
def executions(access: Access, status: str | None, since: datetime | None, limit: int) -> None:
    """List rollbacks, the newest first."""
    watched = find(access)
    found = Executions(access.client("stepfunctions"), watched)
    arns = list(islice(found.listed(status=status, since=since), limit + 1))
    if not arns:
        click.echo(f"{watched.stack} has no such execution." if status or since else "None yet.")
        return
    console().print(table(found.described(arn) for arn in arns[:limit]))
    if len(arns) > limit:
        click.echo(f"There are more; see them with --limit {limit * 5}.")


def table(found: Iterable[Execution]) -> Table:
    """Lay executions out, one a line."""
    lines = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for column in ("when (UTC)", "flag", "outcome", "alarm", "took", "redrives", "execution"):
        number = column in ("took", "redrives")
        lines.add_column(column, justify="right" if number else "left", overflow="fold")
    for execution in found:
        error = execution.description.get("error", "")
        lines.add_row(
            f"{execution.started:%Y-%m-%d %H:%M:%S}",
            ", ".join(execution.flags) or "?",
            Text(f"{words.outcome(execution)} {error}".strip(), style=_colour(execution)),
            execution.alarm or "?",
            words.duration(execution.seconds()),
            str(execution.redrives or ""),
            execution.name[:13],
        )
    return lines


def _colour(execution: Execution) -> str:
    if execution.status in RED:
        return "red"
    return "green" if execution.status == "SUCCEEDED" else "blue"
