"""What IAM is asked about, and with which keys and resources, where MiniStack does otherwise."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from flag_rollback.waiting import wait_for
from local.users import create_user
from tests.local.acting import allow
from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

CREATED = "cloudformation:CreateStack", "cloudformation:DescribeStacks"
TOPIC = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}}


def as_user(cloud: EmbeddedCloud, service: str, *statements: dict[str, Any]) -> Any:  # noqa: ANN401
    """A service as a user with these statements sees it."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    user = create_user(cloud, f"user-{uuid.uuid4().hex[:8]}", document if statements else None)
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=cloud.endpoint_url,
        region_name=cloud.region,
        aws_access_key_id=user.key[0],
        aws_secret_access_key=user.key[1],
    )


def _status_of_a_stack(cloudformation: Any) -> str:  # noqa: ANN401
    name = f"stack-{uuid.uuid4().hex[:8]}"
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(TOPIC))

    def status() -> str | None:
        now = str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        return None if now.endswith("_IN_PROGRESS") else now

    return wait_for(status, f"the end of {name}", seconds=60)


def test_a_stack_has_in_it_what_its_deployer_may_make(cloud: EmbeddedCloud) -> None:
    topic = ("sns:CreateTopic", "sns:TagResource", "sns:GetTopicAttributes")
    may = as_user(cloud, "cloudformation", allow(*CREATED, *topic))
    may_not = as_user(cloud, "cloudformation", allow(*CREATED, *topic[1:]))

    assert _status_of_a_stack(may) == "CREATE_COMPLETE"
    assert _status_of_a_stack(may_not) == "ROLLBACK_COMPLETE"


def test_a_rule_of_the_default_bus_is_known_by_its_name_alone(cloud: EmbeddedCloud) -> None:
    name = f"rule-{uuid.uuid4().hex[:8]}"
    arn = f"arn:aws:events:{cloud.region}:{cloud.account_id}:rule/{name}"
    cloud.client("events").put_rule(Name=name, ScheduleExpression="rate(1 day)")
    actions = allow("events:DescribeRule", "events:ListTargetsByRule", resource=arn)
    events = as_user(cloud, "events", actions)

    assert events.describe_rule(Name=name)["Name"] == name
    assert events.list_targets_by_rule(Rule=name)["Targets"] == []


def test_the_accounts_settings_are_read_by_whom_they_are_allowed(cloud: EmbeddedCloud) -> None:
    assert as_user(cloud, "lambda", allow("lambda:GetAccountSettings")).get_account_settings()

    with pytest.raises(ClientError, match="lambda:GetAccountSettings"):
        as_user(cloud, "lambda").get_account_settings()


def test_a_request_counts_as_encrypted(cloud: EmbeddedCloud) -> None:
    only = {"Bool": {"aws:SecureTransport": "true"}}
    sqs = as_user(cloud, "sqs", allow("sqs:ListQueues", Condition=only))

    assert sqs.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


def _create_policy(cloud: EmbeddedCloud, characters: int) -> str:
    """Make a managed policy of so many characters, blanks not counted."""
    empty = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:GetObject", resource="")]})
    text = empty.replace('""', f'"{"a" * (characters - len(empty.replace(" ", "")))}"')
    name = f"policy-{uuid.uuid4().hex[:8]}"
    made = cloud.client("iam").create_policy(PolicyName=name, PolicyDocument=text)
    return str(made["Policy"]["Arn"])


def test_a_managed_policy_has_a_length_that_it_cannot_exceed(cloud: EmbeddedCloud) -> None:
    assert _create_policy(cloud, 6_144)

    with pytest.raises(ClientError, match=r"LimitExceeded.*PolicySize: 6144"):
        _create_policy(cloud, 6_145)


def test_a_role_takes_ten_managed_policies(cloud: EmbeddedCloud) -> None:
    iam, role = cloud.client("iam"), f"role-{uuid.uuid4().hex[:8]}"
    iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    arns = [_create_policy(cloud, 200) for _ in range(11)]
    for arn in (*arns[:10], arns[0]):
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)

    with pytest.raises(ClientError, match=r"LimitExceeded.*PoliciesPerRole: 10"):
        iam.attach_role_policy(RoleName=role, PolicyArn=arns[10])
