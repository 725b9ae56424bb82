"""Many alarms at once, each on a flag of its own in one document."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from flag_rollback.waiting import wait_for
from local.demo_flags import DemoFlags, create_demo_flags, release
from local.following import events
from local.stack import Stack, deploy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from appconfig_rollback.untyped import AwsAnswer
    from local.cloud import EmbeddedCloud

T = TypeVar("T")

_FIRING_AT_ONCE = 8


@dataclass(frozen=True)
class Ended:
    """How a storm ended: what was written, who said what, and how long the slowest flag took."""

    versions: int
    deployments: int
    document: dict[str, Any]
    executions: list[Mapping[str, Any]]
    notices: list[dict[str, Any]]
    slowest_off_seconds: float
    last_end_seconds: float
    transitions_per_rollback: float
    invocations_per_rollback: float

    def flags_on(self) -> set[str]:
        """List the flags that are on in what is served."""
        return {name for name, flag in self.document["flags"].items() if flag["enabled"]}


@dataclass(frozen=True)
class Storm:
    """A site with a flag and an alarm for each number below `size`, and the stack that watches."""

    cloud: EmbeddedCloud
    name: str
    flags: DemoFlags
    stack: Stack
    inbox: str
    names: list[str]

    @classmethod
    def brew(cls, cloud: EmbeddedCloud, name: str, size: int, **extra: dict[str, Any]) -> Storm:
        """Release the flags, make their alarms, and deploy the stack. `extra` are more flags."""
        names = [f"flag-{number:03}" for number in range(size)]
        document = {"flags": {flag: {"enabled": True} for flag in names} | extra}
        flags = create_demo_flags(cloud, json.dumps(document))
        stack = deploy(cloud, flags.parameters() | {"AlarmNamePrefix": f"{name}-"}, name=name)
        storm = cls(cloud, name, flags, stack, _subscribed_queue(cloud, name, stack), names)
        for flag in [*names, *extra]:
            storm.add_alarm(flag)
        return storm

    def alarm(self, flag: str) -> str:
        """Name the alarm of a flag."""
        return f"{self.name}-{flag}-ErrorRate"

    def add_alarm(self, flag: str) -> None:
        """Make the alarm of a flag; it is OK."""
        self._put_alarm(self.alarm(flag), flag)
        self._set_state(flag, "OK")

    def _put_alarm(self, name: str, flag: str) -> None:
        self.cloud.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="FeatureFlags",
            MetricName="ErrorRate",
            Dimensions=[{"Name": "FeatureFlagName", "Value": f"{self.name}/{flag}"}],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=5.0,
            ComparisonOperator="GreaterThanThreshold",
        )

    def ring(self, flags: Iterable[str]) -> dict[str, datetime]:
        """Let alarms go off, as good as at once; gives when each did."""

        def set_off(flag: str) -> tuple[str, datetime]:
            now = datetime.now(UTC)
            self._set_state(flag, "ALARM")
            return flag, now

        with ThreadPoolExecutor(_FIRING_AT_ONCE) as pool:
            return dict(pool.map(set_off, flags))

    def suppress(self, flag: str) -> None:
        """Replace a flag's alarm by one whose actions another alarm suppresses."""
        cloudwatch, name = self.cloud.client("cloudwatch"), self.alarm(flag)
        cloudwatch.delete_alarms(AlarmNames=[name])
        cause, maintenance = (f"{self.name}/{what}" for what in ("cause", "maintenance"))
        for alarm in (cause, maintenance):
            self._put_alarm(alarm, flag)
        cloudwatch.put_composite_alarm(
            AlarmName=name,
            AlarmRule=f'ALARM("{cause}")',
            ActionsSuppressor=maintenance,
            ActionsSuppressorWaitPeriod=60,
            ActionsSuppressorExtensionPeriod=60,
        )
        cloudwatch.set_alarm_state(AlarmName=maintenance, StateValue="ALARM", StateReason="now")

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Let no alarm start a rollback while the block runs."""
        bus, rule = self.cloud.client("events"), self.stack.outputs["AlarmRuleName"]
        bus.disable_rule(Name=rule)
        try:
            yield
        finally:
            bus.enable_rule(Name=rule)

    def release_again(self) -> None:
        """Release what is served once more, as a person does."""
        release(self.cloud, self.flags, json.dumps(self.served()))

    def blow(self, *, seconds: float = 240) -> Ended:
        """Let the alarms of all numbered flags go off, and wait until every execution has ended."""
        versions, deployments = self._versions(), len(self.deployments())
        fired = self.ring(self.names)
        executions = wait_for(
            lambda: self._all_ended(len(self.names)), f"{self.name}'s executions", seconds=seconds
        )
        histories = [events(self.cloud, execution["executionArn"]) for execution in executions]
        return Ended(
            versions=self._versions() - versions,
            deployments=len(self.deployments()) - deployments,
            document=self.served(),
            executions=executions,
            notices=self._notices(len(executions)),
            slowest_off_seconds=self._slowest(fired),
            last_end_seconds=(
                max(execution["stopDate"] for execution in executions) - min(fired.values())
            ).total_seconds(),
            transitions_per_rollback=_transitions(histories) / len(histories),
            invocations_per_rollback=_count(histories, "LambdaFunctionScheduled") / len(histories),
        )

    def served(self) -> dict[str, Any]:
        """Read the document of the newest completed deployment."""
        newest = next(item for item in self.deployments() if item["State"] == "COMPLETE")
        return self._document(newest)

    def deployments(self) -> list[Any]:
        """List the environment's deployments, the newest first."""
        pages = (
            self.cloud.client("appconfig")
            .get_paginator("list_deployments")
            .paginate(
                ApplicationId=self.flags.application_id, EnvironmentId=self.flags.environment_id
            )
        )
        return _patiently(lambda: [item for page in pages for item in page["Items"]])

    def _set_state(self, flag: str, state: Any) -> None:  # noqa: ANN401 - a literal of the stubs
        self.cloud.client("cloudwatch").set_alarm_state(
            AlarmName=self.alarm(flag), StateValue=state, StateReason=f"{flag} errs"
        )

    def _all_ended(self, expected: int) -> list[Mapping[str, Any]] | None:
        pages = (
            self.cloud.client("stepfunctions")
            .get_paginator("list_executions")
            .paginate(stateMachineArn=self.stack.outputs["StateMachineArn"])
        )
        found = [execution for page in pages for execution in page["executions"]]
        over = len(found) >= expected and all(e["status"] != "RUNNING" for e in found)
        return list(found) if over else None

    def _versions(self) -> int:
        pages = (
            self.cloud.client("appconfig")
            .get_paginator("list_hosted_configuration_versions")
            .paginate(
                ApplicationId=self.flags.application_id,
                ConfigurationProfileId=self.flags.profile_id,
            )
        )
        return _patiently(lambda: sum(len(page["Items"]) for page in pages))

    def _document(self, deployment: AwsAnswer) -> dict[str, Any]:
        appconfig = self.cloud.client("appconfig")
        content = _patiently(
            lambda: appconfig.get_hosted_configuration_version(
                ApplicationId=self.flags.application_id,
                ConfigurationProfileId=self.flags.profile_id,
                VersionNumber=int(deployment["ConfigurationVersion"]),
            )["Content"]
        )
        document: dict[str, Any] = json.loads(content.read())
        return document

    def _slowest(self, fired: dict[str, datetime]) -> float:
        """Tell how many seconds after its alarm the slowest flag was off in what is served."""
        off_at: dict[str, datetime] = {}
        for item in reversed(self.deployments()):
            if item["State"] != "COMPLETE":
                continue
            for flag, value in self._document(item)["flags"].items():
                if not value["enabled"]:
                    off_at.setdefault(flag, item["CompletedAt"])
        return max((off_at[flag] - at).total_seconds() for flag, at in fired.items())

    def _notices(self, expected: int) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        sqs = self.cloud.client("sqs")

        def arrived() -> bool:
            answer = sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                found[message["MessageId"]] = json.loads(message["Body"])
                sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=message["ReceiptHandle"])
            return len(found) >= expected

        wait_for(arrived, f"{expected} notices of {self.name}", seconds=30)
        return list(found.values())


def _patiently(ask: Callable[[], T]) -> T:
    """Ask AppConfig until it is not throttled: the executions have used its limits up."""

    def asked() -> list[T] | None:
        try:
            return [ask()]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ThrottlingException":
                raise
            return None

    return wait_for(asked, "an answer of AppConfig", seconds=10)[0]


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


def _transitions(histories: list[list[Mapping[str, Any]]]) -> int:
    """Count what Step Functions bills: states entered, and retries."""
    kinds = [str(event["type"]) for history in histories for event in history]
    entered = sum(kind.endswith("StateEntered") for kind in kinds)
    tasks = _count(histories, "TaskStateEntered")
    return entered + _count(histories, "LambdaFunctionScheduled") - tasks


def _count(histories: list[list[Mapping[str, Any]]], kind: str) -> int:
    return sum(event["type"] == kind for history in histories for event in history)
