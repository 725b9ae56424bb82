"""What the functions talk to, in simulated time: calls take time, and may be throttled."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from local.limits import Bucket
from tests.appconfig import AppConfig, refusal
from tests.appconfig_client import AppConfigClient, Pages

Answer = TypeVar("Answer")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from proofs.storms.account import Environment
    from proofs.storms.ended import CloudWatch
    from proofs.storms.timeline import Timeline

#: What a call takes on the wire, and of its environment's one processor.
NETWORK_SECONDS, CALL_SECONDS = 0.04, 0.003
#: How long AppConfig takes for a deployment to everybody at once: a guess, AWS does not say.
DEPLOYMENT_SECONDS = 1.0
#: botocore's retry mode `standard`, as `adapters/aws.py` sets it.
_ATTEMPTS = 3
#: AppConfig endpoints and quotas: all else is as often as lists.
APPCONFIG_GETS, APPCONFIG_OTHERS = 100, 10
#: CloudWatch service quotas: DescribeAlarms; a page of it has 50 alarms unless asked for up to 100.
DESCRIBE_ALARMS = 9
#: ListTagsForResource: a guess, AWS does not say.
LIST_TAGS = 9
_ALARMS_ON_A_PAGE = 50
#: Step Functions service quotas: StartExecution and StateTransition in the largest regions.
START_EXECUTION, STATE_TRANSITIONS = (1300, 300), 5000
MACHINE = "arn:aws:states:eu-west-1:123456789012:execution:flag-rollback"


@dataclass
class Alarm:
    """An alarm, or a series of the one that has several."""

    flag: str
    name: str
    series: str | None = None
    state: str = "OK"
    since: datetime | None = None

    @property
    def reason(self) -> str:
        """Why it is in its state, as long as CloudWatch writes it."""
        return (
            "Threshold Crossed: 2 out of the last 3 datapoints [12.7 (02/03/26 08:59:00), 12.7 "
            "(02/03/26 08:58:00)] were greater than the threshold (5.0) (minimum 2 datapoints for "
            "OK -> ALARM transition)."
        )


@dataclass
class Aws:
    """The account's services; `cloudwatch` says which of its limits hold."""

    timeline: Timeline
    appconfig: AppConfig
    cloudwatch: CloudWatch = "unlimited"
    alarms: list[Alarm] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    throttled: Counter[str] = field(default_factory=Counter)
    lists: Counter[str] = field(default_factory=Counter)
    running: set[str] = field(default_factory=set)
    ended: dict[str, Any] = field(default_factory=dict)
    start_watch: Callable[[str, str], None] = lambda _name, _input: None
    off_at: dict[str, float] = field(default_factory=dict)
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def client(self, service: str) -> object:
        """Make a service's client."""
        return {
            "appconfig": _AppConfig,
            "cloudwatch": _CloudWatch,
            "sns": _Sns,
            "stepfunctions": _StepFunctions,
        }[service](self)

    def call(self, operation: str, perform: Callable[[], Answer]) -> Answer:
        """Have a call made as botocore does: what is throttled is tried again, jittered."""
        environment: Environment = self.timeline.on_behalf_of  # type: ignore[assignment]
        for attempt in range(1, _ATTEMPTS + 1):
            environment.compute(CALL_SECONDS)
            self.timeline.sleep(NETWORK_SECONDS / 2)
            allowed = self._allowed(operation)
            try:
                if allowed:
                    answer = perform()
            finally:
                self.timeline.sleep(NETWORK_SECONDS / 2)
            if allowed:
                if operation.startswith("appconfig.list_"):
                    self.lists[environment.serving] += 1
                return answer
            if attempt < _ATTEMPTS:
                self.timeline.sleep(random.random() * 2 ** (attempt - 1))  # noqa: S311 - no secret
        raise refusal(operation, 429, "ThrottlingException")

    def complete(self) -> None:
        """Let the deployment in progress be complete, and note what is off since."""
        self.appconfig.advance()
        for flag, is_on in self.appconfig.flags(self.appconfig.serves()).items():
            if not is_on:
                self.off_at.setdefault(flag, self.timeline.seconds)

    def _allowed(self, operation: str) -> bool:
        bucket = self._buckets.get(operation)
        if bucket is None:
            rate = self._rate(operation)
            if rate is None:
                self.calls[operation] += 1
                return True
            bucket = self._buckets[operation] = Bucket(rate, lambda: self.timeline.seconds)
        allowed = bucket.take()
        (self.calls if allowed else self.throttled)[operation] += 1
        return allowed

    def _rate(self, operation: str) -> float | None:
        if operation.startswith("appconfig."):
            is_get = operation.startswith("appconfig.get_")
            return APPCONFIG_GETS if is_get else APPCONFIG_OTHERS
        return _CLOUDWATCH[self.cloudwatch].get(operation)


_ALARMS: dict[str, float] = {"cloudwatch.describe_alarms": DESCRIBE_ALARMS}
_CLOUDWATCH: dict[CloudWatch, dict[str, float]] = {
    "unlimited": {},
    "alarms": _ALARMS,
    "tags": {**_ALARMS, "cloudwatch.list_tags_for_resource": LIST_TAGS},
}


class _AppConfig:
    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._client = AppConfigClient(aws.appconfig)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        perform = _NAMES.get(method) or getattr(self._client, method)

        def call(**asked: Any) -> Any:  # noqa: ANN401 - an answer
            answer = self._aws.call(f"appconfig.{method}", lambda: perform(**asked))
            if method == "start_deployment":
                self._aws.timeline.after(DEPLOYMENT_SECONDS, self._aws.complete)
            return answer

        return call

    def get_paginator(self, method: str) -> Pages:
        return Pages(getattr(self, method))


def _named(**_: object) -> dict[str, str]:
    return {"Name": "shop", "LocationUri": "hosted", "Type": "AWS.Freeform"}


_NAMES: dict[str, Callable[..., Any]] = {
    "get_application": _named,
    "get_environment": _named,
    "get_configuration_profile": _named,
}


class _CloudWatch:
    """Alarms that fire, and nobody who mutes them or has them only tell."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def put_metric_data(self, **_: object) -> dict[str, Any]:
        return self._aws.call("cloudwatch.put_metric_data", dict)

    def list_tags_for_resource(self, **_: object) -> dict[str, Any]:
        return self._aws.call("cloudwatch.list_tags_for_resource", lambda: {"Tags": []})

    def describe_alarm_contributors(self, AlarmName: str) -> dict[str, Any]:  # noqa: N803
        def described() -> dict[str, Any]:
            firing = [a for a in self._aws.alarms if a.name == AlarmName and a.state == "ALARM"]
            contributors = [
                {
                    "ContributorId": alarm.series,
                    "ContributorAttributes": {"FeatureFlagName": alarm.flag},
                    "StateReason": alarm.reason,
                    "StateTransitionedTimestamp": alarm.since,
                }
                for alarm in firing
            ]
            return {"AlarmContributors": contributors}

        return self._aws.call("cloudwatch.describe_alarm_contributors", described)

    def get_paginator(self, operation: str) -> _Listing:
        return _Listing(self._aws, operation)


@dataclass
class _Listing:
    aws: Aws
    operation: str

    def paginate(
        self,
        PaginationConfig: dict[str, int] | None = None,  # noqa: N803 - botocore's name
        **asked: Any,
    ) -> Iterator[dict[str, Any]]:
        called = f"cloudwatch.{self.operation}"
        if self.operation == "list_alarm_mute_rules":
            yield self.aws.call(called, lambda: {"AlarmMuteRuleSummaries": []})
            return
        size = (PaginationConfig or {}).get("PageSize", _ALARMS_ON_A_PAGE)
        found = self._found(asked)
        for first in range(0, len(found), size) or [0]:
            some = found[first : first + size]
            yield self.aws.call(called, partial(dict, MetricAlarms=some))

    def _found(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """All of a name are one alarm, which is in ALARM while one of its series is."""
        alarms: dict[str, Alarm] = {}
        for alarm in self.aws.alarms:
            if alarm.name not in alarms or alarm.state == "ALARM":
                alarms[alarm.name] = alarm
        if names := asked.get("AlarmNames"):
            found = [alarms[name] for name in names if name in alarms]
        else:
            prefix = asked["AlarmNamePrefix"]
            found = [alarm for name, alarm in alarms.items() if name.startswith(prefix)]
        if state := asked.get("StateValue"):
            found = [alarm for alarm in found if alarm.state == state]
        return [
            {
                "AlarmName": alarm.name,
                "AlarmArn": f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{alarm.name}",
                "StateValue": alarm.state,
                "StateReason": alarm.reason,
                "StateTransitionedTimestamp": alarm.since or self.aws.timeline.now(),
            }
            for alarm in found
        ]


class _Sns:
    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def publish(self, **asked: Any) -> dict[str, Any]:
        def published() -> dict[str, Any]:
            notice = json.loads(json.loads(asked["Message"])["default"])
            by = self._aws.timeline.on_behalf_of.serving  # type: ignore[attr-defined]
            self._aws.notices.append({"at": self._aws.timeline.seconds, "by": by, **notice})
            return {"MessageId": "1"}

        return self._aws.call("sns.publish", published)


class _StepFunctions:
    """Executions: their states, the last one's data, and how a watch is started."""

    class exceptions:  # noqa: N801 - botocore's name
        """botocore's errors of this service."""

        class ExecutionAlreadyExists(Exception):  # noqa: N818 - botocore's name
            """There was one of that name."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def describe_execution(self, **asked: str) -> dict[str, Any]:
        name = asked["executionArn"].rpartition(":")[2]
        status = "RUNNING" if name in self._aws.running else "SUCCEEDED"
        return self._aws.call("stepfunctions.describe_execution", lambda: {"status": status})

    def start_execution(self, **asked: str) -> dict[str, Any]:
        start = self._aws.start_watch
        return self._aws.call(
            "stepfunctions.start_execution", lambda: start(asked["name"], asked["input"]) or {}
        )

    def get_paginator(self, _: str) -> _StepFunctions:
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        name = asked["executionArn"].rpartition(":")[2]
        event = {"stateEnteredEventDetails": {"input": json.dumps(self._aws.ended[name])}}
        yield self._aws.call("stepfunctions.get_execution_history", lambda: {"events": [event]})
