"""`flag-rollback drill`: practise a rollback on a flag that does little harm."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from botocore.exceptions import BotoCoreError, ClientError

from appconfig_rollback.adapters.alarms import current_state
from appconfig_rollback.alarm import DRILL_KEY, DRILL_REASON, read_alarm
from appconfig_rollback.errors import RollbackError
from appconfig_rollback.guarding import policy_of
from flag_rollback.access import Access, with_access
from flag_rollback.caller import caller
from flag_rollback.completing import flags
from flag_rollback.confirming import confirm
from flag_rollback.execution import words
from flag_rollback.execution.following import follow
from flag_rollback.execution.report import Report, Reporter
from flag_rollback.execution.terminal import summary
from flag_rollback.flags.experiments import Rules
from flag_rollback.flags.served import Profile
from flag_rollback.interrupting import goes_on
from flag_rollback.printing import console
from flag_rollback.rehearsing import (
    DrilledAlarm,
    drilled_alarm,
    refuse_a_deaf_stack,
    refuse_what_stays,
    unproven,
)
from flag_rollback.sentences import sentence
from flag_rollback.waiting import WaitedTooLongError, wait_for
from flag_rollback.watched import find

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

    from flag_rollback.execution.finding import Execution

_OVER = "Drill: over"
_SECONDS_TO_BEGIN = 60


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

    So do the other flags of the same alarm, if its tags name several. The alarm's own actions fire,
    too: they may page somebody.

    Exit code 0 means that the flag was on, and that the rollback has turned it off and confirmed
    it. What could not prove that is refused before anything is changed.

    Afterwards the alarm is put back to the state that it was in; the flag is put back by you, with
    `flag-rollback restore`.
    """
    watched = find(access)
    refuse_a_deaf_stack(access, watched)
    drilled = drilled_alarm(access, watched, flag, alarm or watched.alarm_of(flag))
    profile = Profile(access.client("appconfig"), watched.known_place)
    standings = profile.standings(drilled.flags)
    refuse_what_stays(profile, flag, standings, max_percentage)
    for each, standing in standings.items():
        click.echo(
            f"{words.standing(each, standing)}. Its alarm is {drilled.name}, in state "
            f"{drilled.state}."
        )
        if standing.experiment and standing.version:
            served = profile.document(standing.version)
            rules = Rules.of(watched.parameters, policy_of(drilled.tags))
            click.echo(f"{rules.prospect(standing.experiment, each, served).what}.")
    for line in drilled.announced():
        click.echo(line)
    what = f"{words.names(drilled.flags)} {'is' if len(drilled.flags) == 1 else 'are'}"
    confirm(f"Set the alarm to ALARM, so that {what} turned off?", yes=yes)
    reporter = Reporter(access, watched)
    report, problem = None, None
    with goes_on("What the alarm started", access.command("executions", "--since", "1h")):
        try:
            report = _rollback(access, reporter, drilled.name)
            problem = unproven(report, flag)
        except (BotoCoreError, ClientError, RollbackError, OSError) as error:
            problem = sentence(error)
        finally:
            is_back = _put_back(access, drilled)
    if report:
        console().print(summary(report))
    else:
        click.echo(f"{words.standing(flag, profile.standing(flag))}.")
    if problem:
        raise click.ClickException(f"the drill failed: {problem}")
    click.echo(f"Proven: alarm {drilled.name} has {flag} turned off; read again, it is off.")
    if not is_back:
        raise click.ClickException(f"alarm {drilled.name} was not put back")


def _rollback(access: Access, reporter: Reporter, alarm: str) -> Report:
    """Set the alarm to ALARM, and follow what that starts to its end."""
    cloudwatch: CloudWatchClient = access.client("cloudwatch")
    lately = datetime.now(UTC) - timedelta(minutes=5)
    known = set(reporter.executions.listed(since=lately))
    cloudwatch.set_alarm_state(
        AlarmName=alarm,
        StateValue="ALARM",
        StateReason=DRILL_REASON,
        StateReasonData=json.dumps({DRILL_KEY: {"by": caller(access)}}),
    )
    try:
        execution = wait_for(
            lambda: _started(reporter, lately, known, alarm),
            "an execution to begin",
            seconds=_SECONDS_TO_BEGIN,
            every=0.5,
        )
    except WaitedTooLongError as error:
        raise WaitedTooLongError(
            f"the alarm started no execution within {_SECONDS_TO_BEGIN} s, and may do so later. An "
            "alarm that names its flags by tags has to have them in its events "
            "(AlarmTagsPropagation); `flag-rollback doctor` looks for more causes"
        ) from error
    look_again = access.command("inspect", execution.name, "--follow")
    with goes_on(f"Execution {execution.name}", look_again):
        return follow(reporter, execution)


def _started(reporter: Reporter, since: datetime, known: set[str], alarm: str) -> Execution | None:
    """Find the execution that the drill has started; not one of a real transition."""
    for arn in reporter.executions.listed(since=since):
        if arn not in known:
            found = reporter.executions.described(arn)
            if found.alarm == alarm and read_alarm(found.input).reason == DRILL_REASON:
                return found
    return None


def _put_back(access: Access, drilled: DrilledAlarm) -> bool:
    """Put the alarm back to the state of before; where that fails, say how to do it by hand."""
    cloudwatch: CloudWatchClient = access.client("cloudwatch")
    try:
        cloudwatch.set_alarm_state(
            AlarmName=drilled.name, StateValue=drilled.state, StateReason=_OVER
        )
    except KeyboardInterrupt:
        _say_how_to_put_back(access, drilled, "Ctrl-C came in between")
        raise
    except (BotoCoreError, ClientError) as error:
        if not _is_in(access, drilled):
            _say_how_to_put_back(access, drilled, sentence(error))
            return False
    click.echo(f"Alarm {drilled.name} is in {drilled.state} again.")
    return True


def _is_in(access: Access, drilled: DrilledAlarm) -> bool:
    """Return whether the alarm is in the state of before; it never left it if AWS refused that."""
    try:
        return current_state(drilled.name, cloudwatch=access.client("cloudwatch")) == drilled.state
    except RollbackError:
        return False


def _say_how_to_put_back(access: Access, drilled: DrilledAlarm, why: str) -> None:
    command = access.aws_command(
        *("cloudwatch", "set-alarm-state", "--alarm-name", drilled.name),
        *("--state-value", drilled.state, "--state-reason", _OVER),
    )
    click.echo(f"Alarm {drilled.name} may still be in ALARM: {why}. Put it back with:", err=True)
    click.echo(f"  {command}", err=True)
