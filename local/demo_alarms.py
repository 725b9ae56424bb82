"""Alarms that guard flags otherwise than by their names: by tags, and by their series."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flag_rollback.waiting import wait_for
from local.demo_flags import METRIC_NAME, METRIC_NAMESPACE, THRESHOLD_PERCENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.cloud import EmbeddedCloud

#: What the alarm of a service watches: a metric without dimensions.
SERVICE_NAMESPACE = "Storefront"


def create_tagged_alarm(
    cloud: EmbeddedCloud,
    name: str,
    tags: Mapping[str, str],
    propagation: Mapping[str, Any] | None = None,
) -> str:
    """Make a service's alarm with tags, by CloudFormation as a team would; returns its ARN.

    The tags travel in its events unless ``propagation`` (AlarmTagsPropagation) says otherwise: an
    empty one leaves them out, as alarms do by default.
    """
    asked = {"Enabled": True} if propagation is None else propagation
    properties = {
        "AlarmName": name,
        "AlarmDescription": "Error rate of all requests of the service",
        "Namespace": SERVICE_NAMESPACE,
        "MetricName": name,
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": THRESHOLD_PERCENT,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        **({"ActionConfiguration": {"AlarmTagsPropagation": asked}} if asked else {}),
    }
    resource = {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
    cloudformation = cloud.client("cloudformation")
    stack = cloudformation.create_stack(
        StackName=f"alarm-{name}", TemplateBody=json.dumps({"Resources": {"Alarm": resource}})
    )["StackId"]

    def made() -> bool:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        return found["StackStatus"] == "CREATE_COMPLETE"

    wait_for(made, f"stack {stack}", seconds=30)
    (alarm,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return alarm["AlarmArn"]


def breach_service(cloud: EmbeddedCloud, name: str, error_rate: float = 12.7) -> None:
    """Report an error rate above the threshold, of two minutes at once: the alarm fires."""
    now = datetime.now(UTC)
    cloud.client("cloudwatch").put_metric_data(
        Namespace=SERVICE_NAMESPACE,
        MetricData=[
            {"MetricName": name, "Value": error_rate, "Unit": "Percent", "Timestamp": moment}
            for moment in (now - timedelta(minutes=1), now)
        ],
    )


def create_series_alarm(cloud: EmbeddedCloud, name: str, dimension: str = "FeatureFlagName") -> str:
    """Make an alarm on a query with a series per flag; returns its ARN.

    MiniStack evaluates no such query: ``EmbeddedCloud.contributors`` says which series fire.
    """
    query = f"SELECT AVG({METRIC_NAME}) FROM {METRIC_NAMESPACE} GROUP BY {dimension}"  # noqa: S608
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        AlarmDescription=f"Error rate of requests, by {dimension}",
        Metrics=[{"Id": "q1", "Expression": query, "Period": 60}],
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        Threshold=THRESHOLD_PERCENT,
        ComparisonOperator="GreaterThanThreshold",
    )
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return alarm["AlarmArn"]
