"""Looks at an AppConfig of the test's making: what is served, deployed and written there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from appconfig_rollback.case import Case, Decision, Deployed, Done, Look, Rules
from appconfig_rollback.decision import decide
from appconfig_rollback.deployments import (
    Completed,
    DeploymentDetails,
    HostedVersions,
    Running,
    Served,
)
from appconfig_rollback.errors import NotHostedError
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.times import iso, moment
from tests.domain.documents import FREEFORM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appconfig_rollback.experiments import ExperimentRun
    from appconfig_rollback.state import Alarm, Execution, Experiment, StoppedDeployment

FIRED = datetime(2026, 3, 2, 17, 4, 40, 989_000, tzinfo=UTC)
NOW = FIRED + timedelta(seconds=20)
MACHINE = "arn:aws:states:eu-west-1:123456789012:execution:flag-rollback"
EXECUTION: Execution = {
    "Id": f"{MACHINE}:run-1",
    "Name": "run-1",
    "Input": None,
    "StartTime": iso(FIRED),
}
STOPPED: StoppedDeployment = {
    "number": 8,
    "version": 4,
    "profileName": "flags",
    "ours": True,
    "confirmed": True,
    "reverted": False,
    "description": "",
}


def alarm(flag: str = "a", fired: datetime = FIRED) -> Alarm:
    return {
        "flag": flag,
        "alarmName": f"FeatureFlag-{flag}-ErrorRate",
        "alarmArn": None,
        "state": "ALARM",
        "reason": "12.7 > 5.0",
        "transitionedAt": iso(fired),
        "region": None,
        "account": None,
        "ignoredBecause": None,
        "startedAt": iso(fired),
    }


def mark(execution: str, base: int, flag: str = "a", fired: datetime = FIRED) -> str:
    """The description of what an execution wrote on top of a version."""
    return str(Mark.of(alarm(flag, fired), {**EXECUTION, "Name": execution}, base))


def flags(*on: str, off: str = "", **more: str) -> str:
    """A freeform document; `off` names flags by one letter each, `more` gives flags as JSON."""
    states = {**dict.fromkeys(on, "true"), **dict.fromkeys(off, "false")}
    written = {name: f'{{"enabled": {state}}}' for name, state in states.items()} | more
    inner = ", ".join(f'"{name}": {text}' for name, text in written.items())
    return f'{{"flags": {{{inner}}}}}'


_alarm = alarm


@dataclass
class Place:
    """An environment, as one execution sees it; version 3, with flag `a` on, is served at first.

    `versions` and `deployments` are by number; a completed deployment begins 1 s after the alarm
    unless it says otherwise.
    """

    versions: dict[int, str] = field(default_factory=lambda: {3: flags("a", "b")})
    written_by: dict[int, str] = field(default_factory=dict)
    deployments: dict[int, DeploymentDetails] = field(default_factory=dict)
    completed: list[Completed] = field(default_factory=list)
    running: Running | None = None
    ended: set[str] = field(default_factory=set)
    runs: list[ExperimentRun] = field(default_factory=list)
    managed: list[Completed] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    profile_type: str = FREEFORM
    read: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.completed:
            self.complete(7, 3, began=FIRED - timedelta(days=1))

    def complete(
        self,
        number: int,
        version: int | str,
        by: str = "",
        began: datetime = FIRED + timedelta(seconds=1),
        *,
        managed: bool = False,
    ) -> None:
        """A deployment that completed, after those there are."""
        named = version if isinstance(version, int) else None
        (self.managed if managed else self.completed).insert(0, Completed(number, named, began))
        details = _details(number, "COMPLETE", version, by, None)
        self.deployments[number] = replace(details, started_at=began)

    def run(
        self,
        state: str,
        version: int | str = 4,
        *,
        by: str = "",
        ours: bool = True,
        managed: bool = False,
        ends: timedelta | None = timedelta(minutes=30),
        began: timedelta = timedelta(),
    ) -> None:
        """Let a deployment be in progress, begun that long before now; it ends that long after."""
        number = max(self.deployments) + 1
        self.running = Running(number, state, "flags" if ours else "limits", ours, managed)
        self.deployments[number] = replace(
            _details(number, state, version, by, ends), started_at=NOW - began
        )

    # What `appconfig_rollback.exposure.Store` asks for.

    def document(self, version: int, profile_type: str) -> FlagDocument:
        self.read.append(version)
        return FlagDocument(self.versions[version].encode(), "application/json", profile_type)

    def deployment(self, number: int) -> DeploymentDetails:
        return self.deployments[number]

    def version(self, details: DeploymentDetails) -> int:
        if details.version.isdecimal():
            return int(details.version)
        if details.version not in self.labels:
            raise NotHostedError(details.version)
        return self.labels[details.version]

    @property
    def experiments(self) -> _Experiments:
        """The experiments on its flags."""
        return _Experiments(self)

    def decide(
        self,
        *,
        alarm: Alarm | None = None,
        experiments: Any = None,  # noqa: ANN401 - the place's own unless given
        mode: str = "auto",
        stop_others: bool = False,
        stop_experiments: bool = True,
        stopped: Sequence[StoppedDeployment] = (),
        ended: Experiment | None = None,
        refused: bool = False,
    ) -> Decision:
        asked = alarm or _alarm()
        latest, version = max(self.deployments), self.completed[0].version or 0
        served = Served(latest, self.running, tuple(self.completed), version, tuple(self.managed))
        since = [
            Deployed(each, self.deployment(each.number), read_mark(self._by(each.number)))
            for each in served.since(moment(asked["transitionedAt"]))
        ]
        document = self.document(version, self.profile_type)
        look = Look(
            served,
            document,
            tuple(since),
            lambda: HostedVersions(max(self.versions), self.written_by),
            NOW,
        )
        return decide(
            Case(
                alarm=asked,
                execution=EXECUTION,
                look=look,
                rules=Rules(mode, stop_others, stop_experiments),
                done=Done(stopped, ended, refused, ended),
                store=self,
                experiments=experiments or self.experiments,
                is_running=lambda name: name not in self.ended,
            )
        )

    def _by(self, number: int) -> str:
        return self.deployment(number).description


@dataclass
class _Experiments:
    """What `appconfig_rollback.experiments.Experiments` asks for."""

    place: Place

    def running(self, *_: object) -> list[ExperimentRun]:
        return [run for run in self.place.runs if run.running]

    def ended(self, *_: object) -> list[ExperimentRun]:
        return [run for run in self.place.runs if not run.running]


def _details(
    number: int, state: str, version: int | str, by: str, ends: timedelta | None
) -> DeploymentDetails:
    until = None if ends is None else NOW + ends
    return DeploymentDetails(number, state, str(version), by, until, None, "")
