"""CloudWatch: alarms as EventBridge and DescribeAlarms tell of them."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from local.demo_alarms import breach_service, create_tagged_alarm
from local.demo_flags import breach, create_alarm, recover
from local.stack import create
from tests.local.eavesdropping import listen
from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.literals import StateValueType
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]


@pytest.fixture
def flag() -> str:
    return f"flag-{uuid.uuid4().hex[:8]}"


def put_metric_math_alarm(cloud: EmbeddedCloud, name: str) -> None:
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        EvaluationPeriods=1,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[
            {"Id": "rate", "Expression": "100 * errors / all", "Label": "Error rate"},
            {
                "Id": "errors",
                "MetricStat": {
                    "Metric": {"Namespace": "FeatureFlags", "MetricName": "Errors"},
                    "Period": 60,
                    "Stat": "Sum",
                },
                "ReturnData": False,
            },
        ],
    )


def set_state(cloud: EmbeddedCloud, alarm: str, state: StateValueType, **more: str) -> None:
    cloud.client("cloudwatch").set_alarm_state(
        AlarmName=alarm, StateValue=state, StateReason=f"drill: {state}", **more
    )


def described(cloud: EmbeddedCloud, alarm: str) -> MetricAlarmTypeDef:
    [found] = cloud.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    return found


def test_an_alarm_that_goes_off_is_an_event(cloud: EmbeddedCloud, flag: str) -> None:
    next_event = listen(cloud, "aws.cloudwatch")
    alarm = create_alarm(cloud, flag, needed=1, of=1)
    breach(cloud, flag, 12.7)
    event = next_event()
    arn = f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{alarm}"
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert (event["account"], event["region"]) == ("123456789012", "us-east-1")
    assert event["resources"] == [arn]
    detail = event["detail"]
    assert detail["alarmName"] == alarm
    assert detail["configuration"]["description"] == f"Error rate of requests served with {flag} on"
    [metric] = detail["configuration"]["metrics"]
    assert metric["returnData"] is True
    assert metric["metricStat"] == {
        "metric": {
            "namespace": "FeatureFlags",
            "name": "ErrorRate",
            "dimensions": {"FeatureFlagName": flag},
        },
        "period": 60,
        "stat": "Average",
    }
    assert detail["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert detail["previousState"]["reason"] == "Unchecked: Initial alarm creation"
    assert detail["state"]["value"] == "ALARM"
    assert "[12.7 (" in detail["state"]["reason"]
    assert "was greater than the threshold (5.0)" in detail["state"]["reason"]
    assert json.loads(detail["state"]["reasonData"])["recentDatapoints"] == [12.7]
    moment = datetime.fromisoformat(detail["state"]["timestamp"])
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 60


def test_the_event_of_a_recovery_tells_the_state_before(cloud: EmbeddedCloud, flag: str) -> None:
    next_event = listen(cloud, "aws.cloudwatch")
    create_alarm(cloud, flag)
    breach(cloud, flag)
    fired = next_event()["detail"]["state"]
    recover(cloud, flag)
    detail = next_event()["detail"]
    assert detail["state"]["value"] == "OK"
    assert detail["previousState"] == fired


def test_an_alarm_on_metric_math_tells_its_metrics(cloud: EmbeddedCloud, flag: str) -> None:
    next_event = listen(cloud, "aws.cloudwatch")
    put_metric_math_alarm(cloud, flag)
    set_state(cloud, flag, "ALARM")
    configuration = next_event()["detail"]["configuration"]
    assert configuration["metrics"] == [
        {
            "id": "rate",
            "expression": "100 * errors / all",
            "label": "Error rate",
            "returnData": True,
        },
        {
            "id": "errors",
            "metricStat": {
                "metric": {"namespace": "FeatureFlags", "name": "Errors", "dimensions": {}},
                "period": 60,
                "stat": "Sum",
            },
            "returnData": False,
        },
    ]
    assert "description" not in configuration


def test_describe_alarms_tells_the_metrics_of_metric_math(cloud: EmbeddedCloud, flag: str) -> None:
    put_metric_math_alarm(cloud, flag)
    assert [metric["Id"] for metric in described(cloud, flag)["Metrics"]] == ["rate", "errors"]


def test_a_template_may_have_alarms_on_metric_math(cloud: EmbeddedCloud, flag: str) -> None:
    metrics = [{"Id": "rate", "Expression": "SELECT MAX(A) FROM B GROUP BY C", "Period": 60}]
    properties = {
        "AlarmName": flag,
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        "Metrics": metrics,
    }
    document = {"Resources": {"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}}

    create(cloud.client("cloudformation"), flag, document, {})

    alarm = described(cloud, flag)
    assert alarm["Metrics"] == metrics
    assert "MetricName" not in alarm


def test_a_composite_alarm_tells_its_rule(cloud: EmbeddedCloud, flag: str) -> None:
    child = create_alarm(cloud, flag)
    cloud.client("cloudwatch").put_composite_alarm(
        AlarmName=f"{child}-all", AlarmRule=f'ALARM("{child}")'
    )
    next_event = listen(cloud, "aws.cloudwatch")
    breach(cloud, flag)
    events = {
        event["detail"]["alarmName"]: event["detail"] for event in (next_event(), next_event())
    }
    composite = events[f"{child}-all"]
    assert composite["configuration"] == {"alarmRule": f'ALARM("{child}")'}
    assert composite["state"]["value"] == "ALARM"
    [trigger] = json.loads(composite["state"]["reasonData"])["triggeringAlarms"]
    assert trigger["arn"].endswith(child)


def test_a_metric_alarm_tells_when_it_changed(cloud: EmbeddedCloud, flag: str) -> None:
    alarm = create_alarm(cloud, flag)
    set_state(cloud, alarm, "ALARM")
    changed = described(cloud, alarm)["StateTransitionedTimestamp"]
    create_alarm(cloud, flag)  # a change of its configuration is no change of its state
    assert described(cloud, alarm)["StateTransitionedTimestamp"] == changed


def test_an_alarm_watches_its_own_dimensions(cloud: EmbeddedCloud, flag: str) -> None:
    alarm = create_alarm(cloud, flag)
    breach(cloud, f"not-{flag}")
    assert described(cloud, alarm)["StateValue"] == "INSUFFICIENT_DATA"


def test_two_of_three_datapoints_make_an_alarm(cloud: EmbeddedCloud, flag: str) -> None:
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=flag,
        Namespace=flag,
        MetricName="ErrorRate",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=5,  # so that no point leaves the window while this is tried
        DatapointsToAlarm=2,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    now = datetime.now(UTC)
    for minutes_ago, rate, expected in ((2, 900.0, "OK"), (1, 1.0, "OK"), (0, 7.0, "ALARM")):
        cloudwatch.put_metric_data(
            Namespace=flag,
            MetricData=[
                {
                    "MetricName": "ErrorRate",
                    "Value": rate,
                    "Timestamp": now - timedelta(minutes=minutes_ago),
                }
            ],
        )
        assert described(cloud, flag)["StateValue"] == expected


def test_a_drill_leaves_no_old_reason_data(cloud: EmbeddedCloud, flag: str) -> None:
    alarm = create_alarm(cloud, flag)
    set_state(cloud, alarm, "ALARM", StateReasonData='{"old": true}')
    set_state(cloud, alarm, "OK")
    assert "StateReasonData" not in described(cloud, alarm)


@pytest.mark.parametrize(
    ("propagation", "travelling"),
    [
        ({"Enabled": True}, {"feature-flag": "a b", "team": "web"}),
        ({"Enabled": True, "IncludedTagKeys": ["feature-flag"]}, {"feature-flag": "a b"}),
        ({"Enabled": True, "ExcludedTagKeys": ["feature-flag"]}, {"team": "web"}),
    ],
)
def test_an_alarms_tags_travel_in_its_events(
    cloud: EmbeddedCloud, flag: str, propagation: dict[str, Any], travelling: dict[str, str]
) -> None:
    tags = {"feature-flag": "a b", "team": "web", "aws:cloudformation:stack-name": "not told"}
    create_tagged_alarm(cloud, flag, tags, propagation)
    next_event = listen(cloud, "aws.cloudwatch")

    breach_service(cloud, flag)

    detail = next_event()["detail"]
    assert (detail["alarmName"], detail["alarmTags"]) == (flag, travelling)
    assert detail["alarmTagsStatus"] == "SUCCESS"


@pytest.mark.parametrize("propagation", [{}, {"Enabled": False}])
def test_tags_stay_at_home_unless_the_alarm_says_otherwise(
    cloud: EmbeddedCloud, flag: str, propagation: dict[str, Any]
) -> None:
    create_tagged_alarm(cloud, flag, {"feature-flag": "a b"}, propagation)
    next_event = listen(cloud, "aws.cloudwatch")

    breach_service(cloud, flag)

    assert not {"alarmTags", "alarmTagsStatus"} & next_event()["detail"].keys()
