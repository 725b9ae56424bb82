"""Calls of functions while concurrency is spent, their logs, and their environments' end."""

from __future__ import annotations

import json
import os
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from flag_rollback.waiting import wait_for
from local.stack import deploy
from tests.local.conftest import SAMPLE_TEMPLATE
from tests.local.eavesdropping import create_queue, next_message
from tests.local.gaps import on_both_clouds, patience
from tests.local.machines import run
from tests.local.test_eventbridge_gaps import failing_function

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]


def reserve(cloud: EmbeddedCloud, function: str, executions: int) -> None:
    cloud.client("lambda").put_function_concurrency(
        FunctionName=function, ReservedConcurrentExecutions=executions
    )


def test_a_task_is_throttled_under_awss_name(cloud: EmbeddedCloud) -> None:
    function = failing_function(cloud, f"none-left-{uuid.uuid4().hex[:8]}")
    reserve(cloud, function, 0)
    retry = {"ErrorEquals": ["Lambda.TooManyRequestsException"], "MaxAttempts": 0}
    call = {"Type": "Task", "Resource": function, "Retry": [retry], "End": True}

    described = run(cloud, {"StartAt": "Call", "States": {"Call": call}})

    assert described["error"] == "Lambda.TooManyRequestsException"
    assert "Rate Exceeded" in described["cause"]


def test_an_asynchronous_call_waits_until_the_function_is_free(cloud: EmbeddedCloud) -> None:
    url, queue = create_queue(cloud)
    name = f"free-later-{uuid.uuid4().hex[:8]}"
    failing_function(cloud, name)
    reserve(cloud, name, 0)
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )
    cloud.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    wait_for(lambda: throttled(cloud, name), "the first try", seconds=5)
    reserve(cloud, name, 1)

    letter = json.loads(next_message(cloud, url, seconds=20)["Body"])

    assert "Rate Exceeded" not in json.dumps(letter)  # it ran, and failed in its own way


def throttled(cloud: EmbeddedCloud, function: str) -> bool:
    now = datetime.now(UTC)
    found = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Throttles",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum"],
    )
    return any(point["Sum"] > 0 for point in found["Datapoints"])


def test_a_function_logs_in_the_form_that_its_configuration_names(cloud: EmbeddedCloud) -> None:
    stack = deploy(cloud, {}, name="logs-json", template=SAMPLE_TEMPLATE)
    function = stack.outputs["FunctionName"]
    cloud.client("lambda").invoke(FunctionName=function, Payload=b'{"do": "log"}')

    def logged() -> dict[str, Any] | None:
        found = cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")
        texts = [event["message"] for event in found["events"] if "said log" in event["message"]]
        return json.loads(texts[0]) if texts else None

    line = wait_for(logged, f"what {function} logs", seconds=5)
    assert (line["level"], line["message"], line["logger"]) == ("INFO", "said log", "speak")
    assert line["heard"] == {"times": 1}
    assert line["requestId"]


def test_a_function_that_is_deleted_with_its_stack_leaves_no_process(cloud: EmbeddedCloud) -> None:
    stack = deploy(cloud, {}, name="deleted", template=SAMPLE_TEMPLATE)
    called = cloud.client("lambda").invoke(
        FunctionName=stack.outputs["FunctionName"], Payload=b'{"do": "say"}'
    )
    process = json.loads(called["Payload"].read())["process"]
    assert runs(process)

    stack.delete()

    wait_for(
        lambda: not runs(process), "the end of the function's process", seconds=patience(cloud)
    )


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
