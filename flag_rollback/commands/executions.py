"""`flag-rollback executions`: a table of what happened lately."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import click

from appconfig_rollback.state import FlagOutcome, Outcome
from appconfig_rollback.times import iso
from flag_rollback.access import Access, with_access
from flag_rollback.completing import flags
from flag_rollback.execution.aftercare import with_aftercare
from flag_rollback.execution.finding import Executions
from flag_rollback.execution.searching import Search, Wanted, search
from flag_rollback.execution.table import as_list, table
from flag_rollback.printing import console, write_json
from flag_rollback.since import Since
from flag_rollback.watched import find

if TYPE_CHECKING:
    from datetime import datetime

STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]
OUTCOMES = list(dict.fromkeys([*get_args(Outcome), *get_args(FlagOutcome)]))


@click.command(epilog="Example: flag-rollback executions --status FAILED --since 2h")
@click.option("--status", type=click.Choice(STATUSES, case_sensitive=False), help="Only these.")
@click.option("--since", type=Since(), help="Only those of this span, such as 30m, 2h or 3d.")
@click.option("--flag", shell_complete=flags, help="Only those for this flag.")
@click.option(
    "--outcome",
    type=click.Choice(OUTCOMES, case_sensitive=False),
    help="Only those with this outcome, of the whole run or of one of its flags.",
)
@click.option("--alarm", help="Only those that this alarm started.")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="Show at most this many."
)
@click.option(
    "--look-through",
    type=click.IntRange(1),
    default=500,
    show_default=True,
    help="Look at most at this many, of --status and --since, for those that fit.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, as docs/commands.md describes.")
@with_access
def executions(
    access: Access,
    *,
    status: str | None,
    since: datetime | None,
    flag: str | None,
    outcome: str | None,
    alarm: str | None,
    limit: int,
    look_through: int,
    as_json: bool,
) -> None:
    """List rollbacks, the newest first, with what each did in one sentence.

    The sentence is about then. What users get of a flag now is what `inspect` says.
    """
    watched = find(access)
    wanted = Wanted(status, since, flag, outcome, alarm)
    here = Executions(access.client("stepfunctions"), watched)
    result = search(here, wanted, limit, max(look_through, limit))
    stepfunctions = access.client("stepfunctions")
    result.found = [with_aftercare(stepfunctions, each) for each in result.found]
    if as_json:
        write_json(
            {
                "stack": watched.stack,
                "executions": as_list(result.found),
                "lookedThrough": result.looked_through,
                "stoppedAt": iso(result.stopped_at) if result.stopped_at else None,
            }
        )
        return
    if result.found:
        console().print(table(result.found))
    elif wanted.is_anything:
        click.echo("None yet.")
    else:
        click.echo(f"{watched.stack} has no such execution{_so_far(result)}.")
    if said := _how_far(wanted, result, limit):
        click.echo(said)


def _so_far(result: Search) -> str:
    return f" among the newest {result.looked_through}" if result.stopped_at else ""


def _how_far(wanted: Wanted, result: Search, limit: int) -> str:
    """Say how many were looked through, and where older ones were left."""
    through = f"Looked through {result.looked_through}"
    if result.stopped_at is None:
        return f"{through}: all that there are." if wanted.looks_inside else ""
    back_to = f"back to {result.stopped_at:%Y-%m-%d %H:%M:%S}"
    if len(result.found) == limit:
        more = f"There are older ones; see more with --limit {limit * 5}."
        return f"{through}, {back_to}. {more}" if wanted.looks_inside else more
    further = f"go on with --look-through {result.looked_through * 5}"
    return f"{through}, {back_to}. There are older ones: {further}."
