"""Writes the rollback's metrics to CloudWatch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appconfig_rollback.adapters.aws import client, named_errors

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

NAMESPACE = "FeatureFlags"


def put(metrics: list[MetricDatumTypeDef]) -> None:
    """Write metrics below the project's namespace."""
    cloudwatch: CloudWatchClient = client("cloudwatch")
    with named_errors(f"writing metrics to {NAMESPACE!r} (cloudwatch:PutMetricData)"):
        cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=metrics)
