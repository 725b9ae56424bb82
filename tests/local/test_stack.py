"""The stack as deployed here: functions run under AWS's runtime client, with their roles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from flag_rollback.waiting import wait_for
from local.cloud import EmbeddedCloud
from local.stack import Stack, StackFailedError, deploy
from tests.local.conftest import SAMPLE_TEMPLATE
from tests.local.machines import ended, start

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

pytestmark = pytest.mark.cloud


def ask(stack: Stack, **event: object) -> DescribeExecutionOutputTypeDef:
    """Run the sample machine, whose function does what the event says."""
    execution = start(stack.cloud, stack.outputs["StateMachineArn"], event)
    return ended(stack.cloud, execution)


def test_a_function_gets_its_event_and_stays_warm(sample_stack: Stack) -> None:
    first, second = (json.loads(ask(sample_stack, do="say")["output"]) for _ in range(2))
    assert first["caller"]["do"] == "say"
    assert first["caller"]["execution"]["Input"] == {"do": "say"}
    assert first["process"] == second["process"]


def test_an_error_keeps_its_class_name(sample_stack: Stack) -> None:
    described = ask(sample_stack, do="raise")
    cause: dict[str, Any] = json.loads(described["cause"])
    assert described["error"] == "MadeUpError"
    assert (cause["errorType"], cause["errorMessage"]) == ("MadeUpError", "as asked")
    assert "raise MadeUpError" in cause["stackTrace"][-1]


def test_a_function_out_of_time_is_a_sandbox_timeout(sample_stack: Stack) -> None:
    assert ask(sample_stack, do="overrun")["error"] == "Sandbox.Timedout"


def test_a_function_that_dies_is_an_exit_error(sample_stack: Stack) -> None:
    assert ask(sample_stack, do="exit")["error"] == "Runtime.ExitError"


def test_a_function_may_do_what_its_role_allows(sample_stack: Stack) -> None:
    assert ask(sample_stack, do="describe-alarms")["status"] == "SUCCEEDED"


@pytest.mark.parametrize("do", ["list-metrics", "put-metric"])
def test_a_function_may_do_nothing_else(sample_stack: Stack, do: str) -> None:
    described = ask(sample_stack, do=do)
    assert described["error"] == "ClientError"
    assert "AccessDenied" in described["cause"]


def test_what_a_function_prints_can_be_read(sample_stack: Stack) -> None:
    ask(sample_stack, do="be heard")
    group = f"/aws/lambda/{sample_stack.outputs['FunctionName']}"
    logs = sample_stack.cloud.client("logs")

    def probe() -> bool:
        events = logs.filter_log_events(logGroupName=group)["events"]
        return any("the event says be heard" in event["message"] for event in events)

    wait_for(probe, f"a line in {group}", seconds=60)


def test_a_stack_can_be_deleted_and_made_again() -> None:
    with EmbeddedCloud() as cloud:
        deploy(cloud, {}, name="sample", template=SAMPLE_TEMPLATE).delete()
        assert cloud.client("lambda").list_functions()["Functions"] == []
        deploy(cloud, {}, name="sample", template=SAMPLE_TEMPLATE)


def test_a_failed_stack_quotes_what_failed(filled_cloud: EmbeddedCloud, tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(
        """
        Resources:
          Good: {Type: AWS::SNS::Topic}
          Bad:
            Type: AWS::Lambda::Function
            Properties:
              Code: {ZipFile: "print(1)"}
              Handler: index.handler
              Runtime: python3.13
              Role: arn:aws:iam::123456789012:role/any
              Layers: ["arn:aws:lambda:us-east-1:123456789012:layer:none:1"]
        """
    )
    with pytest.raises(StackFailedError, match=r"Bad \(AWS::Lambda::Function\): .*layer"):
        deploy(filled_cloud, {}, name="failing", template=template)
