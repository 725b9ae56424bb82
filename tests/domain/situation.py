"""What one execution meets when it looks at AppConfig, and what it decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from appconfig_rollback.cap import SPAN
from appconfig_rollback.case import Case, Decision, Deployed, Done, Look, Rules
from appconfig_rollback.decision import decide
from appconfig_rollback.mark import read_mark
from appconfig_rollback.times import moment
from tests import samples
from tests.appconfig import AppConfig
from tests.appconfig_client import open_experiments, open_store
from tests.samples import FIRED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from appconfig_rollback.policy import Policy
    from appconfig_rollback.state import (
        Alarm,
        Experiment,
        FlagResult,
        StoppedDeployment,
        StoppedExperiment,
    )

NOW = FIRED + timedelta(seconds=20)
AFTER, BEFORE = FIRED + timedelta(seconds=1), FIRED - timedelta(seconds=1)


def mark(by: str, base: int, flag: str = "a", fired: datetime = FIRED) -> str:
    """The description of what an execution wrote on top of a version."""
    return samples.mark(base, by, flag, fired)


def flags(*on: str, off: str = "", **more: str) -> str:
    """A freeform document; `off` names flags by one letter each, `more` gives flags as JSON."""
    states = {**dict.fromkeys(on, "true"), **dict.fromkeys(off, "false")}
    written = {name: f'{{"enabled": {state}}}' for name, state in states.items()} | more
    inner = ", ".join(f'"{name}": {text}' for name, text in written.items())
    return f'{{"flags": {{{inner}}}}}'


@dataclass
class Situation(AppConfig):
    """The alarm of flag `a` has fired; version 3 is served by deployment 7 since the day before.

    The rules are the stack's, `tag` is the alarm's; `stopped_deployments`, `ended_runs` and
    `was_refused` are what this execution, `run-1`, has done and met before. `over` names the other
    executions that have ended. `max_flags` is how many flags may go off in an hour.
    """

    alarm: Alarm = field(default_factory=lambda: samples.alarm("a"))
    mode: str = "auto"
    tag: str = "auto"
    stop_others: bool = False
    stop_experiments: bool = True
    stopped_deployments: Sequence[StoppedDeployment] = ()
    ended_runs: Sequence[StoppedExperiment] = ()
    was_refused: bool = False
    over: frozenset[str] = frozenset()
    max_flags: int | None = None

    def __post_init__(self) -> None:
        self.now = lambda: NOW
        self.on = {"exp1234": "a"}
        self.put(7, started_at=FIRED - timedelta(days=1))

    def then(
        self,
        version: int | str,
        by: str = "",
        *,
        began: datetime = AFTER,
        managed: bool = False,
    ) -> Situation:
        """A later deployment has completed, too."""
        number = max(self.deployments) + 1
        self.put(number, version=version, description=by, started_at=began, managed=managed)
        return self

    def while_it(
        self,
        state: str,
        version: int | str = 4,
        *,
        by: str = "",
        ours: bool = True,
        managed: bool = False,
        ends: timedelta | None = timedelta(minutes=30),
        began: timedelta = timedelta(),
    ) -> Situation:
        """A deployment is in progress; it began that long before now and ends that long after."""
        self.put(
            max(self.deployments) + 1,
            state,
            version,
            description=by,
            ours=ours,
            managed=managed,
            started_at=NOW - began,
            minutes=None if ends is None else (began + ends) / timedelta(minutes=1),
        )
        return self

    def without(self, error: Exception, *operations: str) -> Situation:
        """AppConfig answers operations with an error."""
        self.fail(error, *operations)
        return self

    def decide(self) -> Decision:
        """Look, as FetchConfig does, and decide."""
        store = open_store(self)
        back_to = NOW - SPAN if self.max_flags else None
        served = store.served(back_to)
        runs = open_experiments(self)
        details = [
            (each, store.deployment(each.number))
            for each in served.since(moment(self.alarm["transitionedAt"]))
        ]
        look = Look(
            served,
            store.document(served.version, self.type),
            tuple(Deployed(each, known, read_mark(known.description)) for each, known in details),
            store.versions,
            NOW,
            tuple(store.deployment(number) for number in served.lately),
            tuple(runs.all_ended(back_to)) if back_to else (),
        )
        done = Done(self.stopped_deployments, self.ended_runs, self.was_refused)
        return decide(
            Case(
                alarm=self.alarm,
                execution=samples.execution(),
                look=look,
                rules=Rules(
                    mode=cast("Policy", self.mode),
                    stop_others=self.stop_others,
                    stop_experiments=self.stop_experiments,
                    alarm=cast("Policy", self.tag),
                    max_flags=self.max_flags,
                ),
                done=done,
                store=store,
                experiments=runs,
                is_running=lambda name: name not in self.over,
            )
        )


def ending(decision: Decision) -> str:
    """Name a decision: by its kind, or by what becomes of its only flag where all is settled."""
    if decision.kind == "settle" and len(decision.flags) == 1:
        return _in_a_word(decision.flags[0])
    return decision.kind


def becomes(decision: Decision) -> dict[str, str]:
    """Say in a word what becomes of each flag."""
    return {each["flag"]: _in_a_word(each) for each in decision.flags}


def stopped_experiments(decision: Decision) -> dict[str, Experiment]:
    """Say which flags have lost an experiment's run, and which."""
    return {
        each["flag"]: each["stoppedExperiment"]
        for each in decision.flags
        if "stoppedExperiment" in each
    }


def _in_a_word(result: FlagResult) -> str:
    return "swept" if "sweptBy" in result else result["outcome"]


@dataclass(frozen=True)
class DecisionCase:
    """What is to be decided in a situation: fields of the decision, or an error and its message."""

    name: str
    situation: Situation
    kind: str | type[Exception]
    fields: dict[str, Any]


def case(
    name: str, situation: Situation, kind: str | type[Exception], **fields: Any
) -> DecisionCase:
    """Say what is to be decided.

    `kind` is as of `ending`, `becomes` and `stopped_experiments` as of the functions of that name;
    a field that ends in `_like` is a regular expression for it.
    """
    return DecisionCase(name, situation, kind, fields)
