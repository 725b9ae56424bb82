"""Follows an execution while it runs, by its history."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.waiting import WaitedTooLongError, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from local.cloud import EmbeddedCloud

_FAILED = ("Failed", "TimedOut")
_SUCCEEDED = ("LambdaFunctionSucceeded", "TaskSucceeded")


@dataclass(frozen=True)
class Step:
    """A moment of an execution: a state `entered`, `left`, or a try of it that `failed`.

    `seconds` is the time since the state was entered (0 when it is just entered); `error` names
    what a try failed with, or what a Catch left the state with.
    """

    state: str
    what: str
    at: datetime
    seconds: float
    error: str = ""


def started_execution(
    cloud: EmbeddedCloud, state_machine_arn: str, *, known: frozenset[str] = frozenset()
) -> str:
    """Wait for an execution that is not among the `known` ones; gives its ARN."""
    stepfunctions = cloud.client("stepfunctions")

    def newest() -> str | None:
        found = stepfunctions.list_executions(stateMachineArn=state_machine_arn)["executions"]
        return next((e["executionArn"] for e in found if e["executionArn"] not in known), None)

    return wait_for(newest, f"an execution of {state_machine_arn}", seconds=20)


def ended(
    cloud: EmbeddedCloud, execution_arn: str, *, seconds: float = 60
) -> DescribeExecutionOutputTypeDef:
    """Wait until an execution has ended; gives its description."""
    stepfunctions = cloud.client("stepfunctions")

    def description() -> DescribeExecutionOutputTypeDef | None:
        found = stepfunctions.describe_execution(executionArn=execution_arn)
        return None if found["status"] in {"RUNNING", "PENDING_REDRIVE"} else found

    return wait_for(description, f"the end of {execution_arn}", seconds=seconds)


def events(cloud: EmbeddedCloud, execution_arn: str) -> list[Mapping[str, Any]]:
    """Read the whole history, the oldest event first."""
    pages = (
        cloud.client("stepfunctions")
        .get_paginator("get_execution_history")
        .paginate(executionArn=execution_arn)
    )
    return [event for page in pages for event in page["events"]]


def follow(
    cloud: EmbeddedCloud, execution_arn: str, *, after: int = 0, seconds: float = 120
) -> Iterator[Step]:
    """Tell each step as it happens, until the execution ends.

    `after` leaves out the events up to that id: those before a redrive.
    """
    deadline = time.monotonic() + seconds
    state, entered, error = "", None, ""
    seen = 0
    while True:
        for event in events(cloud, execution_arn)[seen:]:
            seen += 1
            kind = event["type"]
            if kind.endswith("StateEntered"):
                state, entered = event["stateEnteredEventDetails"]["name"], event["timestamp"]
                error = ""
            elif kind == "ExecutionRedriven":
                entered = event["timestamp"]
            if seen <= after:
                continue
            since = (event["timestamp"] - entered).total_seconds() if entered else 0.0
            if kind.endswith("StateEntered"):
                yield Step(state, "entered", event["timestamp"], 0.0)
            elif kind.endswith("StateExited"):
                yield Step(state, "left", event["timestamp"], since, error)
            elif kind in _SUCCEEDED:
                error = ""
            elif kind.startswith(("LambdaFunction", "Task")) and kind.endswith(_FAILED):
                error = _error(event)
                yield Step(state, "failed", event["timestamp"], since, error)
            elif kind.startswith("Execution") and kind not in (
                "ExecutionStarted",
                "ExecutionRedriven",
            ):
                return
        if time.monotonic() > deadline:
            raise WaitedTooLongError(f"the end of {execution_arn}: not within {seconds:g} s")
        time.sleep(0.05)


def _error(event: Mapping[str, Any]) -> str:
    details: Mapping[str, Any] = next(
        (v for k, v in event.items() if k.endswith("EventDetails")), {}
    )
    return str(details.get("error", ""))
