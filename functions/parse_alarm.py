"""ParseAlarm: which flags, and is there anything to do about them?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from appconfig_rollback.adapters import alarms, clock
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.adapters.task import task
from appconfig_rollback.alarm import AlarmChange, read_alarm
from appconfig_rollback.errors import AlarmNameMismatchError, PersonMustActError
from appconfig_rollback.guarding import ALARM_OPTED_OUT, FLAG_TAGS, Guarded, guarded, policy_of
from appconfig_rollback.state import Alarm, Execution, TaskInput
from appconfig_rollback.times import iso, moment


@task
def handler(event: TaskInput, context: object) -> Alarm:  # noqa: ARG001
    """Read the alarm out of the execution's input and decide whether to act on it.

    Raises:
        NotAnAlarmError, AlarmNameMismatchError, TooManyFlagsError: the input is not what starts a
            rollback.
    """
    execution = event["execution"]
    change = read_alarm(execution["Input"])
    now = clock.now()
    transitioned_at = change.transitioned_at or moment(execution["StartTime"])
    found, tags = _guarded(change)
    ignored_reason = (
        _why_ignored(change, tags, now - transitioned_at, execution)
        if found
        else "none of its tags names a flag, and its name has another form"
    )
    return {
        "flags": list(found.flags) if found else [],
        "namedBy": found.by if found else None,
        "contributor": change.contributor,
        "policy": None if tags is None else policy_of(tags),
        "alarmName": change.name,
        "alarmArn": change.arn,
        "state": change.state,
        "reason": change.reason,
        "transitionedAt": iso(transitioned_at),
        "region": change.region,
        "account": change.account,
        "ignoredReason": ignored_reason,
        "startedAt": iso(now),
        "measured": change.measured,
        "breachedSince": iso(change.breached_since) if change.breached_since else None,
        "drill": change.drill,
    }


def _guarded(change: AlarmChange) -> tuple[Guarded | None, Mapping[str, str] | None]:
    """Find the flags, and the alarm's tags as far as they are known.

    Tags are read where they did not come along and nothing else names a flag. None where the alarm
    started an execution only because of its tags: they failed to come along, or name no flag.
    """
    names, tags = settings().alarm_names, change.tags
    try:
        if not change.tags_failed:
            return guarded(change, tags, names), tags
    except AlarmNameMismatchError:
        if tags is not None and any(tag in tags for tag in FLAG_TAGS):
            return None, tags
        if tags is not None or change.arn is None:
            raise
    if change.arn is None:
        return guarded(change, None, names), None
    try:
        tags = alarms.tags(change.arn)
    except PersonMustActError as denied:
        try:
            found = guarded(change, None, names)
        except AlarmNameMismatchError:
            raise denied from None
        # A rollback must not depend on a right to read tags; FetchConfig reports its absence.
        logger.warning("Cannot read the alarm's tags; going by its name", exc_info=True)
        return found, None
    try:
        return guarded(change, tags, names), tags
    except AlarmNameMismatchError:
        if not change.tags_failed:
            raise
        return None, tags


def _why_ignored(
    change: AlarmChange, tags: Mapping[str, str] | None, age: timedelta, execution: Execution
) -> str | None:
    """Say why nothing is to be done; None where the alarm calls for a rollback.

    EventBridge may deliver an event late. An old one counts only while its alarm is still in ALARM,
    unless a person has redriven the execution: then that person has decided.
    """
    if settings().mode == "off":
        return "the stack's parameter Mode is off"
    if policy_of(tags or {}) == "off":
        return ALARM_OPTED_OUT
    if change.state != "ALARM":
        return f"the alarm went to {change.state}, not to ALARM"
    if change.silenced:
        return change.silenced
    if age <= settings().max_alarm_age or "RedriveTime" in execution:
        return None
    state = alarms.current_state(change.name, change.contributor)
    if state == "ALARM":
        return None
    what = "its series" if change.contributor else "the alarm"
    return (
        f"the alarm fired {age / timedelta(minutes=1):.0f} minutes ago and {what} is in state "
        f"{state or 'deleted'} now (parameter MaxAlarmAgeMinutes)"
    )
