"""A watch over one rollback: its shapes, what begins one, and how it is found again.

The execution of the second state machine has the name of the rollback's: so news of a rollback
that come twice begin one watch, and whoever knows the rollback finds its watch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from appconfig_rollback.aftercare.pace import first_wait
from appconfig_rollback.guarding import AlarmNames
from appconfig_rollback.notices.wording import stopped_numbers
from appconfig_rollback.state import (
    TURNED_OFF,
    Alarm,
    Background,
    Release,
    Result,
    State,
    flags_off_at,
)

#: How a watch ends, or what it sees on the way: `turned_on_again`.
AftercareResult = Literal["recovered", "still_firing", "no_data", "turned_on_again"]

#: An alarm's state as CloudWatch has it; GONE where there is no such alarm any more.
AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA", "GONE"]

_MACHINE_SUFFIX = "-aftercare"
#: A state's data has 256 KiB, and a swept flag with its alarm takes half a KiB of them.
_MOST_SWEPT = 200


class AlarmSeen(TypedDict):
    """An alarm, or one series of it, at a look; `since` is None where it is unknown."""

    alarmName: str
    series: str | None  # the flag that the series names
    state: AlarmState
    since: str | None
    reason: str


class FlagSeen(TypedDict):
    """Whether users may get a flag at a look, and why it is said."""

    flag: str
    state: Literal["on", "off", "unknown"]
    reason: str


class TurnedOnAgain(TypedDict):
    """By what flags were turned on again; the numbers are None where no deployment did it."""

    flags: list[str]
    deploymentNumber: int | None
    version: int | None
    description: str
    reason: str
    seenAt: str


class Watch(TypedDict):
    """What is watched, under `watch`: one rollback's deployment, for all its flags.

    `flags` are those that it turned off; `sweptFlags` those of them whose own alarms fired beside
    this one, and `rolledBack` those that a version of its own has off. `alarmNames` may name an
    alarm of a swept flag that does not exist: then the flag is guarded by a series of `alarm`.
    `offAt` is when the flags were confirmed off. `notWatched` is how many more were swept along
    than can be watched, if any.
    """

    rollback: str  # the execution's ARN
    alarm: Alarm
    flags: list[str]
    sweptFlags: list[str]
    rolledBack: list[str]
    alarmNames: list[str]
    profileType: str
    deploymentNumber: int | None
    offAt: str | None
    watchSeconds: int
    release: Release | None
    background: dict[str, Background]
    stopped: dict[str, list[int]]
    notWatched: NotRequired[int]


class Look(TypedDict):
    """LookAfter's answer, under `look`; the first one is made where the watch begins.

    `waitedSeconds` is how long the watch has waited before this look, and `waitSeconds` how long it
    waits after it. `result` is what is to be told because of this look, None where nothing is;
    `told` are all that were, this one included. `recoveredAt` is when the last of the alarms went
    to OK: None where they are not, or where they did before the alarm fired.
    """

    looks: int
    waitedSeconds: int
    waitSeconds: int
    lookedAt: str | None
    alarms: list[AlarmSeen]
    flags: list[FlagSeen]
    recoveredAt: str | None
    turnedOnAgain: TurnedOnAgain | None
    result: AftercareResult | None
    told: list[AftercareResult]
    over: bool


class AftercareState(TypedDict):
    """The state data of a watch."""

    watch: Watch
    look: Look
    notice: NotRequired[dict[str, Any]]
    metrics: NotRequired[dict[str, Any]]


class AftercareInput(TypedDict):
    """The input of every task of a watch."""

    definition: int
    execution: Mapping[str, str]
    state: AftercareState


def turned_off(result: Mapping[str, Any]) -> list[str]:
    """List the flags that an execution turned off itself, by its output.

    None where another execution did, where nothing was changed, and where nothing is known.
    """
    if result.get("outcome") not in TURNED_OFF:
        return []
    return [
        str(each["flag"])
        for each in result.get("flags") or []
        if each.get("outcome") in TURNED_OFF and "sweptBy" not in each
    ]


def _with_a_version(result: Result) -> list[str]:
    return [each["flag"] for each in result["flags"] if each["outcome"] == "rolled_back"]


def begin(
    rollback: str,
    state: State,
    swept: Sequence[str],
    names: AlarmNames,
    watch_seconds: int,
    jitter: float,
) -> AftercareState:
    """Begin a watch over a rollback that has ended, by its state data.

    `swept` are the flags that it turned off beside those of its alarm; `jitter` is from 0 to 1.
    """
    alarm, config, result = state["alarm"], state["config"], state["result"]
    swept, too_many = swept[:_MOST_SWEPT], swept[_MOST_SWEPT:]
    flags = list(dict.fromkeys([*turned_off(result), *swept]))
    measured = alarm.get("measured")
    wait = first_wait(measured["periodSeconds"] if measured else None, watch_seconds, jitter)
    watch: Watch = {
        "rollback": rollback,
        "alarm": alarm,
        "flags": flags,
        "sweptFlags": list(swept),
        "rolledBack": [flag for flag in flags if flag in {*_with_a_version(result), *swept}],
        "alarmNames": list(
            dict.fromkeys([alarm["alarmName"], *(names.alarm_of(flag) for flag in swept)])
        ),
        "profileType": config["profileType"],
        "deploymentNumber": result["deploymentNumber"],
        "offAt": flags_off_at(state),
        "watchSeconds": watch_seconds,
        "release": config.get("release"),
        "background": config.get("background", {}),
        "stopped": stopped_numbers(state.get("stoppedDeployments", [])),
    }
    if too_many:
        watch["notWatched"] = len(too_many)
    look: Look = {
        "looks": 0,
        "waitedSeconds": 0,
        "waitSeconds": wait,
        "lookedAt": None,
        "alarms": [],
        "flags": [],
        "recoveredAt": None,
        "turnedOnAgain": None,
        "result": None,
        "told": [],
        "over": False,
    }
    return {"watch": watch, "look": look}


def machine_of_watches(rollback: str) -> str:
    """Name the state machine of watches, by the ARN of a rollback's execution."""
    parts = rollback.split(":")
    return ":".join([*parts[:5], "stateMachine", f"{parts[6]}{_MACHINE_SUFFIX}"])


def watch_of(rollback: str) -> str:
    """Name the execution that watches a rollback, by that one's ARN."""
    machine = machine_of_watches(rollback).replace(":stateMachine:", ":execution:")
    return f"{machine}:{rollback.rpartition(':')[2]}"
