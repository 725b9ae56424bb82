"""IAM: the condition keys and resources that the template uses."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError

from local.demo_flags import create_alarm
from tests.local.acting import acting_as, allow
from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

    from local.cloud import EmbeddedCloud

POLICY = """{"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*",
    "Condition": {"StringEquals": {"cloudwatch:namespace": "FeatureFlags"}}}}"""


def limited_client(cloud: EmbeddedCloud) -> CloudWatchClient:
    """CloudWatch as a user sees it who may write into one namespace only."""
    iam = cloud.client("iam")
    user = f"user-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="metrics", PolicyDocument=POLICY)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return boto3.client(
        "cloudwatch",
        endpoint_url=cloud.endpoint_url,
        region_name=cloud.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


@pytest.mark.cloud
@on_both_clouds
def test_put_metric_data_is_allowed_by_namespace(cloud: EmbeddedCloud) -> None:
    cloudwatch = limited_client(cloud)
    cloudwatch.put_metric_data(Namespace="FeatureFlags", MetricData=[{"MetricName": "A"}])
    with pytest.raises(ClientError, match="not authorized"):
        cloudwatch.put_metric_data(Namespace="Other", MetricData=[{"MetricName": "A"}])


@pytest.mark.cloud
@on_both_clouds
def test_tags_are_read_of_the_alarms_that_a_policy_names(cloud: EmbeddedCloud) -> None:
    one, other = (
        f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{create_alarm(cloud, flag)}"
        for flag in ("named", "unnamed")
    )
    reading = allow("cloudwatch:ListTagsForResource", resource=one)
    cloudwatch = acting_as(cloud, "cloudwatch", reading)

    assert cloudwatch.list_tags_for_resource(ResourceARN=one)["Tags"] == []
    with pytest.raises(ClientError, match="not authorized"):
        cloudwatch.list_tags_for_resource(ResourceARN=other)
