"""What a decision is made from: what was seen, what is allowed, and what was done before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from appconfig_rollback.deployments import (
    Completed,
    DeploymentDetails,
    HostedVersions,
    Running,
    Served,
)
from appconfig_rollback.errors import PersonMustActError
from appconfig_rollback.experiments import ExperimentRun, Experiments, showing
from appconfig_rollback.exposure import Beside, Store, is_on_in
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.policy import Policy, strictest
from appconfig_rollback.state import (
    Alarm,
    Execution,
    Experiment,
    FlagExperiment,
    FlagResult,
    InTheWay,
    OthersWork,
    OwnWork,
    StoppedDeployment,
    StoppedExperiment,
)
from appconfig_rollback.times import moment

#: `settle`: nothing is to be deployed, and the flags' results say how it ended.
Kind = Literal["roll_back", "wait", "stop_rollout", "stop_experiment", "settle", "duplicate"]


@dataclass(frozen=True)
class Deployed:
    """A deployment of the profile that completed, with the mark of the execution that made it."""

    completed: Completed
    details: DeploymentDetails
    mark: Mark | None


@dataclass(frozen=True)
class Look:
    """What was seen of AppConfig at one moment.

    `document` is the one that is served. `since` are the deployments that completed since the alarm
    fired, the newest first and at least that one. `versions` are read only where one may be
    written. `lately` are the profile's deployments of the last hour, and `lately_stopped` the runs
    of experiments that ended in it; both are read only where the flags of an hour are limited.
    """

    served: Served
    document: FlagDocument
    since: tuple[Deployed, ...]
    versions: Callable[[], HostedVersions]
    now: datetime
    lately: tuple[DeploymentDetails, ...] = ()
    lately_stopped: tuple[ExperimentRun, ...] = ()


@dataclass(frozen=True)
class Rules:
    """What is allowed: `mode` by the stack, `alarm` by the alarm.

    `stop_others` allows it to stop another profile's deployment, `stop_experiments` to stop an
    experiment on a flag. `max_flags` is how many flags alarms may turn off in an hour; None for any
    number.
    """

    mode: Policy
    stop_others: bool
    stop_experiments: bool
    alarm: Policy = "auto"
    max_flags: int | None = None


@dataclass(frozen=True)
class Done:
    """What this execution has done so far, if anything.

    `experiments` are the runs that it went to stop, whoever stopped them in the end. `refused` says
    that AppConfig has refused a version of its own that was more than the switches.
    """

    stopped: Sequence[StoppedDeployment] = ()
    experiments: Sequence[StoppedExperiment] = ()
    refused: bool = False

    def found(self, flag: str) -> Experiment | None:
        """Find the newest run on a flag that this execution went to stop."""
        return self._run(flag, stopped=False)

    def stopped_run(self, flag: str) -> Experiment | None:
        """Find the newest run on a flag that this execution has stopped."""
        return self._run(flag, stopped=True)

    def _run(self, flag: str, *, stopped: bool) -> Experiment | None:
        for run in reversed(self.experiments):
            if run["flag"] == flag and (run["stopped"] or not stopped):
                return {"definition": run["definition"], "name": run["name"], "run": run["run"]}
        return None


@dataclass(frozen=True)
class RollingOut:
    """A rollout of this profile: what is brought, and by whose mark."""

    running: Running
    details: DeploymentDetails
    document: FlagDocument
    mark: Mark | None

    def __str__(self) -> str:
        return self.running.named(self.details)


@dataclass(frozen=True)
class Case:
    """An execution that answers an alarm, and all that its decision is made from.

    `is_running` tells of another execution of this machine, by its name, whether it is running.
    """

    alarm: Alarm
    execution: Execution
    look: Look
    rules: Rules
    done: Done
    store: Store
    experiments: Experiments
    is_running: Callable[[str], bool]

    @cached_property
    def failed(self) -> dict[str, PersonMustActError]:
        """The flags that cannot be turned off, and why: they must not keep the others on.

        Raises:
            PersonMustActError: none of the alarm's flags can.
        """
        found: dict[str, PersonMustActError] = {}
        for flag in self.alarm["flags"]:
            try:
                self.is_on(flag)
                self.turned_on_by_rollout(flag)
            except PersonMustActError as error:
                found[flag] = error
        if len(found) == len(self.alarm["flags"]):
            raise next(iter(found.values()))
        return found

    @cached_property
    def to_turn_off(self) -> list[str]:
        """The flags of the alarm that are to be off."""
        return self._with("auto")

    @cached_property
    def to_tell(self) -> list[str]:
        """The flags of the alarm of which only is to be said what would be done."""
        return self._with("notify")

    @cached_property
    def to_leave(self) -> list[str]:
        """The flags of the alarm whose owners want nothing done."""
        return self._with("off")

    @property
    def fired_at(self) -> datetime:
        """When the alarm went to ALARM."""
        return moment(self.alarm["transitionedAt"])

    @cached_property
    def beside(self) -> Beside:
        """The deployments in progress beside what is served."""
        return Beside(self.store, self.look.served, self.look.document.profile_type)

    @cached_property
    def rolling_out(self) -> RollingOut | None:
        """The rollout of this profile by a person or an execution, if one is in progress."""
        running = self.look.served.in_progress
        if running is None or not running.ours or running.managed:
            return None
        details = self.store.deployment(running.number)
        document = self.document(self.store.version(details))
        return RollingOut(running, details, document, read_mark(details.description))

    def is_on(self, flag: str) -> bool | None:
        """Return whether a flag is on in what is served; None where it is not in there."""
        return is_on_in(self.look.document, flag)

    def turned_on_by_rollout(self, flag: str) -> bool:
        """Return whether somebody's rollout of this profile brings a flag on."""
        rollout = self.rolling_out
        return (
            rollout is not None and rollout.mark is None and bool(is_on_in(rollout.document, flag))
        )

    def showing(self, flag: str) -> ExperimentRun | None:
        """Find a run of an experiment by which users may get a flag."""
        return showing(self.experiments, flag, self.done.found(flag))

    def wrote(self, mark: Mark | None) -> bool:
        """Return whether this execution left a mark."""
        return mark is not None and mark.written_by(self.execution["Name"])

    def document(self, version: int) -> FlagDocument:
        """Read a hosted version, once: it never changes, and each of several flags asks for it."""
        if version not in self._documents:
            kind = self.look.document.profile_type
            self._documents[version] = self.store.document(version, kind)
        return self._documents[version]

    @cached_property
    def _documents(self) -> dict[int, FlagDocument]:
        return {}

    def policy(self, flag: str) -> Policy:
        """Choose the strictest of what stack, alarm and the flag's owner allow.

        An owner's wish is in what is served, and in what is being rolled out to turn the flag
        on. All of that is said of alarms: a person who names the flag decides alone.
        """
        if self.alarm["namedBy"] == "person":
            return "auto"
        served = self.look.document
        own = served.policy(flag) if self.is_on(flag) is not None else None
        allowed = strictest([self.rules.mode, self.rules.alarm, own])
        if self.turned_on_by_rollout(flag) and self.rolling_out:
            return strictest([allowed, self.rolling_out.document.policy(flag)])
        return allowed

    def _with(self, policy: Policy) -> list[str]:
        return [flag for flag, allowed in self._policies.items() if allowed == policy]

    @cached_property
    def _policies(self) -> dict[str, Policy]:
        flags = self.alarm["flags"]
        return {flag: self.policy(flag) for flag in flags if flag not in self.failed}


@dataclass(frozen=True)
class Decision:
    """What is to be done, and the facts that the next step needs for it.

    `flags` are what becomes of each flag: for `roll_back`, once the deployment is confirmed.
    `by` is whose deployment turned flags off together with its own, for `settle`. `in_the_way` is
    the deployment to stop for `stop_rollout`, and the one that was stopped for `settle`.
    `experiment` is the run to stop for `stop_experiment`.
    """

    kind: Kind
    reason: str = ""
    flags: tuple[FlagResult, ...] = ()
    own: OwnWork | None = None
    by: OthersWork | None = None
    in_the_way: InTheWay | None = None
    experiment: FlagExperiment | None = None


def duplicate_of(execution: str) -> Decision:
    """Decide that another execution answers the very same transition."""
    return Decision("duplicate", f"execution {execution} answers the same transition")
