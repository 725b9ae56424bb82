"""Waits for executions, and reads their histories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flag_rollback.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from local.cloud import EmbeddedCloud


def started_execution(
    cloud: EmbeddedCloud, state_machine_arn: str, *, known: frozenset[str] = frozenset()
) -> str:
    """Wait for an execution that is not among the `known` ones; returns its ARN."""
    stepfunctions = cloud.client("stepfunctions")

    def newest() -> str | None:
        found = stepfunctions.list_executions(stateMachineArn=state_machine_arn)["executions"]
        return next((e["executionArn"] for e in found if e["executionArn"] not in known), None)

    return wait_for(newest, f"an execution of {state_machine_arn}", seconds=20)


def ended(
    cloud: EmbeddedCloud, execution_arn: str, *, seconds: float = 60
) -> DescribeExecutionOutputTypeDef:
    """Wait until an execution has ended; returns its description."""
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
