"""A stopped execution's thread lives on for a while, and must do nothing that anyone can see."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.faults import Fault
from tests.local.machines import await_event, create_machine, let_wait, start

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:never-made"


def stopped_in(cloud: EmbeddedCloud, definition: dict[str, Any], event: str) -> None:
    """Start the machine, and stop it once ``event`` is in its history."""
    execution = start(cloud, create_machine(cloud, definition))
    await_event(cloud, execution, event)
    cloud.client("stepfunctions").stop_execution(executionArn=execution)


def test_it_enters_no_further_state(filled_cloud: EmbeddedCloud) -> None:
    parameter = f"/parameter/{uuid.uuid4().hex[:8]}"
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:putParameter",
        "Parameters": {"Name": parameter, "Value": "late", "Type": "String"},
        "End": True,
    }
    wait = {"Type": "Wait", "Seconds": 1, "Next": "Put"}
    definition = {"StartAt": "Hold", "States": {"Hold": wait, "Put": put}}
    stopped_in(filled_cloud, definition, "WaitStateEntered")
    let_wait(filled_cloud, 2)
    with pytest.raises(ClientError, match="ParameterNotFound"):
        filled_cloud.client("ssm").get_parameter(Name=parameter)


def test_it_tries_no_task_again(filled_cloud: EmbeddedCloud) -> None:
    filled_cloud.faults.set(Fault("lambda:InvokeFunction", about=FUNCTION))
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 5}]
    call = {"Type": "Task", "Resource": FUNCTION, "Retry": retry, "End": True}
    definition = {"StartAt": "Call", "States": {"Call": call}}
    stopped_in(filled_cloud, definition, "LambdaFunctionFailed")
    let_wait(filled_cloud, 2)
    assert filled_cloud.faults.hits("lambda:InvokeFunction") == 1
    filled_cloud.faults.clear()
