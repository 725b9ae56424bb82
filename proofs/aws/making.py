"""Makes what the verification works on. Every name carries the run's id, and so does a tag."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from functools import partial
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from flag_rollback.waiting import WaitedTooLongError, wait_for
from flag_rollback.watched import Place
from local.packaging import bootstrap, packaged
from local.stack import TEMPLATE, StackFailedError, create, template_url
from proofs.aws.account import Account, VerifyError
from tests.contract.shipped import FUNCTION_RESOURCES

TAG = "feature-flag-rollback-verify"
PREFIX = "flag-rollback-verify-"
#: The name of the environment and profile that experiments are tried in.
EXPERIMENTS = "experiments"
STACK_SECONDS = 900.0


class StackError(VerifyError):
    """CloudFormation could not make the stack; the message quotes its events."""


@dataclass(frozen=True)
class Names:
    """The names of everything that a run makes."""

    run_id: str

    @classmethod
    def fresh(cls) -> Names:
        """The names of a run that nobody has made yet."""
        return cls(secrets.token_hex(4))

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{8}", self.run_id):
            raise VerifyError(f"a run's id is 8 hexadecimal digits, not {self.run_id!r}")

    @property
    def common(self) -> str:
        """The name of stack, application, role, function and topic's subscriber."""
        return f"{PREFIX}{self.run_id}"

    @property
    def alarm_prefix(self) -> str:
        """What the alarms' names begin with; no other stack's rule waits for that."""
        return f"Verify-{self.run_id}-"

    def alarm(self, flag: str) -> str:
        """The name of a flag's alarm."""
        return f"{self.alarm_prefix}{flag}-ErrorRate"

    @property
    def flag(self) -> str:
        """The flag of the rollbacks that succeed; metrics are kept under it."""
        return f"verify-{self.run_id}"

    @property
    def late_flag(self) -> str:
        """The flag that is not in the document until a person puts it there."""
        return f"verify-{self.run_id}-late"

    @property
    def tags(self) -> dict[str, str]:
        """The tag by which everything of this run is found again."""
        return {TAG: self.run_id}

    def bucket(self, account: Account) -> str:
        """The name of the bucket; the account's id makes it unique in the world."""
        return f"{self.common}-{account.id}"


WHAT_IS_MADE = (
    "an AppConfig application with two environments, two profiles and two deployment strategies",
    f"the stack of template.yaml: {len(FUNCTION_RESOURCES)} functions, 2 state machines, rules, "
    "roles, a topic, 2 queues, 8 alarms, a dashboard, 2 log groups, a deployment strategy",
    "4 alarms of flags and of a monitor, whose state is set by hand",
    "an alarm with tags, one on a query, a metric for each, a rule and a queue that hear them",
    "a bucket for the stack's code, a queue subscribed to the topic, a role, a probe function",
)
WITH_EXPERIMENTS = "an environment, a profile and an experiment on a flag, in that application"


@dataclass(frozen=True)
class Made:
    """What there is to verify."""

    account: Account
    names: Names
    place: Place
    strategy: str  # at once, no bake
    outputs: dict[str, str]
    inbox: str  # the queue's URL


class Maker:
    """Makes one thing after the other."""

    def __init__(self, account: Account, names: Names, *, wait_scale: float = 1.0) -> None:
        self.account = account
        self.names = names
        self._wait_scale = wait_scale

    def make(self, monitor_role: str) -> Made:
        """Make everything that the contract needs; the stack may pass on the role of monitors."""
        place, strategy = self.flags()
        release(self.account, place, strategy, document(self.names.flag))
        outputs = self.stack(place, monitor_role)
        for flag in (self.names.flag, self.names.late_flag):
            make_alarm(self.account, self.names, self.names.alarm(flag))
        inbox = self.inbox(outputs["NotificationTopicArn"])
        return Made(self.account, self.names, place, strategy, outputs, inbox)

    def flags(self) -> tuple[Place, str]:
        """Make an application of flags; gives it with the strategy that deploys at once."""
        appconfig = self.account.client("appconfig")
        named: dict[str, Any] = {"Name": self.names.common, "Tags": self.names.tags}
        application = appconfig.create_application(**named)["Id"]
        environment = appconfig.create_environment(ApplicationId=application, **named)["Id"]
        profile = appconfig.create_configuration_profile(
            ApplicationId=application, LocationUri="hosted", **named
        )["Id"]
        strategy = make_strategy(self.account, self.names, "at-once", bake_minutes=0)
        return Place(application, environment, profile), strategy

    def stack(self, place: Place, monitor_role: str) -> dict[str, str]:
        """Deploy the template that ships; returns the stack's outputs.

        Raises:
            StackError: it cannot be created.
        """
        s3, bucket = self.account.client("s3"), self.names.bucket(self.account)
        elsewhere = {"LocationConstraint": self.account.region}
        is_default = self.account.region == "us-east-1"
        s3.create_bucket(
            Bucket=bucket, **({} if is_default else {"CreateBucketConfiguration": elsewhere})
        )
        tags = [{"Key": key, "Value": value} for key, value in self.names.tags.items()]
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
        parameters = {
            "ApplicationId": place.application,
            "EnvironmentId": place.environment,
            "ConfigurationProfileId": place.profile,
            "AlarmNamePrefix": self.names.alarm_prefix,
            "MonitorRoleArns": monitor_role,
            "WatchMinutes": "0",  # the stack goes before a watch would be over
        }
        client = self.account.client
        document = packaged(
            yaml_parse(TEMPLATE.read_text("utf-8")),
            TEMPLATE.parent,
            partial(self._upload, bucket),
            bootstrap=self.bootstrap,
        )
        url = template_url(s3, bucket, "stack.template", document)
        try:
            return create(
                client("cloudformation"),
                self.names.common,
                url,
                parameters,
                tags=self.names.tags,
                seconds=STACK_SECONDS,
                every=self.account.every,
            )
        except (StackFailedError, WaitedTooLongError) as error:
            raise StackError(str(error)) from error

    @property
    def bootstrap(self) -> str | None:
        """What starts a function in the embedded cloud; AWS needs nothing."""
        return bootstrap(self._wait_scale) if self.account.rehearsal else None

    def inbox(self, topic: str) -> str:
        """Subscribe a queue to the notices; returns its URL."""
        sqs, name = self.account.client("sqs"), self.names.common
        arn = self.account.arn("sqs", name)
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        url: str = sqs.create_queue(
            QueueName=name, Attributes={"Policy": json.dumps(policy)}, tags=self.names.tags
        )["QueueUrl"]
        self.account.client("sns").subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true"},
        )
        return url

    def _upload(self, bucket: str, key: str, body: bytes) -> str:
        self.account.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        return f"s3://{bucket}/{key}"


def document(*flags: str) -> dict[str, Any]:
    """Make a document in which these flags are on."""
    return {"flags": {flag: {"enabled": True, "rolloutPercentage": 50} for flag in flags}}


def make_strategy(account: Account, names: Names, what: str, *, bake_minutes: int) -> str:
    """Make a strategy that deploys at once to all; returns its id."""
    made = account.client("appconfig").create_deployment_strategy(
        Name=f"{names.common}-{what}",
        DeploymentDurationInMinutes=0,
        GrowthFactor=100.0,
        FinalBakeTimeInMinutes=bake_minutes,
        ReplicateTo="NONE",
        Tags=names.tags,
    )
    return str(made["Id"])


def make_alarm(account: Account, names: Names, name: str) -> str:
    """Make an alarm that stays in the state that it is set to; returns its ARN.

    Nothing feeds its metric, and missing data is ignored.
    """
    account.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=PREFIX,
        MetricName="Nothing",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
        Tags=[{"Key": key, "Value": value} for key, value in names.tags.items()],
    )
    return account.arn("cloudwatch", f"alarm:{name}")


def set_alarm(account: Account, name: str, state: str) -> None:
    """Put an alarm into a state: OK, ALARM or INSUFFICIENT_DATA."""
    account.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue=state, StateReason="make verify-aws"
    )


def release(account: Account, place: Place, strategy: str, content: object) -> int:
    """Write a version, deploy it, wait until it is served; returns its number."""
    appconfig = account.client("appconfig")
    version = appconfig.create_hosted_configuration_version(
        ApplicationId=place.application,
        ConfigurationProfileId=place.profile,
        Content=json.dumps(content).encode(),
        ContentType="application/json",
    )["VersionNumber"]
    environment = {"ApplicationId": place.application, "EnvironmentId": place.environment}
    number = appconfig.start_deployment(
        **environment,
        ConfigurationProfileId=place.profile,
        ConfigurationVersion=str(version),
        DeploymentStrategyId=strategy,
    )["DeploymentNumber"]

    def complete() -> bool:
        found = appconfig.get_deployment(**environment, DeploymentNumber=number)
        return bool(found["State"] == "COMPLETE")

    wait_for(complete, f"deployment {number}", seconds=120, every=account.every)
    return int(version)


def as_client(account: Account, place: Place) -> tuple[bytes, str]:
    """Read what the data plane answers to a client; returns the content and its type."""
    data_plane = account.client("appconfigdata")
    token = data_plane.start_configuration_session(
        ApplicationIdentifier=place.application,
        EnvironmentIdentifier=place.environment,
        ConfigurationProfileIdentifier=place.profile,
    )["InitialConfigurationToken"]
    answer = data_plane.get_latest_configuration(ConfigurationToken=token)
    return answer["Configuration"].read(), answer.get("ContentType", "no type")
