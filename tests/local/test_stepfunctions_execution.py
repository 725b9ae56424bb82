"""Step Functions: how an execution starts, what it knows of itself, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.eavesdropping import listen
from tests.local.gaps import on_both_clouds
from tests.local.machines import (
    await_event,
    create_machine,
    create_role,
    ended,
    event_types,
    history,
    let_wait,
    run,
    start,
)

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

DONE: dict[str, Any] = {"Type": "Succeed"}
NO_SUCH_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:none"


def waiting(seconds: int) -> dict[str, Any]:
    wait = {"Type": "Wait", "Seconds": seconds, "Next": "Done"}
    return {"StartAt": "Hold", "States": {"Hold": wait, "Done": DONE}}


def calling(resource: str, **more: object) -> dict[str, Any]:
    task = {"Type": "Task", "Resource": resource, "Next": "Done", **more}
    return {"StartAt": "Call", "States": {"Call": task, "Done": DONE}}


def test_a_machines_timeout_ends_the_execution(cloud: EmbeddedCloud) -> None:
    next_event = listen(cloud, "aws.states")
    execution = start(cloud, create_machine(cloud, waiting(600) | {"TimeoutSeconds": 1}))
    described = ended(cloud, execution)
    assert (described["status"], described.get("error")) == ("TIMED_OUT", "States.Timeout")
    assert event_types(cloud, execution)[-1] == "ExecutionTimedOut"
    assert next_event()["detail"]["status"] == "RUNNING"
    detail = next_event()["detail"]
    assert (detail["status"], detail["error"]) == ("TIMED_OUT", "States.Timeout")
    assert detail["redriveStatus"] == "REDRIVABLE"


def test_no_catch_sees_the_machines_timeout(cloud: EmbeddedCloud) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]
    wait = {"Type": "Wait", "Seconds": 600, "End": True}
    branch = {"StartAt": "Inner", "States": {"Inner": wait}}
    parallel = {"Type": "Parallel", "Branches": [branch], "Catch": catch, "Next": "Done"}
    definition = {"StartAt": "Both", "States": {"Both": parallel, "Done": DONE}}
    described = run(cloud, definition | {"TimeoutSeconds": 1})
    assert described["status"] == "TIMED_OUT"


def test_a_stopped_execution_writes_no_more_history(cloud: EmbeddedCloud) -> None:
    execution = start(cloud, create_machine(cloud, waiting(1)))
    await_event(cloud, execution, "WaitStateEntered")
    cloud.client("stepfunctions").stop_execution(executionArn=execution)
    let_wait(cloud, 2)  # the thread of the Wait is still there for a second
    assert event_types(cloud, execution)[-1] == "ExecutionAborted"


def test_an_ended_execution_is_told_without_output(cloud: EmbeddedCloud) -> None:
    fail = {"StartAt": "End", "States": {"End": {"Type": "Fail", "Error": "E", "Cause": "C"}}}
    described = run(cloud, fail)
    assert (described["error"], described["cause"]) == ("E", "C")
    assert "output" not in described


def test_the_context_names_the_role(cloud: EmbeddedCloud) -> None:
    whole = {"Type": "Pass", "Parameters": {"execution.$": "$$.Execution"}, "End": True}
    described = run(cloud, {"StartAt": "Whole", "States": {"Whole": whole}}, {"a": 1})
    execution = json.loads(described["output"])["execution"]
    assert set(execution) == {"Id", "Input", "Name", "RoleArn", "StartTime"}
    assert execution["Id"] == described["executionArn"]
    assert execution["Input"] == {"a": 1}
    assert execution["RoleArn"].startswith("arn:aws:iam::123456789012:role/")


def test_a_repeated_start_is_the_same_execution(cloud: EmbeddedCloud) -> None:
    machine = create_machine(cloud, waiting(600))
    stepfunctions = cloud.client("stepfunctions")
    first = stepfunctions.start_execution(stateMachineArn=machine, name="once", input="{}")
    again = stepfunctions.start_execution(stateMachineArn=machine, name="once", input="{}")
    assert (again["executionArn"], again["startDate"]) == (
        first["executionArn"],
        first["startDate"],
    )
    with pytest.raises(stepfunctions.exceptions.ExecutionAlreadyExists):
        stepfunctions.start_execution(stateMachineArn=machine, name="once", input='{"a": 1}')


def test_events_name_the_one_before(cloud: EmbeddedCloud) -> None:
    described = run(cloud, waiting(0))
    numbers = [
        (event["id"], event["previousEventId"])
        for event in history(cloud, described["executionArn"])
    ]
    assert numbers == [(n, n - 1) for n in range(1, len(numbers) + 1)]


def test_a_function_task_is_told_by_lambda_events(cloud: EmbeddedCloud) -> None:
    catch = [{"ErrorEquals": ["Lambda.ResourceNotFoundException"], "Next": "Done"}]
    described = run(cloud, calling(NO_SUCH_FUNCTION, Catch=catch))
    assert event_types(cloud, described["executionArn"]) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "TaskStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]


def test_the_history_tells_what_a_function_is_called_with(cloud: EmbeddedCloud) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]
    call = calling(NO_SUCH_FUNCTION, Parameters={"name.$": "$$.State.Name"}, Catch=catch)
    described = run(cloud, call)
    (scheduled,) = (
        event["lambdaFunctionScheduledEventDetails"]
        for event in history(cloud, described["executionArn"])
        if event["type"] == "LambdaFunctionScheduled"
    )
    assert json.loads(scheduled["input"]) == {"name": "Call"}


def test_the_machines_role_must_allow_to_invoke_the_function(cloud: EmbeddedCloud) -> None:
    role = create_role(cloud, "states.amazonaws.com")
    machine = create_machine(cloud, calling(NO_SUCH_FUNCTION), role=role)
    described = ended(cloud, start(cloud, machine))
    assert described.get("error") == "Lambda.AWSLambdaException"
    assert "is not authorized to perform: lambda:InvokeFunction" in described["cause"]
