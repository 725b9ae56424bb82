"""Live code on moto's interpreter: this project's handlers behind moto's simple Lambda."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from appconfig_rollback.adapters import clock
from tests.contract.shipped import TASKS
from tests.engines.cases import CASES
from tests.engines.engine import ALARM_EVENT, Engine, Walk
from tests.engines.live_functions import LIVE, LiveFunctions, behind_moto
from tests.engines.moto_answers import parsing_once, without_waiting
from tests.engines.test_moto import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.untyped import AwsClient, Json
    from tests.engines.case import Case

pytestmark = pytest.mark.thorough

BY_NAME = {case.name: case for case in CASES}
SETTINGS = {
    "APPCONFIG_APPLICATION": "app1234",
    "APPCONFIG_ENVIRONMENT": "env1234",
    "APPCONFIG_PROFILE": "prof123",
    "ALARM_NAME_PREFIX": "FeatureFlag-",
    "ALARM_NAME_SUFFIX": "-ErrorRate",
    "MAX_ALARM_AGE_MINUTES": "15",
    "ROLLBACK_MODE": "auto",
}


class Live:
    """An engine of moto's with live functions, a topic and its subscriber."""

    def __init__(self) -> None:
        self.engine = Engine.with_machine("moto", _client("stepfunctions"), takes_test_cases=False)
        self._sqs = _client("sqs")
        self._inbox = self._sqs.create_queue(QueueName="inbox")["QueueUrl"]
        self._topic = _client("sns").create_topic(Name="notices")["TopicArn"]
        _client("sns").subscribe(
            TopicArn=self._topic,
            Protocol="sqs",
            Endpoint="arn:aws:sqs:us-east-1:123456789012:inbox",
            Attributes={"RawMessageDelivery": "true"},
        )

    def run(self, case: str, event: Json) -> tuple[Walk, LiveFunctions]:
        with behind_moto(case, SNS_TOPIC_ARN=self._topic, **SETTINGS) as functions:
            started = self.engine.stepfunctions.start_execution(
                stateMachineArn=self.engine.machine_arn,
                name=f"{case}-live",
                input=json.dumps(event),
            )
            walk = self.engine.await_end(started["executionArn"], seconds=60)
        return walk, functions

    def notices(self) -> list[dict[str, Any]]:
        """Take the notices out of the subscriber's queue."""
        answer = self._sqs.receive_message(QueueUrl=self._inbox, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            self._sqs.delete_message(QueueUrl=self._inbox, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def _client(service: str) -> AwsClient:
    client: Any = boto3.client  # the stubs know each service by its literal name only
    return client(
        service,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def alarm(value: str = "ALARM", name: str = "FeatureFlag-new-checkout-ErrorRate") -> Json:
    """Make the event of an alarm that changed just now."""
    event = json.loads(ALARM_EVENT)
    event["detail"]["alarmName"] = name
    event["detail"]["state"] = {
        "value": value,
        "reason": "too many errors",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    return event


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with mock_aws(config=CONFIG), without_waiting(), parsing_once():
        yield Live()


def of_live_states(case: Case) -> list[str]:
    return [step for step in case.trail if step in LIVE]


def test_live_code_tells_and_counts_a_rollback(live: Live) -> None:
    case = BY_NAME["RollsBack"]

    walk, functions = live.run(case.name, alarm())

    assert walk.trail == case.trail, walk.description
    assert functions.called == of_live_states(case)
    output = json.loads(walk.description["output"])
    assert output["outcome"] == "rolled_back"
    assert output["reason"] == "too many errors"
    (notice,) = live.notices()
    assert (notice["action"], notice["outcome"]) == ("rollback", "rolled_back")
    assert notice["flags"] == [{"flag": "new-checkout", "outcome": "rolled_back"}]
    assert notice["executionArn"] == walk.description["executionArn"]
    assert "AutomatedRollback" in _metrics()


def test_live_code_ignores_an_alarm_that_calms_down(live: Live) -> None:
    case = BY_NAME["IgnoresAnAlarmThatIsNotActionable"]

    walk, functions = live.run(case.name, alarm("OK"))

    assert walk.trail == case.trail, walk.description
    # FetchConfig looks at nothing here, so no function of this case is mocked.
    assert functions.called == [step for step in case.trail if step in TASKS]
    output = json.loads(walk.description["output"])
    assert output["outcome"] == "ignored"
    assert output["reason"] == "the alarm went to OK, not to ALARM"
    assert live.notices() == []
    assert "AutomatedRollbackSkipped" in _metrics()


def test_live_code_fails_red_and_announced(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    case = BY_NAME["FailsInParseAlarm"]
    monkeypatch.setattr(clock, "_LOOK_AGAIN_AFTER", ())  # no redrive to wait for on moto

    walk, functions = live.run(case.name, alarm(name="Disk full"))

    assert walk.trail == case.trail, walk.description
    assert functions.called == of_live_states(case)
    assert walk.description["status"] == "FAILED"
    assert walk.description["error"] == case.error
    (notice,) = live.notices()
    assert (notice["action"], notice["failedState"]) == ("rollback_failed", "ParseAlarm")


def _metrics() -> set[str]:
    found = _client("cloudwatch").list_metrics(Namespace="FeatureFlags")["Metrics"]
    return {metric["MetricName"] for metric in found}
