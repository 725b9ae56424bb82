"""Storms: many alarms within a second, answered by the functions and definitions that ship."""

from __future__ import annotations

import importlib
import json
import math
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flag_rollback.by_hand.walk import ExecutionFailedError, Walk, definition, function_of
from local.cloud import REPOSITORY
from local.limits import Bucket
from proofs.benchmarks.no_op.chain import MEMORY_MEGABYTES
from proofs.benchmarks.prices import Usage
from proofs.storms.account import Account
from proofs.storms.aws import MACHINE, START_EXECUTION, STATE_TRANSITIONS, Alarm, Aws
from proofs.storms.ended import Ended, Storm
from proofs.storms.in_place import in_place_of_aws
from proofs.storms.timeline import BEGAN, Timeline
from tests.appconfig import AppConfig

if TYPE_CHECKING:
    from collections.abc import Callable

#: What an invocation is assumed to take beyond its AWS calls.
INVOCATION_SECONDS = 0.3
#: All alarms fire within so long, and each is OK again after so long.
WITHIN_SECONDS, ALARM_SECONDS = 1.0, 180.0
#: How long before the first alarm the release was that is served.
RELEASED_BEFORE = timedelta(minutes=2)
#: Step Functions developer guide, "Service quotas".
MOST_STATE_DATA = 256 * 1024
#: Lambda's queue keeps a warm-up and other calls so long (template.yaml; Lambda's default).
_WARM_UP_AGE, _CALL_AGE = 60.0, 6 * 3600.0
_WARMED_UP = ("CreateVersion", "StartDeployment")
#: What the price list knows by IAM's name.
_ACTIONS = {"sns.publish": "sns:Publish"}
_AFTERCARE = REPOSITORY / "state_machine" / "aftercare.asl.json"


@dataclass
class _Run:
    """A storm while it blows."""

    storm: Storm
    timeline: Timeline = field(default_factory=Timeline)
    transitions: int = 0
    tasks: int = 0
    tries: int = 0
    red: list[str] = field(default_factory=list)
    watches: Counter[str] = field(default_factory=Counter)
    watch_invocations: int = 0
    watch_transitions: int = 0
    fired_at: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        text = json.dumps({"flags": {flag: {"enabled": True} for flag in self.flags}}, indent=2)
        flags = AppConfig({1: text}, {1: "a release"}, now=self.timeline.now)
        flags.put(1, version=1, started_at=BEGAN - RELEASED_BEFORE)
        self.account = Account(self.timeline, self.storm.concurrency, INVOCATION_SECONDS)
        self.aws = Aws(self.timeline, flags, self.storm.cloudwatch)
        self.aws.start_watch = self._start_watch
        burst, rate = START_EXECUTION
        self._starts = Bucket(rate, lambda: self.timeline.seconds, burst)
        self._transitions = Bucket(STATE_TRANSITIONS, lambda: self.timeline.seconds)

    @property
    def flags(self) -> list[str]:
        return [f"flag-{number:04}" for number in range(self.storm.size)]

    def blow(self) -> None:
        """Let all alarms fire, and all that follows happen."""
        for flag in self.flags:
            if self.storm.by == "series":
                alarm = Alarm(flag, "errors by flag", series=f"id-{flag}")
                at = WITHIN_SECONDS
            else:
                alarm = Alarm(flag, f"FeatureFlag-{flag}-ErrorRate")
                at = random.uniform(0, WITHIN_SECONDS)  # noqa: S311 - no secret
            self.aws.alarms.append(alarm)
            self.timeline.at(at, lambda alarm=alarm: self._fire(alarm))  # type: ignore[misc]
        self.timeline.run()

    def _fire(self, alarm: Alarm) -> None:
        alarm.state, alarm.since = "ALARM", self.timeline.now()
        self.fired_at[alarm.flag] = self.timeline.seconds
        for function in _WARMED_UP:
            self.account.queue(function, "", _WARM_UP_AGE, lambda: None)
        name = f"run-{alarm.flag}"
        self.timeline.after(0.0, lambda: self._execute(name, self._event(alarm)))
        self.timeline.sleep(ALARM_SECONDS)
        alarm.state, alarm.since = "OK", self.timeline.now()

    def _event(self, alarm: Alarm) -> dict[str, Any]:
        state = {"value": "ALARM", "timestamp": self.timeline.iso(), "reason": alarm.reason}
        detail: dict[str, Any] = {"alarmName": alarm.name, "state": state}
        arn = f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{alarm.name}"
        if alarm.series:
            attributes = {"FeatureFlagName": alarm.flag}
            detail["alarmContributor"] = {"id": alarm.series, "attributes": attributes}
        return {
            "source": "aws.cloudwatch",
            "account": "123456789012",
            "region": "eu-west-1",
            "resources": [arn],
            "detail": detail,
        }

    def _execute(self, name: str, event: dict[str, Any]) -> None:
        """Run an execution to its end; EventBridge tries to start it until it may."""
        while not self._starts.take():
            self.timeline.sleep(1.0)
        arn = f"{MACHINE}:{name}"
        self.aws.running.add(name)
        walk = self._walk(name, arn, event, definition())
        if (output := self._output(name, walk)) is not None:
            news = {"detail": {"executionArn": arn, "output": json.dumps(output)}}
            start = importlib.import_module("start_aftercare").handler
            self.account.queue("StartAftercare", name, _CALL_AGE, lambda: start(news, None))
        self.aws.running.discard(name)
        self.transitions += len(walk.states)

    def _start_watch(self, name: str, text: str) -> None:
        self.watches["begun"] += 1
        self.timeline.after(0.0, lambda: self._watch(f"watch-{name}", json.loads(text)))

    def _watch(self, name: str, given: dict[str, Any]) -> None:
        walk = self._walk(name, f"{MACHINE}-aftercare:{name}", given, _aftercare())
        if (output := self._output(name, walk)) is not None:
            self.watches.update(output["told"])
        self.watch_transitions += len(walk.states)

    def _output(self, name: str, walk: Walk) -> Any:  # noqa: ANN401 - the machine's
        """Walk to the end and return the output; None, and one more that is red, if it failed."""
        try:
            output = walk.run()
        except ExecutionFailedError as failed:
            self.red.append(f"{name}: {failed}")
            return None
        self._require_small(name, walk)
        return output

    def _walk(self, name: str, arn: str, given: dict[str, Any], machine: Any) -> Walk:  # noqa: ANN401
        tasks = {key: each for key, each in machine["States"].items() if each["Type"] == "Task"}
        execution = {"Id": arn, "Name": name, "Input": given, "StartTime": self.timeline.iso()}
        is_rollback = machine is definition()

        def entering(state: str, data: object) -> None:
            while not self._transitions.take():
                self.timeline.sleep(0.05)
            self.aws.ended[name] = data
            self.tasks += is_rollback and state in tasks

        def invoke(state: str, resource: str) -> Callable[[Any], Any]:
            handler = function_of(resource)

            def invoked(task: Any) -> Any:  # noqa: ANN401 - JSON
                self.tries += is_rollback
                self.watch_invocations += not is_rollback
                return self.account.invoke(state, name, lambda: handler(task))

            return invoked

        return Walk(
            execution,
            self.timeline.iso,
            self.timeline.sleep,
            instead={key: invoke(key, each["Resource"]) for key, each in tasks.items()},
            entering=entering,
            machine=machine,
        )

    def _require_small(self, name: str, walk: Walk) -> None:
        if walk.largest > MOST_STATE_DATA:
            self.red.append(f"{name}: States.DataLimitExceeded: {walk.largest:,} bytes")


def blow(storm: Storm) -> Ended:
    """Let a storm blow until nothing of it runs any more."""
    random.seed(storm.seed)
    run = _Run(storm)
    with in_place_of_aws(run.timeline, run.aws):
        run.blow()
    aws, size = run.aws, storm.size
    last_fired = max(run.fired_at.values())
    executions = [f"run-{flag}" for flag in run.flags]
    told: dict[str, float] = {}
    for notice in aws.notices:
        if notice["by"] in executions and notice["outcome"] == "rolled_back":
            for each in notice["flags"]:
                told.setdefault(each["flag"], notice["at"])
    return Ended(
        storm=storm,
        deployments=len(aws.appconfig.deployments) - 1,
        versions=len(aws.appconfig.versions) - 1,
        # A flag that is still on makes the last one off "never".
        off_seconds=max(aws.off_at.get(flag, math.inf) for flag in run.flags) - last_fired,
        told_seconds=max(told.get(flag, math.inf) for flag in run.flags) - last_fired,
        still_on=[flag for flag in run.flags if flag not in aws.off_at],
        untold=[flag for flag in run.flags if flag not in told],
        told_early=[flag for flag, at in told.items() if at < aws.off_at.get(flag, math.inf)],
        red=run.red,
        lists=[aws.lists[name] for name in executions],
        throttled=aws.throttled,
        transitions=(run.transitions + run.tries - run.tasks) / size,
        invocations=(run.account.invocations - run.watch_invocations) / size,
        tries=run.tries / size,
        throttled_invocations=run.account.throttled,
        watches=run.watches,
        watch_invocations=run.watch_invocations,
        slowest_off_seconds=max(
            aws.off_at.get(flag, math.inf) - at for flag, at in run.fired_at.items()
        ),
        usage=Usage(
            invocations=run.account.invocations,
            billed_milliseconds=round(run.account.billed_seconds * 1000),
            memory_megabytes=MEMORY_MEGABYTES,
            transitions=run.transitions + run.tries - run.tasks + run.watch_transitions,
            actions=tuple(
                _ACTIONS.get(call, call.replace(".", ":")) for call in aws.calls.elements()
            ),
        ),
    )


def _aftercare() -> Any:  # noqa: ANN401 - JSON
    return json.loads(_AFTERCARE.read_text("utf-8"))
