"""Samples of a watch over the rollback of tests.samples: its state data at a look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from appconfig_rollback.aftercare import watch as shapes
from appconfig_rollback.definition import CURRENT
from appconfig_rollback.guarding import AlarmNames
from tests import samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appconfig_rollback.aftercare.watch import (
        AftercareInput,
        AftercareState,
        AlarmSeen,
        AlarmState,
        FlagSeen,
        TurnedOnAgain,
    )
    from appconfig_rollback.state import State

#: When the alarm went to OK, and when that was looked at.
OK_AT, LOOKED_AT = "2026-03-02T17:06:41.000Z", "2026-03-02T17:06:50.000Z"
NAMES = AlarmNames("FeatureFlag-", "-ErrorRate")
SECONDS = 900

AGAIN: TurnedOnAgain = {
    "flags": [samples.FLAG],
    "deploymentNumber": 12,
    "version": 8,
    "description": "release 4.2 by the pipeline",
    "reason": "version 8, which is served, has it on",
    "seenAt": LOOKED_AT,
}


def ended(**changed: Any) -> State:
    """The state data of a rollback that has ended."""
    return cast(
        "State",
        {
            "alarm": samples.alarm(),
            "config": samples.config(),
            "version": samples.version(),
            "deployment": samples.confirmed(),
            "result": samples.result(),
            **changed,
        },
    )


def begun(
    swept: Sequence[str] = (), seconds: int = SECONDS, jitter: float = 0, **changed: Any
) -> AftercareState:
    """A watch that has just begun."""
    return shapes.begin(samples.ARN, ended(**changed), swept, NAMES, seconds, jitter)


def alarm(state: AlarmState = "OK", **changed: Any) -> AlarmSeen:
    seen: AlarmSeen = {
        "alarmName": f"FeatureFlag-{samples.FLAG}-ErrorRate",
        "series": None,
        "state": state,
        "since": OK_AT,
        "reason": "1 datapoint was not greater than the threshold",
    }
    return cast("AlarmSeen", {**seen, **changed})


def flag(state: str = "off", name: str = samples.FLAG) -> FlagSeen:
    return cast("FlagSeen", {"flag": name, "state": state, "reason": f"it is {state}"})


def looked(**changed: Any) -> AftercareState:
    """A watch at a look, with what that look came to."""
    state = begun()
    look = {
        **state["look"],
        "looks": 1,
        "waitedSeconds": 120,
        "lookedAt": LOOKED_AT,
        "alarms": [alarm()],
        "flags": [flag()],
        **changed,
    }
    return cast("AftercareState", {**state, "look": look})


def recovered(**changed: Any) -> AftercareState:
    return looked(result="recovered", told=["recovered"], recoveredAt=OK_AT, **changed)


def task(state: AftercareState) -> AftercareInput:
    """A task's input."""
    execution = {"Id": shapes.watch_of(samples.ARN), "Name": "run-1"}
    return {"definition": CURRENT, "execution": execution, "state": state}
