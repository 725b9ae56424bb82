"""`flag-rollback drill`: practise a rollback on a flag that does little harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from appconfig_rollback.adapters.alarms import current_state, tags_of
from appconfig_rollback.guarding import policy_of
from flag_rollback.access import Access, with_access
from flag_rollback.completing import flags
from flag_rollback.execution import words
from flag_rollback.execution.following import follow
from flag_rollback.execution.report import Reporter
from flag_rollback.execution.terminal import console, summary
from flag_rollback.flags.experiments import Rules
from flag_rollback.flags.served import Profile
from flag_rollback.waiting import wait_for
from flag_rollback.watched import find

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

    from flag_rollback.execution.finding import Execution

_REASON = "Drill: a person set this alarm to ALARM with flag-rollback"


@click.command(epilog="Example: flag-rollback drill search-v2 --max-percentage 5")
@click.argument("flag", shell_complete=flags)
@click.option("--alarm", help="The alarm that guards it by a tag; by default the one of its name.")
@click.option(
    "--max-percentage",
    type=click.FloatRange(0, 100),
    default=10.0,
    show_default=True,
    help="Refuse a flag that is on for more of the traffic.",
)
@click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")
@with_access
def drill(access: Access, flag: str, alarm: str | None, max_percentage: float, yes: bool) -> None:
    """Set a flag's alarm to ALARM and follow the rollback. THE FLAG GOES OFF, for real.

    So do the other flags of the same alarm, if its tags name several.

    Afterwards the alarm is put back to the state that it was in; the flag is put back by you, with
    `flag-rollback restore`.
    """
    watched = find(access)
    cloudwatch: CloudWatchClient = access.client("cloudwatch")
    name = alarm or watched.alarm_of(flag)
    before = current_state(name, cloudwatch=cloudwatch)
    if before is None:
        raise click.ClickException(f"{flag} has no alarm: there is none named {name}")
    tags = tags_of(name, cloudwatch)
    flags = watched.guarded_by(name, tags)
    if flag not in flags:
        others = ", ".join(flags) or "no flag"
        raise click.ClickException(f"alarm {name} guards {others}, not {flag}")
    if before == "ALARM":
        raise click.ClickException(f"alarm {name} is already in ALARM; this is no time for a drill")
    profile = Profile(access.client("appconfig"), watched.known_place)
    for each, standing in profile.standings(flags).items():
        if standing.state == "unknown":
            raise click.ClickException(standing.reason)
        if standing.serving > max_percentage:
            raise click.ClickException(
                f"{each} is on for {standing.serving:g} % of the traffic, more than "
                f"--max-percentage {max_percentage:g}"
            )
        click.echo(f"{words.standing(each, standing)}. Its alarm is {name}, in state {before}.")
        if standing.experiment and standing.version:
            served = profile.document(standing.version)
            rules = Rules.of(watched.parameters, policy_of(tags))
            click.echo(f"{rules.prospect(standing.experiment, each, served).what}.")
    if not yes:
        what = f"{words.names(flags)} {'is' if len(flags) == 1 else 'are'}"
        click.confirm(f"Set the alarm to ALARM, so that {what} turned off?", abort=True)
    reporter = Reporter(access, watched)
    lately = datetime.now(UTC) - timedelta(minutes=5)
    known = set(reporter.executions.listed(since=lately))
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason=_REASON)
    try:
        execution = wait_for(
            lambda: _started(reporter, lately, known, name),
            "an execution to begin",
            seconds=60,
            every=0.5,
        )
        report = follow(reporter, execution)
    finally:
        cloudwatch.set_alarm_state(
            AlarmName=name,
            StateValue=before,
            StateReason="Drill: over",
        )
    console().print(summary(report))
    if report.failure:
        raise click.ClickException(f"the drill failed: {words.headline(report)}")


def _started(
    reporter: Reporter, since: datetime, known: set[str], alarm_name: str
) -> Execution | None:
    for arn in reporter.executions.listed(since=since):
        if arn not in known:
            found = reporter.executions.described(arn)
            if found.alarm == alarm_name:
                return found
    return None
