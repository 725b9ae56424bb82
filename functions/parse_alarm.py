"""ParseAlarm: which flag, and is there anything to do about it?"""

from __future__ import annotations

from datetime import timedelta

from appconfig_rollback.adapters import clock
from appconfig_rollback.adapters.alarms import current_state
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.adapters.task import task
from appconfig_rollback.alarm import AlarmChange, read_alarm
from appconfig_rollback.state import Alarm, Execution, TaskInput
from appconfig_rollback.times import iso, moment


@task
def handler(event: TaskInput, context: object) -> Alarm:  # noqa: ARG001
    """Read the alarm out of the execution's input and decide whether to act on it.

    Raises:
        NotAnAlarmError, AlarmNameMismatchError: the input is not what starts a rollback.
    """
    execution = event["execution"]
    change = read_alarm(execution["Input"])
    now = clock.now()
    transitioned_at = change.transitioned_at or moment(execution["StartTime"])
    flag = settings().alarm_names.flag_of(change.name)
    ignored_reason = _why_ignored(change, now - transitioned_at, execution)
    return {
        "flag": flag,
        "alarmName": change.name,
        "alarmArn": change.arn,
        "state": change.state,
        "reason": change.reason,
        "transitionedAt": iso(transitioned_at),
        "region": change.region,
        "account": change.account,
        "ignoredReason": ignored_reason,
        "startedAt": iso(now),
    }


def _why_ignored(change: AlarmChange, age: timedelta, execution: Execution) -> str | None:
    """Say why nothing is to be done; None where the alarm calls for a rollback.

    EventBridge may deliver an event late. An old one counts only while its alarm is still in ALARM,
    unless a person has redriven the execution: then that person has decided.
    """
    if settings().mode == "off":
        return "the stack's parameter Mode is off"
    if change.state != "ALARM":
        return f"the alarm went to {change.state}, not to ALARM"
    if change.silenced:
        return change.silenced
    if age <= settings().max_alarm_age or "RedriveTime" in execution:
        return None
    state = current_state(change.name)
    if state == "ALARM":
        return None
    return (
        f"the alarm fired {age / timedelta(minutes=1):.0f} minutes ago and is in state "
        f"{state or 'deleted'} now (parameter MaxAlarmAgeMinutes)"
    )
