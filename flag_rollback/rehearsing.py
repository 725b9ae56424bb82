"""What a drill proves: what could prove nothing is refused beforehand, and so is what did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import click
from botocore.exceptions import BotoCoreError, ClientError

from appconfig_rollback.adapters.alarms import described, described_alarm, muted, tags
from appconfig_rollback.errors import FlagNotFoundError, RollbackError
from appconfig_rollback.guarding import POLICY_TAG, policy_of
from flag_rollback.execution import words
from flag_rollback.guards import guard
from flag_rollback.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import StateValueType
    from mypy_boto3_events import EventBridgeClient

    from flag_rollback.access import Access
    from flag_rollback.execution.report import Report
    from flag_rollback.flags.served import Profile, Standing
    from flag_rollback.watched import Watched

#: Which of an alarm's actions run when it comes into a state (CloudWatch API reference,
#: PutMetricAlarm).
_ACTIONS = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}

#: SetAlarmState sets an alarm as a whole (CloudWatch API reference).
_NOT_SET = "which a drill cannot set to ALARM: make an alarm of the flag's own to drill"

#: Outcomes of a flag that was on, and of which the execution has confirmed that it is off.
_PROOF = ("rolled_back", "rollout_stopped", "experiment_stopped")


@dataclass(frozen=True)
class DrilledAlarm:
    """An alarm that a drill may set: as DescribeAlarms describes it, its tags, and its flags."""

    described: Mapping[str, Any]
    tags: Mapping[str, str]
    flags: tuple[str, ...]

    @property
    def name(self) -> str:
        """The alarm's name."""
        return str(self.described["AlarmName"])

    @property
    def state(self) -> StateValueType:
        """The state that it was in before the drill."""
        state: StateValueType = self.described["StateValue"]
        return state

    def announced(self) -> Iterator[str]:
        """Say whom setting the alarm, and putting it back, reaches besides the rollback."""
        fire, undo = (self.described.get(_ACTIONS[state]) or [] for state in ("ALARM", self.state))
        if not fire and not undo:
            yield f"Alarm {self.name} has no actions of its own: it pages nobody."
        elif not self.described.get("ActionsEnabled", True):
            yield f"The own actions of alarm {self.name} are disabled: it pages nobody."
        else:
            if fire:
                yield "The alarm's own actions will fire, as in a real incident:"
                yield from (f"  {arn}" for arn in fire)
            if undo:
                yield f"These will fire when the alarm is put back to {self.state}:"
                yield from (f"  {arn}" for arn in undo)


def refuse_a_deaf_stack(access: Access, watched: Watched) -> None:
    """Refuse a drill where no alarm turns anything off: the stack's Mode, or its rule."""
    mode = watched.parameters.get("Mode", "auto")
    if mode != "auto":
        _proves_nothing(
            f"the stack's Mode is {mode}: no alarm turns anything off",
            "set the stack's parameter Mode to auto",
        )
    events: EventBridgeClient = access.client("events")
    rule = watched.outputs.get("AlarmRuleName", "")
    try:
        state = events.describe_rule(Name=rule)["State"]
    except (BotoCoreError, ClientError) as error:
        click.echo(f"Whether rule {rule} is enabled is unknown: {sentence(error)}.")
        return
    if state == "DISABLED":
        _proves_nothing(
            f"rule {rule} is disabled: no alarm starts a rollback",
            f"enable it: {access.aws_command('events', 'enable-rule', '--name', rule)}",
        )


def drilled_alarm(access: Access, watched: Watched, flag: str, name: str) -> DrilledAlarm:
    """Read the alarm of a flag, or refuse one that would not have the flag turned off now."""
    cloudwatch: CloudWatchClient = access.client("cloudwatch")
    alarm = described_alarm(name, cloudwatch)
    if alarm is None:
        raise click.ClickException(
            f"{flag} has no alarm of its own: there is none named {name}"
            f"{_by_series(flag, watched, cloudwatch)}. "
            "If one guards it by a tag, name it with --alarm"
        )
    alarm_tags = tags(alarm["AlarmArn"], cloudwatch)
    flags = watched.guarded_by(name, alarm_tags)
    if flag not in flags:
        if (series := guard(alarm, alarm_tags, watched.names)) and series.guards(flag):
            raise click.ClickException(f"alarm {name} guards {flag} by a series, {_NOT_SET}")
        others = ", ".join(flags) or "no flag"
        raise click.ClickException(f"alarm {name} guards {others}, not {flag}")
    if alarm["StateValue"] == "ALARM":
        raise click.ClickException(f"alarm {name} is already in ALARM; this is no time for a drill")
    policy = policy_of(alarm_tags)
    if policy != "auto":
        _proves_nothing(
            f"the tag {POLICY_TAG} of alarm {name} is {policy}",
            "take the tag off, or set it to auto",
        )
    _refuse_silenced(alarm, cloudwatch)
    return DrilledAlarm(alarm, alarm_tags, flags)


def _by_series(flag: str, watched: Watched, cloudwatch: CloudWatchClient) -> str:
    """Say which alarms guard a flag by a series, as far as can be told without their tags."""
    try:
        read = [guard(alarm, None, watched.names) for alarm in described(cloudwatch)]
    except RollbackError as error:
        return f" (whether another guards it is unknown: {sentence(error)})"
    found = [each.name for each in read if each and each.by == "series" and each.guards(flag)]
    return f". Alarm {words.names(found)} guards it by a series, {_NOT_SET}" if found else ""


def refuse_what_stays(
    profile: Profile, flag: str, standings: Mapping[str, Standing], max_percentage: float
) -> None:
    """Refuse a flag that would not be turned off, and flags that are on for too many users."""
    for each, now in standings.items():
        if now.state == "unknown":
            raise click.ClickException(now.reason)
        if now.serving > max_percentage:
            raise click.ClickException(
                f"{each} is on for {now.serving:g} % of the traffic, more than "
                f"--max-percentage {max_percentage:g}"
            )
    now = standings[flag]
    if now.state == "off":
        _proves_nothing(f"{flag} is off already ({now.reason})", "turn it on first")
    if now.version is None:
        return
    try:
        policy = profile.document(now.version).policy(flag)
    except FlagNotFoundError:  # only what is being rolled out has it
        return
    if policy != "auto":
        _proves_nothing(f"the flag {flag} says rollback: {policy}", "set that to auto to drill it")


def unproven(report: Report, flag: str) -> str | None:
    """Say why the execution is no proof that the alarm has the flag turned off; None if it is."""
    if report.failure:
        return words.mechanism(report)
    execution, now = report.execution, report.standings.get(flag)
    results = execution.output.get("flags", [])
    result = next((each for each in results if each["flag"] == flag), execution.output)
    if "sweptBy" in result:
        return f"{flag} was turned off by another execution at the same moment, {result['sweptBy']}"
    if result.get("outcome") not in _PROOF:
        why = result.get("reason") or report.reason
        return f"{flag} was not turned off by it; it ended as {result.get('outcome')}: {why}"
    if now is None or now.state != "off":
        seen = words.standing(flag, now) if now else f"what users get of {flag} is unknown"
        return f"the execution says {result['outcome']}, but {seen}"
    return None


def _refuse_silenced(alarm: Mapping[str, Any], cloudwatch: CloudWatchClient) -> None:
    """Refuse an alarm of which a rollback takes no notice: muted or suppressed."""
    name = alarm["AlarmName"]
    if alarm.get("ActionsSuppressedBy"):
        _proves_nothing(
            f"alarm {name} is suppressed by {alarm['ActionsSuppressedBy']}",
            "wait until that is over",
        )
    try:
        is_muted = name in muted(cloudwatch)
    except RollbackError as error:
        click.echo(f"Whether alarm {name} is muted is unknown: {sentence(error)}.")
        return
    if is_muted:
        _proves_nothing(f"alarm {name} is muted", "end the mute rule, or wait until it is over")


def _proves_nothing(why: str, remedy: str) -> NoReturn:
    raise click.ClickException(f"{why}, so a drill would prove nothing; {remedy}")
