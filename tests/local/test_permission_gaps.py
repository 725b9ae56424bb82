"""Permissions that AWS asks for and MiniStack does not: each with the role that lacks it."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from flag_rollback.waiting import wait_for
from local.gaps.stepfunctions.permissions import LOG_DELIVERY
from tests.local.acting import acting_as, allow
from tests.local.gaps import on_both_clouds
from tests.local.machines import create_role

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import LoggingConfigurationTypeDef

    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

MONITOR_ROLE = "arn:aws:iam::123456789012:role/monitors"
NOTHING = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
LOG_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:executions:*"
LOGGING: LoggingConfigurationTypeDef = {
    "level": "ALL",
    "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": LOG_GROUP}}],
}


def in_stack(cloud: EmbeddedCloud, kind: str, properties: dict[str, Any]) -> tuple[str, str]:
    """Make a stack of one resource; its status, and the resource's id or why it failed."""
    name = f"stack-{uuid.uuid4().hex[:8]}"
    cloudformation = cloud.client("cloudformation")
    resources = {"Thing": {"Type": kind, "Properties": properties}}
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))

    def status() -> str | None:
        now = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        return None if now.endswith("_IN_PROGRESS") else now

    ended = wait_for(status, f"the end of {name}", seconds=60)
    if ended == "CREATE_COMPLETE":
        thing = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId="Thing")
        return ended, thing["StackResourceDetail"]["PhysicalResourceId"]
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    return ended, " ".join(event.get("ResourceStatusReason", "") for event in events)


def test_a_machine_that_logs_needs_every_action_of_log_delivery(cloud: EmbeddedCloud) -> None:
    stepfunctions = cloud.client("stepfunctions")
    whole = create_role(cloud, "states.amazonaws.com", allow(*LOG_DELIVERY))
    machine = stepfunctions.create_state_machine(
        name=f"logs-{uuid.uuid4().hex[:8]}",
        definition=NOTHING,
        roleArn=whole,
        loggingConfiguration=LOGGING,
    )["stateMachineArn"]

    for missing in LOG_DELIVERY:
        rest = [action for action in LOG_DELIVERY if action != missing]
        role = create_role(cloud, "states.amazonaws.com", allow(*rest))
        name = f"logs-{uuid.uuid4().hex[:8]}"
        with pytest.raises(ClientError, match="not authorized to access the Log Destination"):
            stepfunctions.create_state_machine(
                name=name, definition=NOTHING, roleArn=role, loggingConfiguration=LOGGING
            )
        with pytest.raises(ClientError, match="AccessDeniedException"):
            stepfunctions.update_state_machine(stateMachineArn=machine, roleArn=role)
        # One that does not log needs none of it.
        stepfunctions.create_state_machine(name=name, definition=NOTHING, roleArn=role)


def test_a_stack_whose_machine_may_not_log_fails(cloud: EmbeddedCloud) -> None:
    properties = {
        "DefinitionString": NOTHING,
        "RoleArn": create_role(cloud, "states.amazonaws.com"),
        "LoggingConfiguration": {
            "Level": "ALL",
            "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": LOG_GROUP}}],
        },
    }

    status, why = in_stack(cloud, "AWS::StepFunctions::StateMachine", properties)

    assert (status, "Log Destination" in why) == ("ROLLBACK_COMPLETE", True)


@pytest.mark.parametrize(
    "passing",
    [
        [],
        [allow("iam:PassRole", resource="arn:aws:iam::123456789012:role/other")],
        [
            allow(
                "iam:PassRole",
                resource=MONITOR_ROLE,
                Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
            )
        ],
    ],
    ids=["no role", "another role", "to another service"],
)
def test_who_changes_monitors_must_be_allowed_to_pass_their_roles(
    cloud: EmbeddedCloud, passing: list[dict[str, Any]]
) -> None:
    root = cloud.client("appconfig")
    application = root.create_application(Name="monitored")["Id"]
    environment = root.create_environment(ApplicationId=application, Name="production")["Id"]
    alarm = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:any"
    wanted: dict[str, Any] = {
        "ApplicationId": application,
        "EnvironmentId": environment,
        "Monitors": [{"AlarmArn": alarm, "AlarmRoleArn": MONITOR_ROLE}],
    }
    changing = allow("appconfig:UpdateEnvironment")
    to_appconfig = {"StringEquals": {"iam:PassedToService": "appconfig.amazonaws.com"}}
    right = allow("iam:PassRole", resource=MONITOR_ROLE, Condition=to_appconfig)

    acting_as(cloud, "appconfig", changing, right).update_environment(**wanted)
    acting_as(cloud, "appconfig", changing).update_environment(**{**wanted, "Monitors": []})
    refused = acting_as(cloud, "appconfig", changing, *passing)
    with pytest.raises(ClientError, match=f"iam:PassRole on resource: {MONITOR_ROLE}"):
        refused.update_environment(**wanted)

    assert "iam:PassRole" in {action for _, action in cloud.denials()}


def test_a_topic_of_a_stack_takes_notices_of_roles_that_may_publish(cloud: EmbeddedCloud) -> None:
    status, topic = in_stack(cloud, "AWS::SNS::Topic", {})
    assert status == "CREATE_COMPLETE"

    acting_as(cloud, "sns", allow("sns:Publish", resource=topic)).publish(
        TopicArn=topic, Message="allowed"
    )
    with pytest.raises(ClientError, match="not authorized"):
        acting_as(cloud, "sns").publish(TopicArn=topic, Message="not allowed")
