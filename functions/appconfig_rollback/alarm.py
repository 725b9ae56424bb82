"""Reads an alarm out of the shapes in which CloudWatch hands it over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appconfig_rollback.errors import AlarmNameMismatchError, NotAnAlarmError
from appconfig_rollback.times import moment

_EXPECTED = (
    "expected an EventBridge 'CloudWatch Alarm State Change' event (detail.alarmName, "
    "detail.state.value), an alarm's SNS message (AlarmName, NewStateValue), alone, in SNS's "
    "envelope (Message) or in a record (Records[0].Sns.Message), or a Lambda alarm action "
    "(alarmData.alarmName, alarmData.state.value)"
)


@dataclass(frozen=True)
class AlarmChange:
    """One transition of an alarm.

    `transitioned_at` is None where the input says nothing of it; `silenced` tells why the alarm's
    actions were held back (suppressed or muted), None where they were not.
    """

    name: str
    state: str
    reason: str
    transitioned_at: datetime | None
    arn: str | None
    region: str | None
    account: str | None
    silenced: str | None


def read_alarm(source: object) -> AlarmChange:
    """Read the transition out of an execution's input.

    Only the name and the new state are required: composite, metric-math, anomaly, multi-series and
    log alarms differ in everything else (CloudWatch user guide, "Alarm events and EventBridge").

    Raises:
        NotAnAlarmError: the input is no alarm of a known shape.
    """
    if not isinstance(source, Mapping):
        raise NotAnAlarmError(f"{_EXPECTED}; got {_kind(source)} as the execution's input")
    if "Records" in source:
        return _from_record(source["Records"])
    for key in ("alarmData", "detail"):
        if key in source:
            arn = _text(source.get("alarmArn")) or _first_resource(source)
            return _from_alarm(source[key], source, key, arn)
    if "Message" in source:
        return _from_sns_text(source["Message"], "Message")
    if "AlarmName" in source:
        return _from_sns(source, "the SNS message")
    raise NotAnAlarmError(f"{_EXPECTED}; got an object with the keys {_keys(source)}")


@dataclass(frozen=True)
class AlarmNames:
    """What stands around a flag's name in the name of its alarm; the suffix may be empty."""

    prefix: str
    suffix: str

    def flag_of(self, alarm_name: str) -> str:
        """Take the flag's name out of the alarm's.

        Raises:
            AlarmNameMismatchError: it lacks prefix or suffix, or nothing stands between them.
        """
        flag = alarm_name.removeprefix(self.prefix).removesuffix(self.suffix)
        if not flag or alarm_name != self.alarm_of(flag):
            raise AlarmNameMismatchError(
                f"expected an alarm named {self.alarm_of('<flag>')}; got {alarm_name!r}. Rename the"
                " alarm, or set the stack's parameters AlarmNamePrefix and AlarmNameSuffix"
            )
        return flag

    def alarm_of(self, flag: str) -> str:
        """Name the alarm of a flag."""
        return f"{self.prefix}{flag}{self.suffix}"


def _first_resource(event: Mapping[str, Any]) -> str | None:
    resources = event.get("resources")
    return _text(resources[0]) if isinstance(resources, list) and resources else None


def _from_alarm(
    alarm: object, envelope: Mapping[str, Any], where: str, arn: str | None
) -> AlarmChange:
    """Read EventBridge's `detail` or the alarm action's `alarmData`: they have one form."""
    if not isinstance(alarm, Mapping):
        raise NotAnAlarmError(f"{_EXPECTED}; got {_kind(alarm)} at {where}")
    state = alarm.get("state")
    if not isinstance(state, Mapping):
        raise NotAnAlarmError(f"{_EXPECTED}; got {_kind(state)} at {where}.state")
    return AlarmChange(
        name=_required(alarm.get("alarmName"), f"{where}.alarmName"),
        state=_required(state.get("value"), f"{where}.state.value"),
        reason=_text(state.get("reason")) or "",
        transitioned_at=_first_time(state.get("timestamp"), envelope.get("time")),
        arn=arn,
        region=_text(envelope.get("region")) or _arn_part(arn, 3),
        account=_text(envelope.get("account"))
        or _text(envelope.get("accountId"))
        or _arn_part(arn, 4),
        silenced=_silenced(alarm, state),
    )


def _from_record(records: object) -> AlarmChange:
    where = "Records[0].Sns.Message"
    try:
        text = records[0]["Sns"]["Message"]  # type: ignore[index]
    except (LookupError, TypeError) as error:
        raise NotAnAlarmError(f"{_EXPECTED}; got no JSON text at {where}") from error
    return _from_sns_text(text, where)


def _from_sns_text(text: object, where: str) -> AlarmChange:
    try:
        message = json.loads(text)  # type: ignore[arg-type]
    except (TypeError, ValueError, RecursionError) as error:
        raise NotAnAlarmError(f"{_EXPECTED}; got no JSON text at {where}") from error
    if not isinstance(message, Mapping):
        raise NotAnAlarmError(f"{_EXPECTED}; got {_kind(message)} in the JSON at {where}")
    return _from_sns(message, where)


def _from_sns(message: Mapping[str, Any], where: str) -> AlarmChange:
    arn = _text(message.get("AlarmArn"))
    return AlarmChange(
        name=_required(message.get("AlarmName"), f"{where} AlarmName"),
        state=_required(message.get("NewStateValue"), f"{where} NewStateValue"),
        reason=_text(message.get("NewStateReason")) or "",
        transitioned_at=_first_time(message.get("StateChangeTime")),
        arn=arn,
        # `Region` is a name for people there ("US East (N. Virginia)"), so the ARN is read.
        region=_arn_part(arn, 3),
        account=_text(message.get("AWSAccountId")) or _arn_part(arn, 4),
        silenced=None,
    )


def _silenced(alarm: Mapping[str, Any], state: Mapping[str, Any]) -> str | None:
    """Say why the alarm's own actions are held back.

    Muting and suppressing stop alarm *actions* only; the EventBridge event comes all the same
    (CloudWatch user guide, "Alarm mute rules"), so whoever muted the alarm relies on this.
    """
    mute = alarm.get("muteDetail")
    if isinstance(mute, Mapping) and mute.get("mutedByArn"):
        return f"the alarm is muted by {mute['mutedByArn']}"
    if state.get("actionsSuppressedBy"):
        return f"the alarm's actions are suppressed by {state['actionsSuppressedBy']}"
    return None


def _first_time(*candidates: object) -> datetime | None:
    for candidate in candidates:
        if isinstance(candidate, str):
            try:
                return moment(candidate)
            except ValueError:
                continue
    return None


def _required(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise NotAnAlarmError(f"{_EXPECTED}; got {_kind(value)} at {where}")
    return value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _arn_part(arn: str | None, index: int) -> str | None:
    parts = (arn or "").split(":")
    return parts[index] or None if len(parts) > index else None


def _kind(value: object) -> str:
    if value is None:
        return "nothing (null)"
    if isinstance(value, str):
        return f"the text {value[:60]!r}"
    return {bool: "a boolean", int: "a number", float: "a number", list: "a list"}.get(
        type(value), f"an object with the keys {_keys(value)}"
    )


def _keys(value: object) -> str:
    return repr(sorted(map(str, value)))[:200] if isinstance(value, Mapping) else "[]"
