"""Turns flags off as an execution does: by its definition and its functions, in this process."""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from appconfig_rollback.adapters.aws import clients_by
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import given
from appconfig_rollback.plain_text import readable_cause
from appconfig_rollback.times import iso
from flag_rollback.by_hand.settings import variables
from flag_rollback.by_hand.walk import ExecutionFailedError, Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from appconfig_rollback.state import Alarm, Monitor, Result, State
    from flag_rollback.access import Access
    from flag_rollback.watched import Watched

#: Where no alarm has to be parsed, an execution begins.
START = "FetchConfig"

_DOING = {
    "FetchConfig": "Reading what users get",
    "CreateVersion": "Writing a version with it off",
    "StartDeployment": "Deploying that version to everybody",
    "CheckDeployment": "Checking that it is off for users",
    "StopRollout": "Stopping the rollout that turns it on",
    "StopExperiment": "Stopping the experiment that shows it",
    "SuspendMonitors": "Taking off the monitors that undid the deployment",
    "RestoreMonitors": "Putting the monitors back",
}


class _OverError(Exception):
    """The failure that the state data keeps is the end: nobody redrives it."""


def _end(_: object) -> None:
    raise _OverError


#: Whoever types the command reads how it ended; it is no automated rollback to count.
INSTEAD: Mapping[str, Callable[[Any], Any]] = {
    "Notify": lambda _: None,
    "RecordMetric": lambda _: None,
    "NotifyFailure": lambda _: None,
    "AwaitRedrive": _end,
}


@dataclass(frozen=True)
class Ended:
    """How it ended: as an execution's output says it, or else the error and its cause.

    `missing_monitors` are off the environment, and nothing puts them back.
    """

    result: Result | None = None
    error: str = ""
    cause: str = ""
    missing_monitors: Sequence[Monitor] = ()


@dataclass(frozen=True)
class Person:
    """Who turns flags off, and why."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def turn_off(
    access: Access,
    watched: Watched,
    flags: Sequence[str],
    person: Person,
    say: Callable[[str], None],
) -> Ended:
    """Turn flags off and confirm that users do not get them; what is being done is said.

    It is safe to repeat, also after it was interrupted, and while executions are at work.
    """
    began = datetime.now(UTC)
    name = f"by-hand-{began:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    machine = watched.state_machine_arn.replace(":stateMachine:", ":execution:")
    walk = Walk(
        {"Id": f"{machine}:{name}", "Name": name, "Input": None, "StartTime": iso(began)},
        now=lambda: iso(datetime.now(UTC)),
        wait=time.sleep,
        instead=INSTEAD,
        entering=_Progress(say),
    )
    with _in_place_of_lambda(access, watched):
        try:
            alarm = of_person(name, flags, person, began, watched.state_machine_arn)
            return Ended(walk.run(START, {"alarm": alarm}))
        except ExecutionFailedError:
            return _failed(walk.data)
        except KeyboardInterrupt:
            _put_monitors_back(walk, say)
            raise


@contextmanager
def _in_place_of_lambda(access: Access, watched: Watched) -> Iterator[None]:
    """Let the functions use a person's credentials and the stack's settings, and log nothing."""
    logger.disabled = True
    try:
        with clients_by(access.client), given(variables(watched)):
            yield
    finally:
        logger.disabled = False


def of_person(
    name: str, flags: Sequence[str], person: Person, now: datetime, machine: str
) -> Alarm:
    """Write what ParseAlarm answers, of a person; `machine` is the state machine's ARN.

    `name` is that of the run, and takes the place of the alarm's: no two people do the same thing.
    """
    _, _, _, region, account, *_ = machine.split(":")
    return {
        "flags": list(flags),
        "namedBy": "person",
        "contributor": None,
        "policy": "auto",
        "alarmName": name,
        "alarmArn": None,
        "state": "ALARM",
        "reason": str(person),
        "transitionedAt": iso(now),
        "region": region,
        "account": account,
        "ignoredReason": None,
        "startedAt": iso(now),
        "measured": None,
        "drill": False,
    }


def _put_monitors_back(walk: Walk, say: Callable[[str], None]) -> None:
    """Let no monitor stay off the environment because somebody has pressed Ctrl-C."""
    monitors = walk.data.get("monitors")
    if not monitors or monitors["restored"]:
        return
    caught, missing = {"Error": "Interrupted", "Cause": "by Ctrl-C"}, monitors["suspended"]
    try:
        walk.run("RestoreMonitors", {**walk.data, "failure": {"caught": caught, "at": walk.now()}})
    except ExecutionFailedError:
        missing = _failed(walk.data).missing_monitors
    if missing:
        arns = ", ".join(monitor["AlarmArn"] for monitor in missing)
        say(f"These monitors are still off the environment, put them back in AppConfig: {arns}")


class _Progress:
    """Says what is being done, each thing once until another one is done."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said = ""

    def __call__(self, state: str, data: Any) -> None:  # noqa: ANN401 - the state data
        what = _DOING.get(state)
        if state == "WaitForTurn":
            what = f"Waiting for {data['config']['reason'] or 'another writer'}"
        if state == "WaitForDeployment":
            return
        if what and what != self._said:
            self._said = what
            self._say(f"{what} ...")


def _failed(state: State) -> Ended:
    caught, monitors = state["failure"]["caught"], state.get("monitors")
    missing = monitors["suspended"] if monitors and not monitors["restored"] else []
    cause = readable_cause(caught.get("Cause", ""))
    return Ended(error=caught["Error"], cause=cause, missing_monitors=missing)
