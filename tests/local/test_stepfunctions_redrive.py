"""Step Functions: RedriveExecution."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.local.eavesdropping import listen
from tests.local.gaps import on_both_clouds
from tests.local.machines import (
    await_event,
    create_machine,
    ended,
    event_types,
    history,
    run,
    start,
)

if TYPE_CHECKING:
    from appconfig_rollback.untyped import AwsAnswer
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

DONE: dict[str, Any] = {"Type": "Succeed"}


@pytest.fixture
def parameter() -> str:
    """The name of an SSM parameter; a machine that reads it fails until it is put."""
    return f"/parameter/{uuid.uuid4().hex[:8]}"


def reading(parameter: str, **more: object) -> dict[str, Any]:
    """Note the input, then read the parameter."""
    note = {"Type": "Pass", "Result": "noted", "ResultPath": "$.note", "Next": "Read"}
    read = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter",
        "Parameters": {"Name": parameter},
        "ResultSelector": {"value.$": "$.Parameter.Value"},
        "ResultPath": "$.read",
        "End": True,
        **more,
    }
    return {"StartAt": "Note", "States": {"Note": note, "Read": read, "Done": DONE}}


def put(cloud: EmbeddedCloud, parameter: str) -> None:
    cloud.client("ssm").put_parameter(Name=parameter, Value="here", Type="String")


def redrive(cloud: EmbeddedCloud, execution: str, **more: str) -> AwsAnswer:
    return cloud.client("stepfunctions").redrive_execution(executionArn=execution, **more)


def refusal(cloud: EmbeddedCloud, execution: str) -> str:
    with pytest.raises(ClientError) as refused:
        redrive(cloud, execution)
    return str(refused.value.response["Error"]["Code"])


def test_a_redrive_goes_on_at_the_failed_state(cloud: EmbeddedCloud, parameter: str) -> None:
    failed = run(cloud, reading(parameter), {"given": 1})
    execution = failed["executionArn"]
    assert (failed["redriveCount"], failed["redriveStatus"]) == (0, "REDRIVABLE")
    assert "redriveDate" not in failed
    put(cloud, parameter)
    redriven = redrive(cloud, execution)["redriveDate"]
    described = ended(cloud, execution)
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"]) == {
        "given": 1,
        "note": "noted",
        "read": {"value": "here"},
    }
    assert (described["redriveCount"], described["redriveDate"]) == (1, redriven)
    assert described["redriveStatus"] == "NOT_REDRIVABLE"
    assert described["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    assert "error" not in described
    assert event_types(cloud, execution) == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskFailed",
        "ExecutionFailed",
        "ExecutionRedriven",
        "TaskScheduled",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    [event] = [e for e in history(cloud, execution) if e["type"] == "ExecutionRedriven"]
    assert event["executionRedrivenEventDetails"] == {"redriveCount": 1}


def test_redrives_count_on(cloud: EmbeddedCloud, parameter: str) -> None:
    execution = run(cloud, reading(parameter))["executionArn"]
    redrive(cloud, execution)
    assert ended(cloud, execution)["redriveCount"] == 1
    redrive(cloud, execution)
    assert ended(cloud, execution)["redriveCount"] == 2


def test_the_context_tells_the_redrive(cloud: EmbeddedCloud) -> None:
    """First without RedriveTime, which is what fails; then with both."""
    when = {"Type": "Pass", "Parameters": {"execution.$": "$$.Execution"}, "End": True}
    gate = {
        "Type": "Choice",
        "Choices": [{"Variable": "$$.Execution.RedriveTime", "IsPresent": True, "Next": "When"}],
    }
    failed = run(cloud, {"StartAt": "Gate", "States": {"Gate": gate, "When": when}})
    assert failed["error"] == "States.NoChoiceMatched"
    redrive(cloud, failed["executionArn"])
    described = ended(cloud, failed["executionArn"])
    execution = json.loads(described["output"])["execution"]
    assert execution["RedriveCount"] == 1
    assert execution["RedriveTime"].startswith(f"{described['redriveDate']:%Y-%m-%dT%H:%M}")


def test_fail_fails_again(cloud: EmbeddedCloud) -> None:
    fail = {"StartAt": "End", "States": {"End": {"Type": "Fail", "Error": "E"}}}
    execution = run(cloud, fail)["executionArn"]
    redrive(cloud, execution)
    described = ended(cloud, execution)
    assert (described["status"], described["error"]) == ("FAILED", "E")
    assert described["redriveCount"] == 1


def test_the_definition_is_that_of_the_start(cloud: EmbeddedCloud, parameter: str) -> None:
    failed = run(cloud, reading(parameter))
    cloud.client("stepfunctions").update_state_machine(
        stateMachineArn=failed["stateMachineArn"],
        definition=json.dumps({"StartAt": "Done", "States": {"Done": DONE}}),
    )
    put(cloud, parameter)
    redrive(cloud, failed["executionArn"])
    described = ended(cloud, failed["executionArn"])
    assert json.loads(described["output"])["read"] == {"value": "here"}


def test_retries_start_anew(cloud: EmbeddedCloud, parameter: str) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    execution = run(cloud, reading(parameter, Retry=retry))["executionArn"]
    assert event_types(cloud, execution).count("TaskFailed") == 2
    redrive(cloud, execution)
    ended(cloud, execution)
    assert event_types(cloud, execution).count("TaskFailed") == 4


def test_an_aborted_execution_goes_on_in_one_thread(cloud: EmbeddedCloud) -> None:
    wait = {"Type": "Wait", "Seconds": 4, "Next": "Done"}  # long enough to stop it meanwhile
    machine = create_machine(cloud, {"StartAt": "Hold", "States": {"Hold": wait, "Done": DONE}})
    execution = start(cloud, machine)
    await_event(cloud, execution, "WaitStateEntered")
    cloud.client("stepfunctions").stop_execution(executionArn=execution, error="Halt")
    redrive(cloud, execution)
    assert ended(cloud, execution)["status"] == "SUCCEEDED"
    assert event_types(cloud, execution) == [
        "ExecutionStarted",
        "WaitStateEntered",
        "ExecutionAborted",
        "ExecutionRedriven",
        "WaitStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]


def test_wherever_it_is_stopped_it_goes_on_from_there(cloud: EmbeddedCloud) -> None:
    """Stopped somewhere in a long row of states, it enters each once and leaves each once."""
    row = [f"S{number}" for number in range(100)]
    waits = {  # AWS takes whole seconds only, but here is no time for them
        name: {"Type": "Wait", "Seconds": 0.001, "Next": following}
        for name, following in zip(row, [*row[1:], "Done"], strict=True)
    }
    machine = create_machine(cloud, {"StartAt": "S0", "States": {**waits, "Done": DONE}})
    for _ in range(8):
        execution = start(cloud, machine)
        cloud.client("stepfunctions").stop_execution(executionArn=execution)
        redrive(cloud, execution)
        assert ended(cloud, execution)["status"] == "SUCCEEDED"
        types = event_types(cloud, execution)
        assert (types.count("WaitStateEntered"), types.count("WaitStateExited")) == (100, 100)
        assert types[-1] == "ExecutionSucceeded"


def test_the_machines_clock_starts_anew(cloud: EmbeddedCloud) -> None:
    wait = {"Type": "Wait", "Seconds": 600, "End": True}
    definition = {"StartAt": "Hold", "TimeoutSeconds": 1, "States": {"Hold": wait}}
    execution = run(cloud, definition)["executionArn"]
    redrive(cloud, execution)
    described = ended(cloud, execution)
    assert described["status"] == "TIMED_OUT"
    assert (described["stopDate"] - described["redriveDate"]).total_seconds() > 0.9


def test_status_events_tell_redrives(cloud: EmbeddedCloud) -> None:
    next_event = listen(cloud, "aws.states")
    fail = {"StartAt": "End", "States": {"End": {"Type": "Fail", "Error": "E"}}}
    execution = run(cloud, fail)["executionArn"]
    redrive(cloud, execution)
    ended(cloud, execution)
    details = [next_event()["detail"] for _ in range(4)]
    assert [(d["status"], d["redriveCount"]) for d in details] == [
        ("RUNNING", 0),
        ("FAILED", 0),
        ("RUNNING", 1),
        ("FAILED", 1),
    ]
    assert details[1]["redriveDate"] is None
    assert isinstance(details[3]["redriveDate"], int)
    assert details[3]["redriveStatus"] == "REDRIVABLE"


def test_a_client_token_makes_a_redrive_once(cloud: EmbeddedCloud) -> None:
    fail = {"StartAt": "End", "States": {"End": {"Type": "Fail", "Error": "E"}}}
    execution = run(cloud, fail)["executionArn"]
    first = redrive(cloud, execution, clientToken="press")["redriveDate"]
    ended(cloud, execution)
    assert redrive(cloud, execution, clientToken="press")["redriveDate"] == first
    assert ended(cloud, execution)["redriveCount"] == 1


@pytest.mark.parametrize("seconds", [0, 600])
def test_what_succeeded_or_runs_is_not_redrivable(cloud: EmbeddedCloud, seconds: int) -> None:
    wait = {"Type": "Wait", "Seconds": seconds, "End": True}
    machine = create_machine(cloud, {"StartAt": "Hold", "States": {"Hold": wait}})
    execution = start(cloud, machine)
    await_event(cloud, execution, "WaitStateEntered" if seconds else "ExecutionSucceeded")
    assert refusal(cloud, execution) == "ExecutionNotRedrivable"


def test_an_express_execution_is_not_redrivable(cloud: EmbeddedCloud) -> None:
    fail = {"StartAt": "End", "States": {"End": {"Type": "Fail", "Error": "E"}}}
    execution = start(cloud, create_machine(cloud, fail, kind="EXPRESS"))
    await_event(cloud, execution, "ExecutionFailed")
    assert refusal(cloud, execution) == "ExecutionNotRedrivable"


def test_what_is_no_execution_is_refused(cloud: EmbeddedCloud) -> None:
    none = "arn:aws:states:us-east-1:123456789012:execution:none:none"
    assert refusal(cloud, none) == "ExecutionDoesNotExist"
    assert refusal(cloud, none.replace("execution", "stateMachine")) == "InvalidArn"


def test_redrive_needs_its_permission(cloud: EmbeddedCloud, parameter: str) -> None:
    execution = run(cloud, reading(parameter))["executionArn"]
    iam = cloud.client("iam")
    user = f"user-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    stepfunctions = boto3.client(
        "stepfunctions",
        endpoint_url=cloud.endpoint_url,
        region_name=cloud.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    with pytest.raises(ClientError, match="states:RedriveExecution"):
        stepfunctions.redrive_execution(executionArn=execution)
    allow = {"Effect": "Allow", "Action": "states:RedriveExecution", "Resource": execution}
    policy = json.dumps({"Version": "2012-10-17", "Statement": allow})
    iam.put_user_policy(UserName=user, PolicyName="redrive", PolicyDocument=policy)
    assert stepfunctions.redrive_execution(executionArn=execution)["redriveDate"]
