"""What the state machine gives to its tasks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from appconfig_rollback.definition import CURRENT
from appconfig_rollback.mark import Mark
from appconfig_rollback.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appconfig_rollback.state import (
        Alarm,
        Config,
        Deployment,
        Execution,
        Result,
        State,
        TaskInput,
        Version,
    )

ARN = "arn:aws:states:eu-west-1:123456789012:execution:flag-rollback:run-1"
EXECUTION: Execution = {
    "Id": ARN,
    "Name": "run-1",
    "Input": None,
    "StartTime": "2026-03-02T17:04:42.123Z",
}
CONTEXT = object()
FIRED_AT = "2026-03-02T17:04:40.989Z"


def minutes_ago(minutes: float) -> str:
    return iso(datetime.now(UTC) - timedelta(minutes=minutes))


def alarm(started_minutes_ago: float = 0) -> Alarm:
    return {
        "flag": "new-checkout",
        "alarmName": "FeatureFlag-new-checkout-ErrorRate",
        "alarmArn": None,
        "state": "ALARM",
        "reason": "12.7 > 5.0",
        "transitionedAt": FIRED_AT,
        "region": "eu-west-1",
        "account": "123456789012",
        "ignoredBecause": None,
        "startedAt": minutes_ago(started_minutes_ago),
    }


def mark(base: int, execution: str = "run-1") -> str:
    """The description of what an execution wrote on top of a version."""
    return str(Mark.of(alarm(), {**EXECUTION, "Name": execution}, base))


CONFIG: Config = {
    "decision": "roll_back",
    "because": "",
    "profileType": "AWS.Freeform",
    "servedVersion": 3,
    "servedDeployment": 7,
    "latestVersion": 5,
    "latestDeployment": 8,
    "releasedAt": None,
    "kmsKey": None,
    "own": None,
    "inTheWay": None,
    "experiment": None,
    "caveat": None,
    "result": None,
    "announce": True,
    "lookedAt": "2026-03-02T17:04:45.989Z",
    "attempt": 1,
    "backoffSeconds": 2,
}
DEPLOYMENT: Deployment = {
    "number": 9,
    "state": None,
    "confirmedOff": False,
    "confirmedAt": None,
    "undoneByMonitor": False,
    "lookAgain": False,
    "pollSeconds": 1,
    "result": None,
}
VERSION: Version = {
    "fromVersion": 3,
    "toVersion": 6,
    "sweptFlags": 0,
    "bare": False,
    "refusedBecause": None,
}
RESULT: Result = {
    "outcome": "rolled_back",
    "flag": "new-checkout",
    "reason": "12.7 > 5.0",
    "fromVersion": 3,
    "toVersion": 6,
    "deploymentNumber": 9,
    "alarmName": "FeatureFlag-new-checkout-ErrorRate",
}


def task(execution: Mapping[str, Any] = EXECUTION, **state: Any) -> TaskInput:
    """A task's input; the state data begins with the alarm."""
    return {
        "definition": CURRENT,
        "execution": cast("Execution", execution),
        "state": cast("State", {"alarm": alarm(), **state}),
    }
