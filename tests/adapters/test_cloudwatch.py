"""Metrics are written to CloudWatch, and alarms of every kind are read from it."""

from __future__ import annotations

from typing import Any

import pytest

from appconfig_rollback.adapters import metrics
from appconfig_rollback.adapters.alarms import current_state
from appconfig_rollback.adapters.aws import client
from appconfig_rollback.errors import PermissionDeniedError, RetryLaterError

ALARMS = [("y", "OK"), ("x", "ALARM")]
pytestmark = pytest.mark.usefixtures("_mocked_aws")


def _metric_alarm(name: str, state: str) -> None:
    client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="FeatureFlags",
        MetricName="ErrorRate",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")


@pytest.mark.parametrize("state", ["ALARM", "OK", "INSUFFICIENT_DATA"])
def test_the_state_of_a_metric_alarm_is_read(state: str) -> None:
    _metric_alarm("größe 1", state)
    _metric_alarm("größe 10", "OK" if state == "ALARM" else "ALARM")

    assert current_state("größe 1") == state


@pytest.mark.parametrize("kind", ["CompositeAlarms", "LogAlarms"])
def test_the_state_of_an_alarm_of_another_kind_is_read(kind: str) -> None:
    from botocore.stub import Stubber

    other, wanted = ({"AlarmName": name, "StateValue": state} for name, state in ALARMS)
    answer = {"MetricAlarms": [other], kind: [other, wanted]}
    with Stubber(client("cloudwatch")) as stub:
        stub.add_response("describe_alarms", answer)

        assert current_state("x") == "ALARM"


def test_an_answer_that_lists_no_kind_of_alarm_is_worth_another_try() -> None:
    from botocore.stub import Stubber

    with Stubber(client("cloudwatch")) as stub:
        stub.add_response("describe_alarms", {})
        with pytest.raises(
            RetryLaterError,
            match=r"alarm 'x' \(cloudwatch:DescribeAlarms\): .* the answer lists no alarms$",
        ):
            current_state("x")


def test_an_alarm_that_does_not_exist_has_no_state() -> None:
    assert current_state("gone") is None


def test_every_kind_of_alarm_is_asked_for() -> None:
    asked: list[dict[str, Any]] = []
    client("cloudwatch").meta.events.register(
        "provide-client-params.cloudwatch.DescribeAlarms",
        lambda params, **_: asked.append(dict(params)),
    )

    current_state("x")

    assert asked[0]["AlarmNames"] == ["x"]
    assert set(asked[0]["AlarmTypes"]) == {"MetricAlarm", "CompositeAlarm", "LogAlarm"}


def test_metrics_are_written_below_the_namespace_of_the_project() -> None:
    dimension = {"Name": "FeatureFlagName", "Value": "a"}
    metrics.put(
        [
            {"MetricName": "Count", "Value": 1, "Unit": "Count", "Dimensions": [dimension]},  # type: ignore[list-item]
            {"MetricName": "Took", "Value": 2.5, "Unit": "Seconds"},
        ]
    )

    written = client("cloudwatch").list_metrics(Namespace="FeatureFlags")["Metrics"]

    assert {metric["MetricName"]: metric["Dimensions"] for metric in written} == {
        "Count": [dimension],
        "Took": [],
    }


def test_a_metric_that_may_not_be_written_is_an_error_of_ours() -> None:
    from botocore.stub import Stubber

    with Stubber(client("cloudwatch")) as stub:
        stub.add_client_error("put_metric_data", "AccessDenied", http_status_code=403)
        with pytest.raises(PermissionDeniedError, match=r"'FeatureFlags' \(cloudwatch:PutMetricD"):
            metrics.put([{"MetricName": "x", "Value": 1}])
