"""Reads an alarm out of the shapes in which CloudWatch hands it over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from appconfig_rollback.errors import NotAnAlarmError
from appconfig_rollback.exposed_for import first_breach
from appconfig_rollback.plain_text import shortened
from appconfig_rollback.state import Contributor, Measured
from appconfig_rollback.times import iso, moment
from appconfig_rollback.untyped import finite, json_or_none

#: How many of an alarm's data points are kept, the newest: the state data is no archive.
_VALUES = 20
#: CloudWatch API reference, PutMetricAlarm (AlarmName) and SetAlarmState (StateReason).
_LONGEST_NAME, _LONGEST_TEXT = 255, 1024
#: Eight times what CloudWatch allows (API reference, Tag): that may grow, the state data may not.
_LONGEST_TAG = 2048
#: What a metric has at most (CloudWatch API reference, Metric), and the longest that alarms look
#: back, a week in seconds.
_DIMENSIONS, _LONGEST_PERIOD = 30, 604_800

_EXPECTED = (
    "expected an EventBridge 'CloudWatch Alarm State Change' or 'CloudWatch Alarm Contributor "
    "State Change' event (detail.alarmName, detail.state.value), an alarm's SNS message "
    "(AlarmName, NewStateValue), alone, in SNS's envelope (Message) or in a record "
    "(Records[0].Sns.Message), or a Lambda alarm action (alarmData.alarmName, "
    "alarmData.state.value)"
)


@dataclass(frozen=True)
class AlarmChange:
    """One transition of an alarm, or of one of its series, the contributor.

    `transitioned_at` is None where the input says nothing of it; `silenced` tells why the alarm's
    actions were held back (suppressed or muted), None where they were not. `tags` are None where
    they did not come with the alarm; `tags_failed` says that they should have (CloudWatch user
    guide, "Alarm tags in notifications"). `measured` is None where the input has no numbers,
    `breached_since` where it does not say when the first bad data point began;
    `drill` says that a person set the alarm to ALARM with `flag-rollback drill`.
    """

    name: str
    state: str
    reason: str
    transitioned_at: datetime | None
    arn: str | None
    region: str | None
    account: str | None
    silenced: str | None
    contributor: Contributor | None = None
    tags: Mapping[str, str] | None = None
    tags_failed: bool = False
    measured: Measured | None = None
    breached_since: datetime | None = None
    drill: bool = False


#: What `flag-rollback drill` passes to SetAlarmState as reason, and, as JSON, as reason data.
DRILL_REASON = "Drill: a person set this alarm to ALARM with flag-rollback"
DRILL_KEY = "flagRollbackDrill"


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
    data = _data(state.get("reasonData"))
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
        contributor=_contributor(alarm.get("alarmContributor")),
        measured=_measured(data),
        breached_since=first_breach(data, _text(state.get("reason")) or ""),
        drill=DRILL_KEY in data or state.get("reason") == DRILL_REASON,
        **_tags(alarm.get("alarmTags"), alarm.get("alarmTagsStatus")),
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
        contributor=_contributor(message.get("AlarmContributor")),
        drill=message.get("NewStateReason") == DRILL_REASON,
        **_tags(message.get("AlarmTags"), message.get("AlarmTagsStatus")),
    )


def _data(text: object) -> Mapping[str, Any]:
    """Read the alarm's reason data, which is JSON in a text; none where it is no object."""
    data = json_or_none(text)
    return data if isinstance(data, Mapping) else {}


def _measured(data: Mapping[str, Any]) -> Measured | None:
    """Read what the alarm measured, where its data contain it.

    `recentDatapoints` has the oldest first, from `startDate` on (docs/aws-semantics.md,
    "CloudWatch: alarm events").
    """
    points = data.get("recentDatapoints")
    read = map(finite, points) if isinstance(points, list) else ()
    values = [each for each in read if each is not None]
    if not values:
        return None
    period = finite(data.get("period"))
    first = _first_time(data.get("startDate")) if len(values) <= _VALUES else None
    return {
        "values": values[-_VALUES:],
        "threshold": finite(data.get("threshold")),
        "periodSeconds": int(period) if period and 0 < period <= _LONGEST_PERIOD else None,
        "since": iso(first) if first else None,
        "statistic": _text(data.get("statistic")),
    }


def _silenced(alarm: Mapping[str, Any], state: Mapping[str, Any]) -> str | None:
    """Say why the alarm's own actions are held back.

    Muting and suppressing stop alarm *actions* only; the EventBridge event comes all the same
    (CloudWatch user guide, "Alarm mute rules"), so whoever muted the alarm relies on this.
    """
    mute = alarm.get("muteDetail")
    if isinstance(mute, Mapping) and mute.get("mutedByArn"):
        return f"the alarm is muted by {_text(mute['mutedByArn']) or 'a rule'}"
    if state.get("actionsSuppressedBy"):
        by = _text(state["actionsSuppressedBy"]) or "something"
        return f"the alarm's actions are suppressed by {by}"
    return None


def _contributor(value: object) -> Contributor | None:
    """Read which series it is; news of the alarm as a whole names none."""
    if not isinstance(value, Mapping):
        return None
    attributes = value.get("attributes", value.get("Attributes"))
    id_ = value.get("id", value.get("Id"))
    named = attributes.items() if isinstance(attributes, Mapping) else ()
    found = {str(name): held for name, held in named if isinstance(held, str)}
    series = id_ if isinstance(id_, str) and id_ else json.dumps(found, sort_keys=True)
    if len(series) > _LONGEST_TEXT:  # cut short, two series would be one
        series = hashlib.sha256(series.encode(errors="replace")).hexdigest()
    kept = list(found.items())[:_DIMENSIONS]
    return {
        "id": series,
        "attributes": {shortened(name, _LONGEST_TEXT): _text(held) or "" for name, held in kept},
    }


def _tags(tags: object, status: object) -> _Tags:
    if not isinstance(tags, Mapping) or status not in (None, "SUCCESS"):
        return {"tags": None, "tags_failed": isinstance(status, str)}
    found = {key: value for key, value in tags.items() if isinstance(value, str)}
    for key, value in found.items():
        if len(value) > _LONGEST_TAG:
            raise NotAnAlarmError(
                f"expected tags of at most {_LONGEST_TAG} characters; the alarm's tag "
                f"{key[:60]!r} has {len(value)}"
            )
    return {"tags": found, "tags_failed": False}


class _Tags(TypedDict):
    tags: Mapping[str, str] | None
    tags_failed: bool


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
    if len(value) > _LONGEST_NAME:
        raise NotAnAlarmError(
            f"expected at most {_LONGEST_NAME} characters at {where}; got {len(value)}"
        )
    return value


def _text(value: object) -> str | None:
    """Read a text; what is longer than CloudWatch's are is cut: the state data holds 256 KiB."""
    return shortened(value, _LONGEST_TEXT) if isinstance(value, str) and value else None


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
