"""What could not be delivered waits in the dead-letter queue until it is replayed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from flag_rollback.waiting import wait_for
from local.cloud import REPOSITORY, EmbeddedCloud
from local.demo_flags import create_alarm
from local.permissions import taken_away
from local.site import FLAG, Site, alarm_event, new_flags

pytestmark = pytest.mark.cloud


def replay(site: Site) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "flag_rollback.commands.replay",
            "--yes",
            "--stack",
            site.stack.name,
        ],
        cwd=REPOSITORY,
        env={**os.environ, **site.cloud.environment()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def waiting(site: Site) -> int:
    answer = site.cloud.client("sqs").get_queue_attributes(
        QueueUrl=site.stack.outputs["DeadLetterQueueUrl"],
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def test_an_alarm_that_could_not_start_an_execution_is_replayed(cloud: EmbeddedCloud) -> None:
    flag = "unheard"
    site = Site.build(cloud, new_flags(cloud, {"flags": {flag: {"enabled": True}}}), "unheard")
    name = create_alarm(cloud, flag)
    with taken_away(
        cloud, site.stack, "RollbackStateMachineAlarmFiredRole", "states:StartExecution"
    ):
        cloud.client("cloudwatch").set_alarm_state(
            AlarmName=name, StateValue="ALARM", StateReason="test"
        )
        wait_for(lambda: waiting(site), "the dead letter", seconds=60)
    assert site.executions() == []

    done = replay(site)

    assert done.returncode == 0, done.stderr
    assert "states:StartExecution" in done.stdout
    (execution,) = site.executions()
    assert site.await_end(execution).output["outcome"] == "rolled_back"
    assert waiting(site) == 0
    assert "No dead letters" in replay(site).stdout


def test_a_failure_that_could_not_be_announced_is_announced(site: Site) -> None:
    run = site.run(alarm_event("no-such-flag"))
    site.notices(run.arn)
    event = {
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": run.arn,
            "status": "FAILED",
            "error": "FlagNotFoundError",
            "input": run.description["input"],
        },
    }
    record = {"requestPayload": event, "responsePayload": {"errorMessage": "throttled"}}
    site.cloud.client("sqs").send_message(
        QueueUrl=site.stack.outputs["DeadLetterQueueUrl"], MessageBody=json.dumps(record)
    )

    done = replay(site)

    assert done.returncode == 0, done.stderr
    assert "throttled" in done.stdout
    assert waiting(site) == 0
    # The state machine had told already, so the notifier stays silent.
    assert site.notices(run.arn, expected=0) == []


def test_a_stack_that_is_not_there_is_one_sentence(site: Site) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flag_rollback.commands.replay", "--stack", "no-such-stack"],
        cwd=REPOSITORY,
        env={**os.environ, **site.cloud.environment()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "no-such-stack" in done.stderr
    assert "Traceback" not in done.stderr
    assert FLAG not in done.stderr
