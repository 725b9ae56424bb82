"""Whether each alarm that can turn a flag off is worth acting on: what is read to judge it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from appconfig_rollback.adapters.alarms import muted
from appconfig_rollback.errors import PermissionDeniedError, RollbackError
from flag_rollback.alarm_judgment import LATELY, judge, often_without_data
from flag_rollback.findings import Finding, found
from flag_rollback.flag_checks import is_gone
from flag_rollback.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudwatch import CloudWatchClient

    from flag_rollback.surroundings import Surroundings


def alarms_are_sound(at: Surroundings) -> Iterator[Finding]:
    """Each alarm that can turn a flag off is worth acting on."""
    cloudwatch: CloudWatchClient = at.access.client("cloudwatch")
    named = {flag for guard in at.guards for flag in guard.flags}
    # Of a document that is not understood nobody can say which flags it lacks.
    served = set(at.flags) | {flag for flag in named if not is_gone(at, flag)}
    on = {flag for flag in at.flags if _is_on(at, flag)}
    shape = cloudwatch.meta.service_model.shape_for("MetricAlarm")
    told = "ActionConfiguration" in getattr(shape, "members", {})
    silent: set[str] | None = None
    try:
        silent = muted(cloudwatch)
    except PermissionDeniedError as error:
        yield found(
            "not-allowed",
            f"whether an alarm is muted now is unknown: {sentence(error)}",
            actions="cloudwatch:ListAlarmMuteRules and GetAlarmMuteRule",
        )
    except RollbackError as error:
        # SweepSeconds = 0 is how people say that they know of a region without mute rules.
        if at.parameter("SweepSeconds") != "0":
            yield found("unknown", f"whether an alarm is muted now is unknown: {sentence(error)}")
    for guard in at.guards:
        is_muted = None if silent is None else guard.name in silent
        yield from judge(guard, on=on, served=served, muted=is_muted, tags_are_told=told)
    yield from _without_data(at, cloudwatch)
    if at.untold:
        reason = next(iter(at.untold.values()))
        yield found(
            "not-allowed",
            f"which flags the tags of {len(at.untold)} alarm(s) name is unknown: {reason}",
            actions="cloudwatch:ListTagsForResource",
        )
    at.saw(", ".join(guard.name for guard in at.guards) or "there is none")


def _without_data(at: Surroundings, cloudwatch: CloudWatchClient) -> Iterator[Finding]:
    now = datetime.now(UTC)
    for guard in at.guards:
        if "EvaluationPeriods" not in guard.alarm:
            continue  # a composite alarm has no data of its own
        asked: dict[str, Any] = {"AlarmName": guard.name, "HistoryItemType": "StateUpdate"}
        try:
            pages = cloudwatch.get_paginator("describe_alarm_history").paginate(
                **asked, StartDate=now - LATELY, EndDate=now
            )
            history = [item for page in pages for item in page["AlarmHistoryItems"]]
        except ClientError as error:
            yield found(
                "not-allowed",
                f"whether alarms had data lately is unknown: {sentence(error)}",
                actions="cloudwatch:DescribeAlarmHistory",
            )
            return
        yield from often_without_data(guard, history, now)


def _is_on(at: Surroundings, flag: str) -> bool:
    try:
        return bool(at.document and at.document.is_on(flag))
    except RollbackError:
        return True  # as far as is known, users may get it
