"""Storms: many alarms within a second, answered by the functions and definitions that ship."""

from __future__ import annotations

import importlib
import json
import logging
import math
import os
import random
from collections import Counter
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal
from unittest import mock

from appconfig_rollback.adapters import appconfig, clock, names, side_by_side
from appconfig_rollback.adapters.aws import client
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import settings as read_settings
from appconfig_rollback.case import Case
from appconfig_rollback.exposure import Beside
from appconfig_rollback.flag_document import FlagDocument
from flag_rollback.by_hand.walk import ExecutionFailedError, Walk, definition, function_of
from local.cloud import REPOSITORY
from local.limits import Bucket
from proofs.storms.account import Account
from proofs.storms.aws import MACHINE, START_EXECUTION, STATE_TRANSITIONS, Alarm, Aws
from proofs.storms.timeline import BEGAN, Readers, Timeline
from tests.appconfig import AppConfig
from tests.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

#: What an invocation is assumed to take beyond its AWS calls.
INVOCATION_SECONDS = 0.3
#: All alarms fire within so long, and each is OK again after so long.
WITHIN_SECONDS, ALARM_SECONDS = 1.0, 180.0
#: How long before the first alarm the release was that is served.
RELEASED_BEFORE = timedelta(minutes=2)
#: What a ThreadPoolExecutor of an environment with two visible processors has.
_WORKERS = 6
#: Step Functions developer guide, "Service quotas".
MOST_STATE_DATA = 256 * 1024
#: Lambda's queue keeps a warm-up and other calls so long (template.yaml; Lambda's default).
_WARM_UP_AGE, _CALL_AGE = 60.0, 6 * 3600.0
_WARMED_UP = ("CreateVersion", "StartDeployment")
_AFTERCARE = REPOSITORY / "state_machine" / "aftercare.asl.json"


@dataclass(frozen=True)
class Storm:
    """So many alarms, or so many series of one alarm, in an account of some concurrency."""

    size: int
    concurrency: int
    by: Literal["names", "series"] = "names"
    limit_cloudwatch: bool = False
    seed: int = 1

    def __str__(self) -> str:
        many = f"{self.size:,} alarm{'s' if self.size > 1 else ''}"
        if self.by == "series":
            many = f"1 alarm, {self.size:,} series"
        return f"{many}, seed {self.seed}"


@dataclass(frozen=True)
class Ended:
    """How a storm ended; seconds are after the last alarm fired.

    `red` are the executions and watches that did not succeed, with why. `lists` is how many lists
    of AppConfig were answered to each execution. Transitions and invocations are for each alarm,
    with warm-ups and what begins watches, without the watches themselves; `tries` are those of the
    rollback's own steps. `told_early` are flags that were said to be off while users got them.
    """

    storm: Storm
    deployments: int
    versions: int
    off_seconds: float
    told_seconds: float
    still_on: list[str]
    untold: list[str]
    told_early: list[str]
    red: list[str]
    lists: list[int]
    throttled: Counter[str]
    transitions: float
    invocations: float
    tries: float
    throttled_invocations: int
    watches: Counter[str]
    watch_invocations: int

    @property
    def lists_of_each(self) -> float:
        """How many lists of AppConfig there were for each execution."""
        return sum(self.lists) / len(self.lists)

    @property
    def amiss(self) -> int:
        """How many runs are red, flags still on, and outcomes untold or told too early."""
        return len(self.red) + len(self.still_on) + len(self.untold) + len(self.told_early)


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

    def __post_init__(self) -> None:
        text = json.dumps({"flags": {flag: {"enabled": True} for flag in self.flags}}, indent=2)
        flags = AppConfig({1: text}, {1: "a release"}, now=self.timeline.now)
        flags.put(1, version=1, started_at=BEGAN - RELEASED_BEFORE)
        self.account = Account(self.timeline, self.storm.concurrency, INVOCATION_SECONDS)
        self.aws = Aws(self.timeline, flags, self.storm.limit_cloudwatch)
        self.aws.start_watch = self._start_watch
        burst, rate = START_EXECUTION
        self._starts = Bucket(rate, lambda: self.timeline.seconds)
        self._starts._tokens = burst
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
        try:
            output = walk.run()
        except ExecutionFailedError as failed:
            self.red.append(f"{name}: {failed}")
        else:
            self._require_small(name, walk)
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
        try:
            output = walk.run()
        except ExecutionFailedError as failed:
            self.red.append(f"{name}: {failed}")
        else:
            self._require_small(name, walk)
            self.watches.update(output["told"])

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
    with _in_place_of_aws(run):
        run.blow()
    aws, size = run.aws, storm.size
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
        off_seconds=max(aws.off_at.values(), default=math.inf) - WITHIN_SECONDS,
        told_seconds=max(told.values(), default=math.inf) - WITHIN_SECONDS,
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
    )


class _Remembered(MutableMapping[Any, Any]):
    """A dictionary of a function's module: each environment has its own."""

    def __init__(self, timeline: Timeline, name: str) -> None:
        self._timeline, self._name = timeline, name

    @property
    def _items(self) -> dict[Any, Any]:
        environment: Any = self._timeline.on_behalf_of
        found: dict[Any, Any] = environment.memory.setdefault(self._name, {})
        return found

    def __getitem__(self, key: object) -> Any:  # noqa: ANN401 - whatever is kept
        return self._items[key]

    def __setitem__(self, key: object, value: object) -> None:
        self._items[key] = value

    def __delitem__(self, key: object) -> None:
        del self._items[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


@contextmanager
def _in_place_of_aws(run: _Run) -> Iterator[None]:
    """Let the functions talk to the simulated services, and tell the simulated time."""
    timeline = run.timeline
    level = logger.level
    logger.setLevel(logging.CRITICAL)

    def threads(most: int | None = None) -> Readers:
        return Readers(timeline, most or _WORKERS)

    def wait(reads: list[Future[Any]], timeout: float) -> None:  # noqa: ARG001 - all answers come
        for read in reads:
            read.exception()

    _let_threads_pass()
    try:
        with (
            mock.patch.dict(os.environ, SETTINGS | {"DEPLOYMENT_STRATEGY_ID": "at-once"}),
            mock.patch("botocore.session.Session.create_client", run.aws.client),
            mock.patch.object(clock, "now", timeline.now),
            mock.patch.object(clock, "time", SimpleNamespace(sleep=timeline.sleep)),
            # Computing takes no time here, so equal documents are looked into once.
            mock.patch.object(appconfig, "FlagDocument", lru_cache(maxsize=64)(FlagDocument)),
            mock.patch.object(side_by_side, "ThreadPoolExecutor", threads),
            mock.patch.object(names, "ThreadPoolExecutor", threads),
            mock.patch.object(names, "wait", wait),
            mock.patch.object(names, "_known", _Remembered(timeline, "names")),
        ):
            client.cache_clear()
            read_settings.cache_clear()
            yield
    finally:
        client.cache_clear()
        read_settings.cache_clear()
        logger.setLevel(level)


def _let_threads_pass() -> None:
    """Let executions in one process compute a property of theirs at once, as in processes.

    Python 3.11 has a lock in a cached property, one for all objects; one who sleeps while it
    computes would lock the others out.
    """
    for kind in (Case, Beside):
        for found in vars(kind).values():
            if isinstance(found, cached_property) and "lock" in vars(found):
                vars(found)["lock"] = nullcontext()


def _aftercare() -> Any:  # noqa: ANN401 - JSON
    return json.loads(_AFTERCARE.read_text("utf-8"))
