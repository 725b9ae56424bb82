"""The definition of one release, given the answers of another's functions.

The cases of the mock configuration of a release hold what its functions answer. The definition of
the other release walks them to the same end, or to a red one: never to another outcome.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from local.cloud import EmbeddedCloud
from local.following import ended
from tests.engines.definition import MACHINE, ROLE_ARN
from tests.engines.engine import ALARM_EVENT
from tests.upgrades.test_in_place import WAYS

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

pytestmark = pytest.mark.cloud


def definition(release: Path) -> str:
    """A release's definition; each function is named after its state."""
    text = (release / "state_machine" / "rollback.asl.json").read_text("utf-8")
    arn = r"arn:aws:lambda:us-east-1:123456789012:function:\1"
    return re.sub(r"\$\{(\w+)FunctionArn\}", arn, text)


@pytest.mark.parametrize(("answering", "defining"), WAYS, ids=["taken back", "upgraded"])
def test_another_definition_comes_to_the_same_end_or_to_a_red_one(
    releases: dict[str, Path], answering: str, defining: str
) -> None:
    mocks = releases[answering] / "tests" / "workflow" / "mock_config.json"
    cases = json.loads(mocks.read_text("utf-8"))["StateMachines"][MACHINE]["TestCases"]

    with EmbeddedCloud(iam=False, wait_scale=0.001, mock_config=mocks) as cloud:
        stepfunctions = cloud.client("stepfunctions")
        machine = stepfunctions.create_state_machine(
            name=MACHINE, definition=definition(releases[answering]), roleArn=ROLE_ARN
        )["stateMachineArn"]
        own = {case: walked(cloud, machine, case) for case in cases}
        stepfunctions.update_state_machine(
            stateMachineArn=machine, definition=definition(releases[defining])
        )
        others = {case: walked(cloud, machine, case) for case in cases}

    assert len(own) > 40
    assert {"SUCCEEDED", "FAILED"} == {status for status, *_ in own.values()}
    assert {
        case: other
        for case, other in others.items()
        if other != own[case] and not (other[0] == "FAILED" and other[1])
    } == {}


def walked(cloud: EmbeddedCloud, machine: str, case: str) -> tuple[str, str | None, Any]:
    """Walk a case, with a redrive where it has one: status, error and output."""
    stepfunctions = cloud.client("stepfunctions")
    execution = stepfunctions.start_execution(
        stateMachineArn=f"{machine}#{case}", input=ALARM_EVENT
    )["executionArn"]
    told = ended(cloud, execution)
    if "Redrive" in case and told["status"] == "FAILED":
        stepfunctions.redrive_execution(executionArn=execution)
        told = ended(cloud, execution)
    return _end(told)


def _end(told: DescribeExecutionOutputTypeDef) -> tuple[str, str | None, Any]:
    return told["status"], told.get("error"), json.loads(told.get("output") or "null")
