"""State machines of the tests: make one, run it, read its history. Every wait is bounded."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from flag_rollback.waiting import wait_for
from tests.local.gaps import patience

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.literals import StateMachineTypeType
    from mypy_boto3_stepfunctions.type_defs import (
        DescribeExecutionOutputTypeDef,
        HistoryEventTypeDef,
    )

    from local.cloud import EmbeddedCloud

ANY_LAMBDA = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}


def create_role(cloud: EmbeddedCloud, service: str, *statements: dict[str, Any]) -> str:
    """A role that ``service`` may assume, with these statements."""
    name = f"role-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    iam = cloud.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=_policy(*statements))
    return role


def create_machine(
    cloud: EmbeddedCloud,
    definition: dict[str, Any],
    *,
    role: str | None = None,
    kind: StateMachineTypeType = "STANDARD",
) -> str:
    created = cloud.client("stepfunctions").create_state_machine(
        name=f"machine-{uuid.uuid4().hex[:8]}",
        definition=json.dumps(definition),
        roleArn=role or create_role(cloud, "states.amazonaws.com", ANY_LAMBDA),
        type=kind,
    )
    return created["stateMachineArn"]


def start(cloud: EmbeddedCloud, machine: str, data: object = None) -> str:
    started = cloud.client("stepfunctions").start_execution(
        stateMachineArn=machine, input=json.dumps({} if data is None else data)
    )
    return started["executionArn"]


def run(
    cloud: EmbeddedCloud, definition: dict[str, Any], data: object = None
) -> DescribeExecutionOutputTypeDef:
    """Run a new machine to its end."""
    return ended(cloud, start(cloud, create_machine(cloud, definition), data))


def ended(cloud: EmbeddedCloud, execution: str) -> DescribeExecutionOutputTypeDef:
    """The execution's description, once it has ended."""

    def probe() -> DescribeExecutionOutputTypeDef | None:
        described = cloud.client("stepfunctions").describe_execution(executionArn=execution)
        return None if described["status"] == "RUNNING" else described

    return wait_for(probe, f"end of {execution}", seconds=patience(cloud))


def history(cloud: EmbeddedCloud, execution: str) -> list[HistoryEventTypeDef]:
    answer = cloud.client("stepfunctions").get_execution_history(
        executionArn=execution, maxResults=1000
    )
    return answer["events"]


def event_types(cloud: EmbeddedCloud, execution: str) -> list[str]:
    return [str(event["type"]) for event in history(cloud, execution)]


def await_event(cloud: EmbeddedCloud, execution: str, kind: str) -> None:
    wait_for(
        lambda: kind in event_types(cloud, execution), f"event {kind}", seconds=patience(cloud)
    )


def let_wait(cloud: EmbeddedCloud, seconds: int) -> None:
    """Run a machine that waits: a Wait that began before, and is shorter, is over then."""
    wait = {"Type": "Wait", "Seconds": seconds, "End": True}
    run(cloud, {"StartAt": "Hold", "States": {"Hold": wait}})


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
