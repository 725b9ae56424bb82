"""`flag-rollback redrive`: try a failed rollback again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click
from botocore.exceptions import BotoCoreError, ClientError

from flag_rollback.access import Access, with_access
from flag_rollback.completing import executions
from flag_rollback.confirming import confirm
from flag_rollback.execution import words
from flag_rollback.execution.ending import looked_into
from flag_rollback.execution.finding import RED, Execution
from flag_rollback.execution.following import follow
from flag_rollback.execution.report import Report, Reporter
from flag_rollback.execution.table import table
from flag_rollback.execution.terminal import summary
from flag_rollback.interrupting import NOT_DONE, goes_on
from flag_rollback.printing import console
from flag_rollback.sentences import sentence
from flag_rollback.since import Since

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mypy_boto3_stepfunctions import SFNClient
    from rich.console import RenderableType


@click.command(
    epilog="Example: flag-rollback redrive latest --follow; "
    "flag-rollback redrive --all-failed --since 2h"
)
@click.argument("execution", required=False, shell_complete=executions)
@click.option("--all-failed", is_flag=True, help="Every red execution of the span --since.")
@click.option("--since", type=Since(), default="2h", show_default=True, help="30m, 2h, 3d ...")
@click.option("--follow", "live", is_flag=True, help="Stay until it ends; exit code 1 if red.")
@click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")
@with_access
def redrive(
    access: Access, execution: str | None, all_failed: bool, since: datetime, live: bool, yes: bool
) -> None:
    """Redrive an execution (`latest`, a name, the beginning of one, an ARN), or all that failed.

    The run begins again at its first step, reads everything afresh, and writes nothing twice.
    """
    if bool(execution) == all_failed:
        raise click.UsageError("name one execution, or pass --all-failed")
    reporter = Reporter(access)
    if execution:
        chosen = [reporter.executions.named(execution)]
        _refuse_what_is_not_red(chosen[0])
    else:
        chosen = [
            found
            for status in RED
            for arn in reporter.executions.listed(status=status, since=since)
            for found in [looked_into(reporter.executions, reporter.executions.described(arn))]
        ]
    if not chosen:
        click.echo("No red execution in that span.")
        return
    console().print(_shown(reporter.report(chosen[0])) if execution else table(chosen))
    number = f"these {len(chosen)} executions" if len(chosen) > 1 else "this execution"
    confirm(f"Redrive {number}?", yes=yes)
    what, look_again = "What was redriven", access.command("executions")
    if len(chosen) == 1:
        what = f"Execution {chosen[0].name}"
        look_again = access.command("inspect", chosen[0].name, "--follow")
    with goes_on(what, look_again):
        redriven = list(_redriven(access.client("stepfunctions"), chosen))
        reports = [follow(reporter, one, one.redrives + 1) for one in redriven if live]
    _sum_up(redriven, chosen)
    if live:
        _tell_the_end(reports)
    elif redriven:
        click.echo(f"See how it goes: {look_again}")
    if len(redriven) < len(chosen):
        raise click.exceptions.Exit(NOT_DONE)


def _redriven(stepfunctions: SFNClient, chosen: list[Execution]) -> Iterator[Execution]:
    """Redrive one after the other; name each that cannot be, with AWS's reason, and go on."""
    for one in chosen:
        try:
            stepfunctions.redrive_execution(executionArn=one.arn)
        except (BotoCoreError, ClientError) as error:
            click.echo(f"Not redriven: {one.name}: {sentence(error)}", err=True)
        else:
            click.echo(f"Redriven: {one.name}")
            yield one


def _sum_up(redriven: list[Execution], chosen: list[Execution]) -> None:
    if len(chosen) > 1:
        left = len(chosen) - len(redriven)
        why = "; each reason is above" if left else ""
        click.echo(f"{len(redriven)} of {len(chosen)} redriven, {left} not{why}.")


def _shown(report: Report) -> RenderableType:
    """Show a run without the advice to redrive it."""
    return summary(replace(report, redrive_command=None))


def _refuse_what_is_not_red(execution: Execution) -> None:
    if execution.status not in RED:
        raise click.ClickException(
            f"{execution.name} is {execution.status}; only what is {', '.join(RED)} can be redriven"
        )
    if execution.description.get("redriveStatus") == "NOT_REDRIVABLE":
        reason = execution.description.get("redriveStatusReason", "AWS gives no reason")
        raise click.ClickException(f"{execution.name} cannot be redriven: {reason}")


def _tell_the_end(reports: list[Report]) -> None:
    if len(reports) == 1:
        console().print(_shown(reports[0]))
    elif reports:
        console().print(table(report.execution for report in reports))
    red = [report for report in reports if report.failure]
    if red:
        which = f"{len(red)} of {len(reports)} are " if len(reports) > 1 else ""
        raise click.ClickException(
            f"{which}still red: {words.mechanism(red[0])}. Fix the cause before another try"
        )
