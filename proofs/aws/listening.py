"""Alarms that fire by data points of their own, and a queue that hears their events."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flag_rollback.waiting import WaitedTooLongError, turns
from local.contributors import Contributors
from local.stack import create
from proofs.aws.making import PREFIX, STACK_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.untyped import Json
    from proofs.aws.account import Account
    from proofs.aws.making import Made, Names

CHANGE = "CloudWatch Alarm State Change"
CONTRIBUTOR_CHANGE = "CloudWatch Alarm Contributor State Change"
DIMENSION = "FeatureFlagName"
#: A new metric is found by a query some minutes after its first data point.
EVENT_SECONDS = 480.0
#: SQS waits for a message that long, in seconds: few calls, and a data point in each minute.
_LONG_POLL = 15
_THRESHOLD = 5
_BREACHING = 12.7


@dataclass(frozen=True)
class Listening:
    """The alarms, and the queue of their events.

    Every rollback stack of the account hears these alarms, so their tag tells it to do nothing.
    """

    account: Account
    names: Names
    queue: str
    _heard: list[Json] = field(default_factory=list)

    @classmethod
    def begin(cls, made: Made) -> Listening:
        """Make the queue and the rule: a stack of their own, which goes as one.

        Raises:
            StackFailedError: they cannot be created.
        """
        outputs = _create(made.account, made.names, f"{made.names.common}-events", _ears(made))
        return cls(made.account, made.names, outputs["Queue"])

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the alarms: the flag, and that no rollback stack is to do anything."""
        return {**self.names.tags, "feature-flag": self.names.flag, "feature-flag-rollback": "off"}

    def tagged_alarm(self) -> str:
        """Make an alarm whose tags travel in its events; returns its name.

        By CloudFormation, as the pinned botocore does not know ActionConfiguration.

        Raises:
            StackFailedError: CloudFormation does not know it either, here.
        """
        name = f"{self.names.alarm_prefix}tagged"
        properties = {
            **self._as_both(name),
            "Namespace": PREFIX,
            "MetricName": self._metric(name),
            "Dimensions": [{"Name": DIMENSION, "Value": self.names.flag}],
            "Statistic": "Average",
            "Period": 60,
            "ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": True}},
        }
        alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
        stack = f"{self.names.common}-tagged"
        _create(self.account, self.names, stack, {"Resources": {"Alarm": alarm}})
        return name

    def alarm_of_series(self) -> str:
        """Make an alarm on a query with a series per flag; returns its name."""
        name = f"{self.names.alarm_prefix}series"
        query = (
            f'SELECT AVG("{self._metric(name)}") FROM SCHEMA("{PREFIX}", {DIMENSION}) '  # noqa: S608
            f"GROUP BY {DIMENSION}"
        )
        metrics = [{"Id": "q1", "Expression": query, "Period": 60, "ReturnData": True}]
        self.account.client("cloudwatch").put_metric_alarm(**self._as_both(name), Metrics=metrics)
        return name

    def await_event(self, alarm: str, detail_type: str) -> Json | None:
        """Feed the metric until an alarm has sent an event of this type on going to ALARM.

        None where none has come in time.
        """
        rehearsal, fed = self.account.rehearsal, False
        for _ in _turns_of(EVENT_SECONDS, self.account):
            if not (rehearsal and fed):
                self._feed(alarm, detail_type)
                fed = True
            self._listen()
            found = [event for event in self._of(alarm) if event["detail-type"] == detail_type]
            if found:
                return found[0]
        return None

    def has_heard(self, alarm: str) -> bool:
        """Whether any event of an alarm on going to ALARM has come."""
        return bool(self._of(alarm))

    def _metric(self, alarm: str) -> str:
        """Name the metric of an alarm: one of its own, so that no alarm begins by firing."""
        return f"ErrorRate-{alarm}"

    def _as_both(self, name: str) -> dict[str, Any]:
        return {
            "AlarmName": name,
            "AlarmDescription": "make verify-aws",
            "EvaluationPeriods": 1,
            "Threshold": _THRESHOLD,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "ignore",
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
        }

    def _feed(self, alarm: str, detail_type: str) -> None:
        """Put a data point that breaches; MiniStack, without GROUP BY, is told that it does."""
        series = {DIMENSION: self.names.flag}
        point = {
            "MetricName": self._metric(alarm),
            "Dimensions": [{"Name": name, "Value": value} for name, value in series.items()],
            "Value": _BREACHING,
        }
        cloudwatch = self.account.client("cloudwatch")
        cloudwatch.put_metric_data(Namespace=PREFIX, MetricData=[point])
        endpoint = self.account.access.endpoint_url
        if endpoint and detail_type == CONTRIBUTOR_CHANGE:
            Contributors(endpoint).set(alarm, [series])

    def _listen(self) -> None:
        sqs = self.account.client("sqs")
        wait = 0 if self.account.rehearsal else _LONG_POLL
        answer = sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait
        )
        for message in answer.get("Messages", []):
            self._heard.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])

    def _of(self, alarm: str) -> list[Json]:
        return [
            event
            for event in self._heard
            if event["detail"]["alarmName"] == alarm
            and event["detail"]["state"]["value"] == "ALARM"
        ]


def _turns_of(seconds: float, account: Account) -> Iterator[None]:
    """Give turns until the time is up, and end quietly."""
    with suppress(WaitedTooLongError):
        yield from turns(seconds, account.every, "an event")


def _ears(made: Made) -> dict[str, Any]:
    alarms = made.account.arn("cloudwatch", f"alarm:{made.names.alarm_prefix}")
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": [CHANGE, CONTRIBUTOR_CHANGE],
        "resources": [{"prefix": alarms}],
    }
    arn = {"Fn::GetAtt": ["Queue", "Arn"]}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}},
    }
    name = f"{made.names.common}-events"
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}},
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Name": name,
                "EventPattern": pattern,
                "Targets": [{"Id": "queue", "Arn": arn}],
            },
        },
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Queue"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            },
        },
    }
    return {"Resources": resources, "Outputs": {"Queue": {"Value": {"Ref": "Queue"}}}}


def _create(account: Account, names: Names, stack: str, template: dict[str, Any]) -> dict[str, str]:
    return create(
        account.client("cloudformation"),
        stack,
        template,
        {},
        tags=names.tags,
        seconds=STACK_SECONDS,
        every=account.every,
    )
