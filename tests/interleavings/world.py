"""All that the functions talk to, in memory, and the executions and people that act on it."""

from __future__ import annotations

import json
import logging
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

from appconfig_rollback.adapters import clock, names, side_by_side
from appconfig_rollback.adapters.aws import client
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import settings as read_settings
from flag_rollback.by_hand.turning_off import START, Person, of_person
from flag_rollback.by_hand.walk import ExecutionFailedError, Walk
from proofs.storms.in_place import let_threads_pass
from tests.appconfig import LOCKS, Lock, refusal
from tests.appconfig_client import AppConfigClient
from tests.interleavings.scheduler import Scheduler
from tests.interleavings.witness import Witness
from tests.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MACHINE = "arn:aws:states:eu-west-1:123456789012:execution:rollback"
_BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_TICK = timedelta(milliseconds=20)
_CREATE_CLIENT = "botocore.session.Session.create_client"
_SETTINGS = {**SETTINGS, "DEPLOYMENT_STRATEGY_ID": "at-once"}


def alarm_of(flag: str) -> str:
    """Name the alarm of a flag that is named after it."""
    return f"FeatureFlag-{flag}-ErrorRate"


@dataclass(frozen=True)
class Fired:
    """The transition of an alarm, with the flags that it guards."""

    alarm: str
    flags: tuple[str, ...]
    at: datetime

    @property
    def transition(self) -> str:
        """When it was, as the event says it."""
        return self.at.isoformat(timespec="milliseconds")


@dataclass
class Ended:
    """How an execution ended; `saw` says which flags users got when it last looked."""

    fired: Fired
    outcome: str | None
    error: str | None
    saw: dict[str, bool]
    states: list[str]
    largest: int


@dataclass
class World:
    """AWS for one run; `locks` are those that its AppConfig has."""

    locks: frozenset[Lock] = LOCKS
    sweeping: bool = True
    scheduler: Scheduler = field(default_factory=Scheduler)
    firing: list[Fired] = field(default_factory=list)
    notices: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    ended: dict[str, Ended] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    max_flags: int | None = None
    _saw: dict[str, dict[str, bool]] = field(default_factory=dict)
    _setting_up: int = 0

    def __post_init__(self) -> None:
        let_threads_pass()
        self.appconfig = Witness(now=self.now, locks=self.locks)

    def now(self) -> datetime:
        """Return the time: it goes on with every turn, and with every step of setting up."""
        return _BEGAN + _TICK * self.scheduler.turn + timedelta(minutes=self._setting_up)

    def time_passes(self) -> None:
        """Let a minute pass before anybody acts."""
        self._setting_up += 1

    def limit(self, flags: int) -> None:
        """Let alarms turn off no more flags in an hour, before anybody acts."""
        self.max_flags = flags
        os.environ["MAX_FLAGS_PER_HOUR"] = str(flags)

    def fires(self, *flags: str) -> Fired:
        """Let the alarm of a flag go off, which is named after it; or that of several, tagged."""
        alarm = alarm_of(flags[0]) if len(flags) == 1 else "service errors"
        self.firing.append(Fired(alarm, flags, self.now()))
        return self.firing[-1]

    def answers(self, name: str, fired: Fired) -> None:
        """Add an execution that answers a transition."""
        self.running.add(name)
        self.scheduler.add(name, lambda: self._execute(name, fired))

    def by_hand(self, name: str, *flags: str) -> None:
        """Add a person who turns flags off by `flag-rollback off`, and tells of it."""
        fired = Fired(name, flags, self.now())
        self.firing.append(fired)
        self.scheduler.add(name, lambda: self._execute(name, fired, by_hand=True))

    def appconfig_works(self) -> None:
        """Add AppConfig's own progress: one phase at each of its turns."""

        def work() -> None:
            while True:
                self.appconfig.advance()
                self.scheduler.pause("next phase")

        self.scheduler.add(
            "appconfig",
            work,
            ready=lambda: self.appconfig.in_progress() is not None,
            background=True,
        )

    @contextmanager
    def in_place_of_aws(self) -> Iterator[None]:
        """Let the functions talk to this world, and tell its time."""
        settings = _SETTINGS | {"SWEEP_SECONDS": "300" if self.sweeping else "0"}
        level = logger.level
        logger.setLevel(logging.CRITICAL)
        client.cache_clear()
        read_settings.cache_clear()
        try:
            with (
                mock.patch.dict(os.environ, settings),
                mock.patch(_CREATE_CLIENT, self._client),
                mock.patch.object(clock, "now", self.now),
                mock.patch.object(clock, "time", mock.Mock()),
                mock.patch.object(side_by_side, "ThreadPoolExecutor", self._readers),
                # Threads of their own, which the scheduler does not know; ids do.
                mock.patch.object(names, "_read", return_value=None),
            ):
                yield
        finally:
            client.cache_clear()
            read_settings.cache_clear()
            logger.setLevel(level)

    def called(self, what: str) -> str:
        """Give the baton back before a call; afterwards gives the caller's name."""
        self.scheduler.pause(what)
        name = self.scheduler.holder
        if what in ("ListDeployments", "ListExperimentDefinitions", "GetExperimentRun"):
            flags = self.appconfig.flags(self.appconfig.serves())
            if what == "ListDeployments":
                self.appconfig.listed[name] = flags
            self._saw[name] = {
                flag: is_on or self.appconfig.shows(flag) for flag, is_on in flags.items()
            }
        return name

    def _readers(self, _most: int | None = None) -> _OneAfterTheOther:
        """Let what is read side by side be read in turn: as asked for, or as it is needed."""
        return _OneAfterTheOther(when_needed=self.scheduler.turn % 2 == 1)

    def _client(self, service: str, **_: object) -> object:
        match service:
            case "appconfig":
                return AppConfigClient(self.appconfig, self.called)
            case "cloudwatch":
                return _CloudWatch(self)
            case "sns":
                return _Sns(self)
            case "stepfunctions":
                return _StepFunctions(self)
        raise NotImplementedError(service)

    def _execute(self, name: str, fired: Fired, *, by_hand: bool = False) -> None:
        state = {"value": "ALARM", "timestamp": fired.transition, "reason": "too many errors"}
        detail: dict[str, Any] = {"alarmName": fired.alarm, "state": state}
        if len(fired.flags) > 1:
            tags = {"feature-flag": " ".join(fired.flags)}
            detail |= {"alarmTags": tags, "alarmTagsStatus": "SUCCESS"}
        execution = {
            "Id": f"{_MACHINE}:{name}",
            "Name": name,
            "Input": {"detail": detail},
            "StartTime": fired.transition,
        }
        walk = Walk(
            execution,
            lambda: self.now().isoformat(timespec="milliseconds"),
            lambda _seconds: self.scheduler.pause("wait"),
        )
        outcome = error = None
        begin: dict[str, Any] = {}
        if by_hand:
            person = Person("somebody", "double charges")
            alarm = of_person(name, fired.flags, person, fired.at, _MACHINE)
            begin = {"start": START, "data": {"alarm": alarm}}
        try:
            outcome = walk.run(**begin)["outcome"]
        except ExecutionFailedError as failed:
            error = str(failed)
        self.running.discard(name)
        self.ended[name] = Ended(
            fired, outcome, error, self._saw.get(name, {}), walk.states, walk.largest
        )


class _OneAfterTheOther:
    """In place of the functions' threads, which the scheduler does not know.

    Reads go in the order in which they are asked for, or in the one in which they are needed.
    """

    def __init__(self, *, when_needed: bool) -> None:
        self._when_needed = when_needed
        self._reads: list[_Read] = []

    def __enter__(self) -> _OneAfterTheOther:
        return self

    def __exit__(self, *_: object) -> None:
        for read in self._reads:
            with suppress(Exception):
                read.result()

    def submit(self, call: Callable[..., object], *args: object) -> _Read:
        read = _Read(partial(call, *args))
        self._reads.append(read)
        if not self._when_needed:
            with suppress(Exception):
                read.result()
        return read


class _Read:
    """A call that is made once."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self._answer: object = None
        self._error: Exception | None = None
        self._made = False

    def result(self) -> object:
        if not self._made:
            self._made = True
            try:
                self._answer = self._call()
            except Exception as error:  # noqa: BLE001 - raised wherever the answer is needed
                self._error = error
        if self._error:
            raise self._error
        return self._answer


class _CloudWatch:
    """Alarms that fire, and nobody who mutes them or has them only tell."""

    def __init__(self, world: World) -> None:
        self._world = world

    def put_metric_data(self, **_: object) -> dict[str, Any]:
        return {}

    def list_tags_for_resource(self, **_: object) -> dict[str, Any]:
        self._world.called("ListTagsForResource")
        return {"Tags": []}

    def get_paginator(self, operation: str) -> _CloudWatch:
        self._operation = operation
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        if self._operation == "list_alarm_mute_rules":
            yield {"AlarmMuteRuleSummaries": []}
            return
        self._world.called("DescribeAlarms")
        yield {
            "MetricAlarms": [
                {
                    "AlarmName": fired.alarm,
                    "AlarmArn": f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{fired.alarm}",
                    "StateValue": "ALARM",
                    "StateReason": "too many errors",
                    "StateTransitionedTimestamp": fired.at,
                }
                for fired in self._world.firing
                if fired.alarm.startswith(asked["AlarmNamePrefix"])
            ]
        }


class _Sns:
    def __init__(self, world: World) -> None:
        self._world = world

    def publish(self, **asked: Any) -> dict[str, Any]:
        notice = json.loads(json.loads(asked["Message"])["default"])
        self._world.notices.append((self._world.scheduler.holder, notice))
        return {"MessageId": "1"}


class _StepFunctions:
    def __init__(self, world: World) -> None:
        self._world = world

    def describe_execution(self, **asked: str) -> dict[str, Any]:
        self._world.called("DescribeExecution")
        name = asked["executionArn"].rpartition(":")[2]
        if name in self._world.running:
            return {"status": "RUNNING"}
        if name in self._world.ended:
            return {"status": "SUCCEEDED"}
        raise refusal("DescribeExecution", 400, "ExecutionDoesNotExist")

    def get_paginator(self, _: str) -> _StepFunctions:
        return self

    def paginate(self, **_: object) -> Iterator[dict[str, Any]]:
        yield {"events": []}
