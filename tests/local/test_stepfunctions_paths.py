"""Step Functions: paths that lead nowhere, and errors that no Catch sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local.eavesdropping import create_queue
from tests.local.gaps import on_both_clouds
from tests.local.machines import event_types, run

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

MISSING = "$.nothing.here"
DONE: dict[str, Any] = {"Type": "Succeed"}
CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]
RETRY_ALL = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]


def starting_with(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "First", "States": {"First": state, "Done": DONE}}


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Pass", "Parameters": {"a.$": MISSING}},
        {"Type": "Pass", "Parameters": {"a.$": "$$.Execution.RedriveTime"}},
        {"Type": "Pass", "Parameters": {"a.$": f"States.Format('{{}}', {MISSING})"}},
        {"Type": "Pass", "InputPath": MISSING},
        {"Type": "Pass", "OutputPath": MISSING},
        {"Type": "Wait", "SecondsPath": MISSING},
        {"Type": "Wait", "TimestampPath": MISSING},
    ],
)
def test_a_missing_path_fails_the_execution(cloud: EmbeddedCloud, state: dict[str, Any]) -> None:
    described = run(cloud, starting_with(state | {"Next": "Done"}), {"some": "thing"})
    assert (described["status"], described.get("error")) == ("FAILED", "States.Runtime")
    assert "could not be found in the input" in described["cause"]


@pytest.mark.parametrize("test", [{"StringEquals": "a"}, {"IsNull": True}, {"IsString": False}])
def test_a_choice_on_a_missing_variable_fails(cloud: EmbeddedCloud, test: dict[str, Any]) -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": MISSING, **test, "Next": "Done"}]}
    described = run(cloud, starting_with(choice | {"Default": "Done"}))
    assert described.get("error") == "States.Runtime"


def test_is_present_sees_a_null(cloud: EmbeddedCloud) -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.null", "IsPresent": True, "Next": "Done"}],
    }
    assert run(cloud, starting_with(choice), {"null": None})["status"] == "SUCCEEDED"


def test_no_catch_and_no_retry_sees_a_missing_path_of_a_task(cloud: EmbeddedCloud) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:describeParameters",
        "ResultSelector": {"a.$": MISSING},
        "Retry": RETRY_ALL,
        "Catch": CATCH_ALL,
        "Next": "Done",
    }
    described = run(cloud, starting_with(task))
    assert (described["status"], described.get("error")) == ("FAILED", "States.Runtime")
    assert event_types(cloud, described["executionArn"]).count("TaskScheduled") == 1


def test_a_state_of_more_than_256_kib_fails(cloud: EmbeddedCloud) -> None:
    doubled = {
        "Type": "Pass",
        "Parameters": {"one.$": "$", "two.$": "$"},
        "Next": "Done",
    }
    described = run(cloud, starting_with(doubled), {"text": "x" * 150_000})
    assert described.get("error") == "States.DataLimitExceeded"


def test_no_wildcard_catches_a_result_of_more_than_256_kib(cloud: EmbeddedCloud) -> None:
    url, _ = create_queue(cloud)
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="x" * 300_000)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:receiveMessage",
        "Parameters": {"QueueUrl": url},
        "ResultPath": None,
        "Catch": CATCH_ALL,
        "Next": "Done",
    }
    described = run(cloud, starting_with(task))
    assert described.get("error") == "States.DataLimitExceeded"
