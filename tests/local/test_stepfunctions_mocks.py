"""Step Functions: mocked answers, for executions and for single states."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.gaps import on_both_clouds
from tests.local.machines import ANY_LAMBDA, create_role, ended

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

RETRY = {"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 1}
CALL: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:lambda:us-east-1:123456789012:function:none",
    "Retry": [RETRY],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
    "End": True,
}
DEFINITION = json.dumps(
    {"StartAt": "Call", "States": {"Call": CALL, "Caught": {"Type": "Succeed"}}}
)


def test_each_try_meets_its_own_mock(cloud: EmbeddedCloud) -> None:
    stepfunctions = cloud.client("stepfunctions")
    role = create_role(cloud, "states.amazonaws.com", ANY_LAMBDA)
    machine = stepfunctions.create_state_machine(
        name="Mocked", definition=DEFINITION, roleArn=role
    )["stateMachineArn"]
    started = stepfunctions.start_execution(stateMachineArn=f"{machine}#FixedByTheRetry")
    described = ended(cloud, started["executionArn"])
    assert json.loads(described["output"]) == {"answer": 42}


def test_a_single_state_retries_before_it_catches(cloud: EmbeddedCloud) -> None:
    def told(retries: int) -> str:
        answer = cloud.client("stepfunctions").test_state(
            definition=DEFINITION,
            stateName="Call",
            input="{}",
            mock={"errorOutput": {"error": "Busy", "cause": "busy"}},
            stateConfiguration={"retrierRetryCount": retries},
        )
        return answer["status"]

    assert [told(0), told(1)] == ["RETRIABLE", "CAUGHT_ERROR"]
