"""EventBridge: what reaches no target, or fails there, is not lost."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from typing import TYPE_CHECKING

import pytest

from flag_rollback.waiting import wait_for
from tests.local.eavesdropping import create_queue, next_message
from tests.local.gaps import on_both_clouds, patience
from tests.local.machines import create_machine, create_role

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

NOTHING = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


def send_to(
    cloud: EmbeddedCloud, machine: str, role: str, *, may_bury: bool = True
) -> tuple[str, str]:
    """Send an event to a machine by a new rule; answers dead-letter queue and rule's ARN."""
    url, queue = create_queue(cloud)
    source = rule = f"rule-{uuid.uuid4().hex[:8]}"
    events = cloud.client("events")
    arn = events.put_rule(Name=rule, EventPattern=json.dumps({"source": [source]}))["RuleArn"]
    burying = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": arn if may_bury else f"{arn}-other"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [burying]})
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    target = {"Id": "machine", "Arn": machine, "RoleArn": role}
    events.put_targets(Rule=rule, Targets=[target | {"DeadLetterConfig": {"Arn": queue}}])  # type: ignore[list-item]
    events.put_events(Entries=[{"Source": source, "DetailType": "Test", "Detail": '{"n": 1}'}])
    return url, arn


def test_a_role_that_may_not_start_the_machine_makes_a_dead_letter(cloud: EmbeddedCloud) -> None:
    machine = create_machine(cloud, NOTHING)
    url, rule = send_to(cloud, machine, create_role(cloud, "events.amazonaws.com"))
    message = next_message(cloud, url)
    told = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["detail"] == {"n": 1}
    assert (told["RULE_ARN"], told["TARGET_ARN"]) == (rule, machine)
    assert told["ERROR_CODE"] == "NO_PERMISSIONS"
    assert "is not authorized to perform: states:StartExecution" in told["ERROR_MESSAGE"]
    listed = cloud.client("stepfunctions").list_executions(stateMachineArn=machine)
    assert listed["executions"] == []


def test_a_machine_that_is_gone_makes_a_dead_letter(cloud: EmbeddedCloud) -> None:
    gone = "arn:aws:states:us-east-1:123456789012:stateMachine:gone"
    allow = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": gone}
    url, _ = send_to(cloud, gone, create_role(cloud, "events.amazonaws.com", allow))
    told = next_message(cloud, url)["MessageAttributes"]
    assert told["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"


def test_a_queue_takes_dead_letters_only_of_the_rules_that_its_policy_names(
    cloud: EmbeddedCloud,
) -> None:
    machine = create_machine(cloud, NOTHING)
    role = create_role(cloud, "events.amazonaws.com")
    url, rule = send_to(cloud, machine, role, may_bury=False)

    def denied() -> bool:
        return (f"events.amazonaws.com:{rule}", "sqs:SendMessage") in cloud.denials()

    wait_for(denied, "the denial", seconds=patience(cloud))
    assert cloud.client("sqs").receive_message(QueueUrl=url).get("Messages", []) == []


def test_a_function_that_fails_sends_the_event_to_its_destination(cloud: EmbeddedCloud) -> None:
    url, queue = create_queue(cloud)
    name = source = f"fails-{uuid.uuid4().hex[:8]}"
    function = failing_function(cloud, name)
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )
    events = cloud.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=name, Targets=[{"Id": "function", "Arn": function}])
    events.put_events(Entries=[{"Source": source, "DetailType": "Test", "Detail": '{"n": 1}'}])
    letter = json.loads(next_message(cloud, url)["Body"])
    assert letter["requestPayload"]["detail"] == {"n": 1}


def failing_function(cloud: EmbeddedCloud, name: str) -> str:
    """Make a function whose process ends at once."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        bootstrap = zipfile.ZipInfo("bootstrap")
        bootstrap.external_attr = 0o755 << 16
        archive.writestr(bootstrap, "#!/bin/sh\nexit 1\n")
    return cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="provided.al2023",
        Handler="none",
        Role=create_role(cloud, "lambda.amazonaws.com"),
        Code={"ZipFile": package.getvalue()},
    )["FunctionArn"]
