"""A team's site on the embedded cloud: its flags, its alarm, and this project's stack."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from appconfig_rollback.plain_text import readable_cause
from flag_rollback.waiting import wait_for
from local.cloud import ACCOUNT_ID, REGION, REPOSITORY
from local.contributors import contributor_id
from local.demo_flags import DemoFlags, create_demo_flags, create_unfed_alarm, deployments, release
from local.faults import Fault
from local.following import ended, events
from local.stack import TEMPLATE, Stack, deploy
from local.template_permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from appconfig_rollback.untyped import AwsAnswer, Json
    from local.cloud import EmbeddedCloud

#: The sample of the alarm's event that the tests read, too.
_EVENT = REPOSITORY / "tests" / "events" / "metric_alarm.json"
FLAG = "new-checkout"
DOCUMENT: dict[str, Any] = {
    "flags": {
        FLAG: {"enabled": True, "rolloutPercentage": 50},
        "search-v2": {"enabled": True, "rolloutPercentage": 1.0},
    }
}


@dataclass(frozen=True)
class Site:
    """What workflow tests, storms and faults act on and look at."""

    cloud: EmbeddedCloud
    flags: DemoFlags
    stack: Stack
    inbox: str

    @classmethod
    def build(
        cls,
        cloud: EmbeddedCloud,
        flags: DemoFlags,
        name: str,
        *,
        functions_endpoint: str = "",
        template: Path | str = TEMPLATE,
        **parameters: str,
    ) -> Site:
        """Deploy the stack for the flags, and subscribe a queue to its topic.

        Its rollbacks are watched only where `WatchMinutes` is given.

        The environment variable WITHOUT takes a permission out of the template first, such as
        `WITHOUT=NotifyFunction:sns:Publish`: `make permissions` looks at what fails then.
        """
        without = os.environ.get("WITHOUT")
        lacking = Permission.parse(without) if without else None
        stack = deploy(
            cloud,
            flags.parameters() | {"WatchMinutes": "0"} | parameters,
            name=name,
            template=Path(template),
            lacking=lacking,
            functions_endpoint=functions_endpoint,
        )
        return cls(cloud, flags, stack, _subscribed_queue(cloud, name, stack))

    def release(self, document: object, content_type: str = "application/json") -> int:
        """Release a document (JSON value, text or bytes); returns its version number."""
        text = document if isinstance(document, str | bytes) else json.dumps(document)
        return release(self.cloud, self.flags, text, content_type)

    def start(self, source: object) -> str:
        """Start an execution on an input; returns its ARN."""
        return self.cloud.client("stepfunctions").start_execution(
            stateMachineArn=self.stack.outputs["StateMachineArn"], input=json.dumps(source)
        )["executionArn"]

    def run(self, source: object, *, seconds: float = 60) -> EndedExecution:
        """Start an execution on an input and wait for its end."""
        return self.await_end(self.start(source), seconds=seconds)

    def hold(self, state: str) -> None:
        """Hold every execution that comes to a step, until it is let go."""
        self.cloud.faults.set(_held(state))

    def let_go(self, state: str) -> None:
        """Let the executions that are held at a step go on."""
        self.cloud.faults.clear(_held(state))

    def await_state(self, execution_arn: str, state: str) -> None:
        """Wait until an execution enters a state."""

        def entered() -> bool:
            return any(
                event.get("stateEnteredEventDetails", {}).get("name") == state
                for event in events(self.cloud, execution_arn)
            )

        wait_for(entered, f"state {state} of {execution_arn}", seconds=60)

    def await_end(self, execution_arn: str, *, seconds: float = 60) -> EndedExecution:
        """Wait for the end of an execution."""
        return EndedExecution(
            ended(self.cloud, execution_arn, seconds=seconds), events(self.cloud, execution_arn)
        )

    def redrive(self, execution_arn: str, *, seconds: float = 60) -> EndedExecution:
        """Redrive an execution and wait for its end."""
        stepfunctions = self.cloud.client("stepfunctions")
        stepfunctions.redrive_execution(executionArn=execution_arn)
        return self.await_end(execution_arn, seconds=seconds)

    def executions(self) -> list[str]:
        """List the executions of the stack's machine, the newest first."""
        found = self.cloud.client("stepfunctions").list_executions(
            stateMachineArn=self.stack.outputs["StateMachineArn"]
        )
        return [execution["executionArn"] for execution in found["executions"]]

    @property
    def environment(self) -> dict[str, Any]:
        """The AppConfig environment, as parameters of a call."""
        return {
            "ApplicationId": self.flags.application_id,
            "EnvironmentId": self.flags.environment_id,
        }

    def write(self, document: object, *, profile: str | None = None) -> int:
        """Write a hosted version and deploy nothing; returns its number."""
        return self.cloud.client("appconfig").create_hosted_configuration_version(
            ApplicationId=self.flags.application_id,
            ConfigurationProfileId=profile or self.flags.profile_id,
            Content=json.dumps(document).encode(),
            ContentType="application/json",
        )["VersionNumber"]

    def roll_out(
        self,
        document: object,
        *,
        strategy: str = "AppConfig.Linear20PercentEvery6Minutes",
        profile: str | None = None,
    ) -> int:
        """Begin to deploy a document, slowly by default; returns the deployment's number."""
        version = self.write(document, profile=profile)
        return self.cloud.client("appconfig").start_deployment(
            **self.environment,
            ConfigurationProfileId=profile or self.flags.profile_id,
            ConfigurationVersion=str(version),
            DeploymentStrategyId=strategy,
        )["DeploymentNumber"]

    def deployment(self, number: int) -> AwsAnswer:
        """Read a deployment."""
        return self.cloud.client("appconfig").get_deployment(
            **self.environment, DeploymentNumber=number
        )

    def versions(self) -> list[int]:
        """List the numbers of all hosted versions, whose contents nobody can change."""
        appconfig = self.cloud.client("appconfig")
        pages = appconfig.get_paginator("list_hosted_configuration_versions").paginate(
            **self._profile
        )
        return [item["VersionNumber"] for page in pages for item in page["Items"]]

    def deployments(self) -> list[Any]:
        """List the environment's deployments, the newest first."""
        return deployments(self.cloud, self.flags)

    def document(self, deployment: AwsAnswer) -> Json:
        """Read the document that a listed deployment has deployed."""
        return json.loads(self.content(int(deployment["ConfigurationVersion"])))

    def served(self) -> Json:
        """Read the document of the newest completed deployment."""
        return self.document(
            next(
                item
                for item in self.deployments()
                if item["State"] == "COMPLETE"
                and item["ConfigurationProfileId"] == self.flags.profile_id
            )
        )

    def content(self, version: int) -> bytes:
        """Read a hosted version."""
        answer = self.cloud.client("appconfig").get_hosted_configuration_version(
            **self._profile, VersionNumber=version
        )
        return answer["Content"].read()

    @property
    def _profile(self) -> dict[str, Any]:
        return {
            "ApplicationId": self.flags.application_id,
            "ConfigurationProfileId": self.flags.profile_id,
        }

    def notices(self, *execution_arns: str, expected: int = 1) -> list[dict[str, Any]]:
        """Wait for the notices of executions, the documents for programs; drops all others."""
        found: list[dict[str, Any]] = []
        sqs = self.cloud.client("sqs")

        def arrived() -> bool:
            answer = sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                notice = json.loads(message["Body"])
                if notice["executionArn"] in execution_arns:
                    found.append(notice)
                sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=message["ReceiptHandle"])
            return len(found) >= expected

        if expected:
            wait_for(arrived, f"{expected} notice(s) of {execution_arns}", seconds=60)
        else:
            arrived()
        return found


@dataclass(frozen=True)
class EndedExecution:
    """An execution that has ended."""

    description: DescribeExecutionOutputTypeDef
    events: list[Any]

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self.description["executionArn"]

    @property
    def status(self) -> str:
        """How it ended, as Step Functions says."""
        return self.description["status"]

    @property
    def output(self) -> Json:
        """Its output; AssertionError with the cause where it has none."""
        assert self.status == "SUCCEEDED", f"{self.status}, {self.error}: {self.cause}"
        return json.loads(self.description["output"])

    @property
    def error(self) -> str:
        """The error's name; empty where it succeeded."""
        return self.description.get("error", "")

    @property
    def cause(self) -> str:
        """The error's cause, readable; empty where it succeeded."""
        return readable_cause(self.description.get("cause", ""))

    @property
    def states(self) -> list[str]:
        """The states it entered, in order."""
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in self.events
            if event["type"].endswith("StateEntered")
        ]

    @property
    def state_data(self) -> dict[str, str]:
        """The JSON text that each state was entered with."""
        return {
            event["stateEnteredEventDetails"]["name"]: event["stateEnteredEventDetails"]["input"]
            for event in self.events
            if event["type"].endswith("StateEntered")
        }


def _held(state: str) -> Fault:
    return Fault("lambda:InvokeFunction", about=f"-{state}Function", held=True)


def alarm_event(
    flag: str = FLAG,
    *,
    at: datetime | None = None,
    value: str = "ALARM",
    name: str | None = None,
    tags: Mapping[str, str] | None = None,
    contributor: Mapping[str, str] | None = None,
) -> Json:
    """Make the event of a flag's alarm, firing now unless told otherwise.

    Or of one of another name; with tags that have travelled in it (Amazon CloudWatch user guide,
    "Alarm tags in action payloads"), or of its series with these dimensions (same guide, "Alarm
    events and EventBridge").
    """
    event = json.loads(_EVENT.read_text(encoding="utf-8"))
    detail, named = event["detail"], name or f"FeatureFlag-{flag}-ErrorRate"
    event |= {
        "account": ACCOUNT_ID,
        "region": REGION,
        "resources": [f"arn:aws:cloudwatch:{REGION}:{ACCOUNT_ID}:alarm:{named}"],
    }
    detail["alarmName"] = named
    detail["state"] |= {
        "value": value,
        "timestamp": (at or datetime.now(UTC)).isoformat(timespec="milliseconds"),
    }
    if tags is not None:
        detail |= {"alarmTags": dict(tags), "alarmTagsStatus": "SUCCESS"}
    if contributor is not None:
        event["detail-type"] = "CloudWatch Alarm Contributor State Change"
        detail["alarmContributor"] = {
            "id": contributor_id(contributor),
            "attributes": dict(contributor),
        }
        # As AWS's own sample has it (same page, "Multi Time Series Alarm").
        query = "SELECT AVG(ErrorRate) FROM FeatureFlags GROUP BY FeatureFlagName"
        metric = {"id": "q1", "expression": query, "period": 60, "returnData": True}
        detail["configuration"]["metrics"] = [metric]
        del detail["previousState"], detail["state"]["reasonData"]
    return event


def other_alarm(
    cloud: EmbeddedCloud, name: str, state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
) -> None:
    """Make an alarm on a metric that nothing feeds, or take the one there is; set its state."""
    create_unfed_alarm(cloud, name)
    cloud.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")


def new_flags(
    cloud: EmbeddedCloud, document: object = DOCUMENT, *, profile_type: str = "AWS.Freeform"
) -> DemoFlags:
    """Make an application of its own and release a document in it."""
    return create_demo_flags(cloud, json.dumps(document), profile_type=profile_type)


def _subscribed_queue(cloud: EmbeddedCloud, name: str, stack: Stack) -> str:
    sqs = cloud.client("sqs")
    arn = f"arn:aws:sqs:{cloud.region}:{cloud.account_id}:{name}-inbox"
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    url = sqs.create_queue(
        QueueName=f"{name}-inbox", Attributes={"Policy": json.dumps({"Statement": [allowed]})}
    )["QueueUrl"]
    cloud.client("sns").subscribe(
        TopicArn=stack.outputs["NotificationTopicArn"],
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    return url
