"""StartAftercare: begin to watch a rollback that has just succeeded, if it turned anything off.

EventBridge tells of every execution of the rollback that SUCCEEDED. Only the one that turned flags
off itself is watched, for all flags of its deployment: an execution whose flags another one swept
along, a duplicate, one that found its flags off, one that only told, begin none.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypedDict

from appconfig_rollback.adapters import appconfig, clock, executions
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.adapters.task import task_of_any_definition
from appconfig_rollback.aftercare.watch import begin, machine_of_watches, turned_off
from appconfig_rollback.errors import NotAStatusEventError, RetryLaterError
from appconfig_rollback.state import State
from appconfig_rollback.untyped import json_or_none


class Begun(TypedDict):
    """StartAftercare's answer: whether this call began a watch, and why not."""

    begun: bool
    reason: str


@task_of_any_definition
def handler(event: Mapping[str, Any], context: object) -> Begun:  # noqa: ARG001
    """Begin a watch that has the rollback's name, so that a second call begins no second one.

    Raises:
        NotAStatusEventError: the event is no news of an execution, or that one has no output.
        RetryLaterError: the execution's history does not contain its result yet.
    """
    detail = event.get("detail")
    if not isinstance(detail, Mapping) or not isinstance(detail.get("executionArn"), str):
        raise NotAStatusEventError(
            "expected EventBridge's 'Step Functions Execution Status Change' with "
            f"detail.executionArn; got an object with the keys {sorted(map(str, event))}"
        )
    arn, seconds = detail["executionArn"], round(settings().watch / timedelta(seconds=1))
    if not seconds:
        return _none("the stack's WatchMinutes is 0")
    if not turned_off(_output(arn, detail.get("output"))):
        return _none("it turned nothing off itself")
    state = _state_data(arn)
    jitter = random.random()  # noqa: S311 - no secret
    watch = begin(arn, state, _swept(state), settings().alarm_names, seconds, jitter)
    name = arn.rpartition(":")[2]
    if executions.start(machine_of_watches(arn), name, json.dumps(watch)):
        return {"begun": True, "reason": ""}
    return _none("it is watched already")


def _none(reason: str) -> Begun:
    logger.info("No watch is begun: %s", reason)
    return {"begun": False, "reason": reason}


def _output(arn: str, text: object) -> Mapping[str, Any]:
    """Read the output: JSON in a text, which an event leaves out above 248 KiB."""
    found = _object(text)
    if found is None:
        found = _object(executions.output(arn))
    if found is None:
        raise NotAStatusEventError(f"expected {arn} to have an object for its output; got none")
    return found


def _object(text: object) -> Mapping[str, Any] | None:
    found = json_or_none(text)
    return found if isinstance(found, Mapping) else None


def _state_data(arn: str) -> State:
    """Read the state data with which the execution ended; its history may lag behind."""
    for _ in clock.looks():
        state = executions.last_state_data(arn)
        if "result" in state:
            return state
    raise RetryLaterError(f"expected the history of {arn} to tell its result; it does not yet")


def _swept(state: State) -> list[str]:
    """Name the flags that went off in the same version beside those of the alarm."""
    version = state.get("version")
    if state["result"]["outcome"] != "rolled_back" or not version or not version["sweptFlags"]:
        return []
    kind, store = state["config"]["profileType"], appconfig.connect()
    before = store.document(version["fromVersion"], kind)
    after = store.document(version["toVersion"], kind)
    own = state["alarm"]["flags"]
    return [flag for flag in after.turned_off_since(before) if flag not in own]
