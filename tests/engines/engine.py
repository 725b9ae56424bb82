"""Walks a case on an engine, and compares what it did with the table.

The engines differ in where they come from; all of them are spoken to as Step Functions.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

import await_redrive
from appconfig_rollback.adapters import executions
from appconfig_rollback.case import Decision
from appconfig_rollback.definition import CURRENT
from appconfig_rollback.outcome import ignored, rolled_back, settled
from appconfig_rollback.plain_text import readable_cause
from flag_rollback.waiting import wait_for
from tests.engines.case import REDRIVEN, Case, EngineName
from tests.engines.cases import difference
from tests.engines.definition import MACHINE, ROLE_ARN, runnable_definition
from tests.engines.pace import real_seconds

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from appconfig_rollback.state import OthersWork, Result, State, TaskInput

ALARM_EVENT = (Path(__file__).parents[1] / "events" / "metric_alarm.json").read_text()
_FAILED_TRY = ("Failed", "TimedOut")


@dataclass(frozen=True)
class Walk:
    """What an execution did."""

    description: DescribeExecutionOutputTypeDef
    trail: tuple[str, ...]
    state_data: dict[str, Any]  # what the last state was entered with


@dataclass(frozen=True)
class Engine:
    """Step Functions, as somebody offers it, with the machine under test."""

    name: EngineName
    stepfunctions: SFNClient
    machine_arn: str
    takes_test_cases: bool = True  # behind a # in the ARN that starts an execution
    slack_seconds: float = 15.0

    @classmethod
    def with_machine(
        cls, name: EngineName, stepfunctions: SFNClient, *, takes_test_cases: bool = True
    ) -> Engine:
        """Create the machine that ships, or bring it up to date where it exists."""
        definition = runnable_definition()
        try:
            arn = stepfunctions.create_state_machine(
                name=MACHINE, definition=definition, roleArn=ROLE_ARN
            )["stateMachineArn"]
        except stepfunctions.exceptions.StateMachineAlreadyExists:
            found = stepfunctions.list_state_machines()["stateMachines"]
            arn = next(m["stateMachineArn"] for m in found if m["name"] == MACHINE)
            stepfunctions.update_state_machine(stateMachineArn=arn, definition=definition)
        return cls(name, stepfunctions, arn, takes_test_cases)

    def start(self, case: str) -> str:
        """Start an execution of a case; its name begins with the case's."""
        suffix = f"#{case}" if self.takes_test_cases else ""
        return self.stepfunctions.start_execution(
            stateMachineArn=f"{self.machine_arn}{suffix}",
            name=f"{case}-{uuid.uuid4().hex[:8]}",
            input=ALARM_EVENT,
        )["executionArn"]

    def await_end(self, execution_arn: str, *, seconds: float) -> Walk:
        """Wait for the end of an execution."""

        def ended() -> DescribeExecutionOutputTypeDef | None:
            found = self.stepfunctions.describe_execution(executionArn=execution_arn)
            return None if found["status"] in {"RUNNING", "PENDING_REDRIVE"} else found

        description = wait_for(ended, f"the end of {execution_arn}", seconds=seconds)
        pages = self.stepfunctions.get_paginator("get_execution_history").paginate(
            executionArn=execution_arn
        )
        return _walk(description, [event for page in pages for event in page["events"]])


def _walk(description: DescribeExecutionOutputTypeDef, events: list[Any]) -> Walk:
    trail: list[str] = []
    state, data = "", {}
    for event in events:
        kind = event["type"]
        if kind.endswith("StateEntered"):
            state = event["stateEnteredEventDetails"]["name"]
            data = json.loads(event["stateEnteredEventDetails"]["input"])
            trail.append(state)
        elif kind == "ExecutionRedriven":
            trail.append(REDRIVEN)
        elif kind.endswith(_FAILED_TRY) and not kind.startswith("Execution"):
            details = next(value for key, value in event.items() if key.endswith("EventDetails"))
            trail.append(f"{state}!{details['error']}")
    return Walk(description, tuple(trail), data)


def walk_as_the_table_says(engine: Engine, case: Case) -> str:
    """Walk the case, redrives included, and compare; returns the execution's ARN."""
    seconds = real_seconds(case) + engine.slack_seconds
    arn = engine.start(case.name)
    walk = engine.await_end(arn, seconds=seconds)
    for _ in range(case.redrives):
        _compare_failed_attempt(walk, case)
        if not _redrive(engine, arn):
            return arn
        walk = engine.await_end(arn, seconds=seconds)
    _compare(walk, case)
    return arn


def _redrive(engine: Engine, execution_arn: str) -> bool:
    """Redrive; False where the engine cannot, and the table of differences says so."""
    known = difference(engine.name, "redrive")
    try:
        engine.stepfunctions.redrive_execution(executionArn=execution_arn)
    except (ClientError, NotImplementedError):
        if known:
            return False
        raise
    assert known is None or not known.seen, f"{engine.name} can redrive: take its entry out"
    return True


def _compare_failed_attempt(walk: Walk, case: Case) -> None:
    assert walk.trail == case.trail[: len(walk.trail)]
    assert case.trail[len(walk.trail)] == REDRIVEN
    assert walk.description["status"] == "FAILED"
    _compare_with_the_function(walk)


def _compare(walk: Walk, case: Case) -> None:
    told = walk.description
    assert walk.trail == case.trail, told
    assert told["status"] == case.status
    assert {key: walk.state_data.get(key) for key in case.keeps} == case.keeps
    if "result" in walk.state_data:
        seen = {k: v for k, v in walk.state_data["result"].items() if k != "metricFailure"}
        assert seen == _made_by_the_functions(cast("State", walk.state_data))
    if case.output is not None:
        assert json.loads(told["output"]) == case.output
    else:
        assert (told["error"], readable_cause(told["cause"])) == (case.error, case.cause)
        _compare_with_the_function(walk)


def _made_by_the_functions(state: State) -> Result:
    """Make the result again, as the function does whose mock answered with it."""
    result, config = state["result"], state["config"]
    if result["outcome"] == "duplicate":
        return settled(Decision("duplicate", config["reason"]), state["alarm"], 0)
    if not result["flags"]:
        return ignored(state["alarm"], config["reason"])
    flags = tuple(result["flags"])
    other = next((each["sweptBy"] for each in flags if "sweptBy" in each), None)
    if result["outcome"] == "rolled_back" and other is None:
        return rolled_back(state, state["deployment"]["number"])
    by: OthersWork | None = None
    if other:  # what the other execution wrote is in no other place of the state data
        by = {
            "execution": other,
            "fromVersion": cast("int", result["fromVersion"]),
            "toVersion": cast("int", result["toVersion"]),
            "deploymentNumber": cast("int", result["deploymentNumber"]),
        }
    stopped = next(iter(state.get("stoppedDeployments", [])), None)
    decision = Decision("settle", config["reason"], flags, by=by, in_the_way=stopped)
    return settled(decision, state["alarm"], config["servedVersion"])


def _compare_with_the_function(walk: Walk) -> None:
    """What AwaitRedrive's mock throws is what the function would raise on this state data."""
    task = cast(
        "TaskInput",
        {"definition": CURRENT, "execution": {"Id": "unused"}, "state": walk.state_data},
    )
    with (
        patch.object(executions, "redriven_at", return_value=None),
        pytest.raises(Exception) as raised,  # noqa: PT011 - which one is the question
    ):
        await_redrive.handler(task, None)
    told = walk.description
    assert type(raised.value).__name__ == told["error"]
    assert str(raised.value) == readable_cause(told["cause"])
