"""`flag-rollback redrive`: try a failed rollback again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flag_rollback.access import Access, with_access
from flag_rollback.completing import executions
from flag_rollback.execution import words
from flag_rollback.execution.ending import looked_into
from flag_rollback.execution.finding import RED, Execution
from flag_rollback.execution.following import follow
from flag_rollback.execution.report import Report, Reporter
from flag_rollback.execution.table import table
from flag_rollback.execution.terminal import summary
from flag_rollback.printing import console
from flag_rollback.since import Since

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_stepfunctions import SFNClient


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
    to = console()
    to.print(summary(reporter.report(chosen[0])) if execution else table(chosen))
    number = f"these {len(chosen)} executions" if len(chosen) > 1 else "this execution"
    if not yes:
        click.confirm(f"Redrive {number}?", abort=True)
    stepfunctions: SFNClient = access.client("stepfunctions")
    for one in chosen:
        stepfunctions.redrive_execution(executionArn=one.arn)
        click.echo(f"Redriven: {one.name}")
    if not live:
        click.echo(f"See how it goes: {access.command('inspect', chosen[0].name, '--follow')}")
        return
    reports = [follow(reporter, one, one.redrives + 1) for one in chosen]
    _tell_the_end(reports)


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
        console().print(summary(reports[0]))
    else:
        console().print(table(report.execution for report in reports))
    red = [report for report in reports if report.failure]
    if red:
        raise click.ClickException(f"still red: {words.headline(red[0])}")
