"""Reads executions from Step Functions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from appconfig_rollback.adapters import clock
from appconfig_rollback.adapters.aws import client, named_errors
from appconfig_rollback.errors import ResourceMissingError
from appconfig_rollback.history import Attempt, read_attempt
from appconfig_rollback.state import Execution, State
from appconfig_rollback.times import moment
from appconfig_rollback.untyped import json_or_none

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


def attempt(
    execution_arn: str, *, redrive_count: int | None = None, until: str | None = None
) -> Attempt:
    """Read an attempt from the execution's history, the last unless `redrive_count` names one.

    Ask a few times until the history reaches the state `until`, or the attempt's end: it is
    eventually consistent (Step Functions API reference, GetExecutionHistory).
    """
    for _ in clock.looks():
        found = read_attempt(_history(execution_arn), redrive_count)
        if found.ended or (until and found.state == until):
            break
    return found


def last_state_data(execution_arn: str) -> State:
    """Read the state data that the last state was entered with; empty where there is none."""
    with named_errors(f"reading the history of {execution_arn} (states:GetExecutionHistory)"):
        pages = (
            _stepfunctions()
            .get_paginator("get_execution_history")
            .paginate(executionArn=execution_arn, reverseOrder=True)
        )
        for page in pages:
            for event in page["events"]:
                text = event.get("stateEnteredEventDetails", {}).get("input", "")
                data = json_or_none(text)
                if isinstance(data, dict):
                    return cast("State", data)
    return {}


def redriven_at(execution: Execution, since: datetime) -> datetime | None:
    """Return when a person redrove the execution after a moment; None where nobody did.

    The context object says so where Step Functions evaluates a task's parameters again on redrive.
    AWS does not document that it does, so DescribeExecution is asked as well, for about 5 s.
    """
    told = execution.get("RedriveTime")
    if told and moment(told) > since:
        return moment(told)
    for _ in clock.looks():
        found = _redrive_date(execution["Id"])
        if found and found > since:
            return found
    return None


def is_running(like: Execution, name: str) -> bool:
    """Return whether another execution of the same machine is running now."""
    arn = f"{like['Id'].rpartition(':')[0]}:{name}"
    try:
        with named_errors(f"reading {arn} (states:DescribeExecution)"):
            answer = _stepfunctions().describe_execution(executionArn=arn)
            return answer["status"] in ("RUNNING", "PENDING_REDRIVE")
    except ResourceMissingError:
        return False  # it ended more than 90 days ago, or was another machine's


def execution_input(execution_arn: str) -> str:
    """Read an execution's input: JSON text."""
    with named_errors(f"reading {execution_arn} (states:DescribeExecution)"):
        return _stepfunctions().describe_execution(executionArn=execution_arn).get("input", "")


def output(execution_arn: str) -> str:
    """Read an execution's output: JSON text, empty where it has none."""
    with named_errors(f"reading {execution_arn} (states:DescribeExecution)"):
        return _stepfunctions().describe_execution(executionArn=execution_arn).get("output", "")


def start(state_machine_arn: str, name: str, text: str) -> bool:
    """Start an execution on an input; returns False where there was one of that name before."""
    stepfunctions = _stepfunctions()
    doing = f"starting execution {name} of {state_machine_arn} (states:StartExecution)"
    with named_errors(doing):
        try:
            stepfunctions.start_execution(stateMachineArn=state_machine_arn, name=name, input=text)
        except stepfunctions.exceptions.ExecutionAlreadyExists:
            return False
    return True


def _redrive_date(execution_arn: str) -> datetime | None:
    try:
        with named_errors(f"reading {execution_arn} (states:DescribeExecution)"):
            answer = _stepfunctions().describe_execution(executionArn=execution_arn)
            return answer.get("redriveDate")
    except ResourceMissingError:
        return None  # a person does it by hand: there is no execution, and nothing to redrive


def _history(execution_arn: str) -> Iterator[Any]:
    """Read the history, oldest event first, without the events' data."""
    with named_errors(f"reading the history of {execution_arn} (states:GetExecutionHistory)"):
        pages = (
            _stepfunctions()
            .get_paginator("get_execution_history")
            .paginate(executionArn=execution_arn, includeExecutionData=False)
        )
        for page in pages:
            yield from page["events"]


def _stepfunctions() -> SFNClient:
    stepfunctions: SFNClient = client("stepfunctions")
    return stepfunctions
