"""Services as a role with given permissions sees them."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Literal

import boto3

if TYPE_CHECKING:
    from appconfig_rollback.untyped import AwsClient
    from local.cloud import EmbeddedCloud

ACCOUNT = "arn:aws:iam::123456789012:root"


def allow(*actions: str, resource: str = "*", **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **condition}


def acting_as(
    cloud: EmbeddedCloud,
    service: Literal["appconfig", "cloudwatch", "sns"],
    *statements: dict[str, Any],
) -> AwsClient:
    """A service as a role with these statements sees it."""
    name = f"role-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    iam = cloud.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(*statements))
    keys = cloud.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::123456789012:role/{name}", RoleSessionName="test"
    )["Credentials"]
    return boto3.client(
        service,
        endpoint_url=cloud.endpoint_url,
        region_name=cloud.region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
