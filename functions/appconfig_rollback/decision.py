"""Decides what a look at AppConfig calls for.

The order of the questions is the point. What is under way comes first, because it decides what
will be served; then what is served; then what somebody has written and not deployed yet. Whatever
says that the flag is off passes one more question: do users get it all the same?
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from appconfig_rollback.deployments import (
    Completed,
    DeploymentDetails,
    HostedVersions,
    Running,
    Served,
)
from appconfig_rollback.errors import (
    ExperimentLeftRunningError,
    FlagStillOnError,
    NotConfirmedOffError,
    RollbackError,
)
from appconfig_rollback.experiments import ExperimentRun, Experiments, showing
from appconfig_rollback.exposure import is_on_in, managed_with
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.state import (
    Alarm,
    Execution,
    Experiment,
    InTheWay,
    OthersWork,
    OwnWork,
    Rollout,
    iso,
    moment,
)

#: A deployment that turns the flag off is waited for if it ends this soon, and stopped otherwise.
#: One of AppConfig's own is waited for as long before an experiment's run is stopped first.
WORTH_WAITING_FOR = timedelta(seconds=60)

Verdict = Literal[
    "roll_back",
    "wait",
    "stop_rollout",
    "stop_experiment",
    "already_off",
    "coalesced",
    "rollout_stopped",
    "experiment_stopped",
    "duplicate",
    "dry_run",
    "opted_out",
]

_OPTED_OUT = "the flag says rollback: off"

Answer = tuple[Completed, DeploymentDetails, Mark | None]


class Store(Protocol):
    """What is asked of AppConfig; `adapters.appconfig.AppConfigStore` answers."""

    def document(self, version: int, profile_type: str) -> FlagDocument:
        """Read a hosted version."""

    def deployment(self, number: int) -> DeploymentDetails:
        """Read a deployment."""

    def version(self, details: DeploymentDetails) -> int:
        """Find the number of the hosted version that a deployment of the profile names."""


@dataclass(frozen=True)
class Decision:
    """What is to be done, and the facts that the next step needs for it.

    `experiment` is the run to stop for `stop_experiment`, and otherwise the one that this execution
    has stopped.
    """

    verdict: Verdict
    because: str = ""
    own: OwnWork | None = None
    by: OthersWork | None = None
    rollout: InTheWay | None = None
    experiment: Experiment | None = None


@dataclass(frozen=True)
class Look:
    """One look at AppConfig, on behalf of an execution that answers an alarm.

    `document` is the one that is served, and `since` tells of the deployments that completed since
    the alarm rang, in the order of `Served.since`. `stopped` is the rollout that this execution has
    stopped, and `ended` the experiment's run, if any. `mode` is the stack's: `auto` or `notify`.
    `versions` are asked for only where one may be written. `stop_others` allows it to stop another
    profile's deployment, `stop_experiments` an experiment on the flag. `is_running` tells of an
    execution of this machine, by its name, whether it is running.
    """

    store: Store
    experiments: Experiments
    alarm: Alarm
    execution: Execution
    profile_type: str
    served: Served
    document: FlagDocument
    since: Sequence[DeploymentDetails]
    versions: Callable[[], HostedVersions]
    now: datetime
    mode: str
    stop_others: bool
    stop_experiments: bool
    stopped: Rollout | None
    ended: Experiment | None
    is_running: Callable[[str], bool]

    def decide(self) -> Decision:
        """Go through the questions.

        Raises:
            FlagNotFoundError: neither what is served nor what is rolled out has the flag.
            ExperimentLeftRunningError: users get it from an experiment, which is left alone.
            NotConfirmedOffError: users may get it from a deployment of AppConfig's own.
            FlagStillOnError: somebody turned it on after this attempt had turned it off.
        """
        served = self.document
        flag_is_on = is_on_in(served, self._flag)
        policy = served.policy(self._flag) if flag_is_on is not None else "auto"
        if policy == "off":
            return Decision("opted_out", _OPTED_OUT)
        since = self._since_it_rang()
        answered_by = self._answered_by([mark for _, _, mark in since])
        if answered_by:
            return Decision("duplicate", f"execution {answered_by} answers the same transition")
        dry = policy == "notify" or self.mode == "notify"
        under_way = self._under_way(flag_is_on, dry=dry)
        if under_way:
            return under_way
        if not flag_is_on:
            return self._for_users(self._off(flag_is_on, since), dry=dry)
        if dry:
            who = "the flag" if policy == "notify" else "the stack"
            because = f"{who} is set to tell, and to do nothing{self._and_experiment()}"
            return Decision("dry_run", because)
        self._refuse_to_overrule(since)
        return self._written_before(served) or Decision("roll_back")

    @property
    def _flag(self) -> str:
        return self.alarm["flag"]

    def _under_way(self, flag_is_on: bool | None, *, dry: bool) -> Decision | None:
        """Look at the deployment in progress; None where it is none of our business."""
        running = self.served.in_progress
        if running is None or not (running.ours or (flag_is_on and not dry)):
            return None
        details = self.store.deployment(running.number)
        waiting = _waiting_for(running, details)
        if running.managed:
            return self._behind_appconfig(running, details, flag_is_on, dry=dry)
        stop = Decision("stop_rollout", waiting, rollout=_in_the_way(running, details))
        # A revert undoes what has completed meanwhile, so another profile's is never reverted.
        can_stop = details.state == "DEPLOYING" or (running.ours and details.state == "BAKING")
        if not running.ours:
            return stop if self.stop_others and can_stop else Decision("wait", waiting)
        version = self.store.version(details)
        mark = read_mark(details.description)
        if mark and mark.written_by(self.execution["Name"]):
            return Decision("roll_back", own=_own(mark, version, running.number))
        document = self._document(version)
        turns_it_on = is_on_in(document, self._flag) and mark is None
        if turns_it_on:  # then its owner's wish stands in what is rolled out
            policy = document.policy(self._flag)
            if policy == "off":
                return Decision("opted_out", _OPTED_OUT)
            dry = dry or policy == "notify"
        if dry:
            return Decision("dry_run", f"{waiting} would be stopped") if turns_it_on else None
        if not turns_it_on and not flag_is_on:
            return None
        # A rollback of another flag leaves this one as it was; stopped, that other flag stayed on.
        if mark or (not turns_it_on and self._ends_soon(details)):
            return Decision("wait", waiting)
        return stop if can_stop else Decision("wait", waiting)

    def _behind_appconfig(
        self,
        running: Running,
        details: DeploymentDetails,
        flag_is_on: bool | None,
        *,
        dry: bool,
    ) -> Decision | None:
        """Wait for a deployment of AppConfig's own, which is nobody's to stop.

        Where it takes long, the flag's experiment is stopped first, and the rollback follows: the
        deployment may be the experiment's, and nothing says how long those take.
        """
        if dry:
            return None
        version = details.version
        turns_it_on = (
            running.ours
            and version.isdecimal()
            and is_on_in(self._document(int(version)), self._flag)
        )
        if not flag_is_on and not turns_it_on:
            return None
        began = max(moment(self.alarm["startedAt"]), details.started_at or self.now)
        if (not flag_is_on or self.now - began > WORTH_WAITING_FOR) and self.stop_experiments:
            run = showing(self.experiments, self._flag, self.ended)
            if run:
                return self._stop(run)
        return Decision("wait", _waiting_for(running, details))

    def _for_users(self, off: Decision, *, dry: bool) -> Decision:
        """Let a decision that says "off" stand only where users no longer get the flag."""
        run = showing(self.experiments, self._flag, self.ended)
        if run and dry:
            because = f"the flag is off in what is served, but {run} shows it"
            return Decision("dry_run", f"{because}; it would be stopped")
        if run:
            return self._stop(run)
        if managed := managed_with(self.store, self.served, self._flag, self.profile_type):
            raise NotConfirmedOffError(
                f"flag {self._flag!r} is off in version {self.served.version}, but {managed}: "
                "users may get it. Deploy a version with the flag off, then redrive"
            )
        if off.verdict in ("already_off", "roll_back"):
            return self._ended_by(off)
        return replace(off, experiment=self.ended)

    def _stop(self, run: ExperimentRun) -> Decision:
        if not self.stop_experiments:
            raise ExperimentLeftRunningError(
                f"flag {self._flag!r} is off in what is served, but {run} shows it to users, and "
                "the stack's parameter Experiments is leave. Stop the run by hand, or set the "
                "parameter to stop; then redrive"
            )
        return Decision("stop_experiment", f"{run} to be DONE", experiment=run.noted)

    def _ended_by(self, off: Decision) -> Decision:
        """Find out who stopped the flag's experiment, if that is how it went off.

        An execution that was redriven may have forgotten that it did; a second delivery of the
        same alarm is recognised by the mark that the run keeps.
        """
        mine, others = self.ended, None
        if mine is None:
            for run in self.experiments.ended(self._flag, moment(self.alarm["transitionedAt"])):
                mark = read_mark(run.verdict)
                if mark and mark.written_by(self.execution["Name"]):
                    mine = run.noted
                elif mark and mark.same_transition(self.alarm):
                    others = mark.execution
        if off.verdict == "roll_back":
            return replace(off, experiment=mine)
        if mine:
            return Decision("experiment_stopped", experiment=mine)
        if others:
            return Decision("duplicate", f"execution {others} answers the same transition")
        return off

    def _and_experiment(self) -> str:
        """Say what would be done about the flag's experiment."""
        try:
            run = showing(self.experiments, self._flag)
        except RollbackError as error:
            return f". Whether an experiment shows the flag cannot be told: {error}"
        if run is None:
            return ""
        done = "stopped" if self.stop_experiments else "left alone"
        return f". {run} shows the flag, too: it would be {done}"

    def _ends_soon(self, details: DeploymentDetails) -> bool:
        ends = details.should_end_at
        return ends is not None and ends - self.now <= WORTH_WAITING_FOR

    def _off(self, flag_is_on: bool | None, since: list[Answer]) -> Decision:
        """Find out who turned the flag off: what is served has it off, or does not have it.

        Behind a person's release only this execution's own work is looked for.
        """
        if flag_is_on is None:
            if not self._rollout_was_stopped:
                self.document.is_on(self._flag)  # raises FlagNotFoundError, with what there is
            return Decision("rollout_stopped")
        flag, rang = self.alarm["flag"], moment(self.alarm["transitionedAt"])
        by_hand = False
        for completed, details, mark in since:
            if mark and mark.written_by(self.execution["Name"]):
                return Decision("roll_back", own=_own(mark, int(details.version), details.number))
            if self._rollout_was_stopped:
                return Decision("rollout_stopped")
            if completed.started_at < rang or (mark and mark.flag == flag):
                break
            by_hand = by_hand or mark is None
            if mark and not by_hand and is_on_in(self._document(mark.base), flag):
                return Decision("coalesced", by=self._by(mark, details))
        return Decision("already_off")

    def _refuse_to_overrule(self, since: list[Answer]) -> None:
        """Refuse to turn the flag off a second time, where somebody turned it on since the first.

        A redrive begins a new attempt: then a person has decided.
        """
        for _, details, mark in since:
            began = details.started_at
            mine = mark is not None and mark.written_by(self.execution["Name"])
            if mine and began is not None and began >= moment(self.alarm["startedAt"]):
                raise FlagStillOnError(
                    f"flag {self._flag!r} was off by deployment {details.number}; deployment "
                    f"{self.served.deployment}, which came after it, has it on again. If that was "
                    "not meant, redrive"
                )

    @property
    def _rollout_was_stopped(self) -> bool:
        """Tell whether what is served is what a rollout of this profile was stopped in favour of.

        Whoever released something since turned the flag off otherwise.
        """
        stopped = self.stopped
        return (
            stopped is not None
            and stopped["ours"]
            and stopped["stopped"]
            and stopped["number"] > self.served.deployment
        )

    def _answered_by(self, marks: Sequence[Mark | None]) -> str | None:
        """Find another execution that turned the flag off for this very transition.

        If the flag is on, or about to be, all the same, then a person has decided since.
        """
        for mark in marks:
            if mark and mark.same_transition(self.alarm):
                return None if mark.written_by(self.execution["Name"]) else mark.execution
        return None

    def _since_it_rang(self) -> list[Answer]:
        """Tell who wrote what completed since the alarm rang, at least the newest of it."""
        completed = self.served.since(moment(self.alarm["transitionedAt"]))
        pairs = zip(completed, self.since, strict=True)
        return [(one, details, read_mark(details.description)) for one, details in pairs]

    def _written_before(self, served: FlagDocument) -> Decision | None:
        """Look at the newest version before writing another.

        One that this system wrote on top of what is served, with the flag off, need only be
        deployed: by the execution that wrote it, or where that one has ended, by this one, unless
        other flags are off in it: their alarms may be quiet by now.
        """
        versions = self.versions()
        latest = versions.latest
        mark = read_mark(versions.descriptions.get(latest))
        if latest <= self.served.version or mark is None:
            return None
        newest = self._document(latest)
        if not newest.is_rollback_of(served):
            return None
        mine = mark.written_by(self.execution["Name"])
        if not mine and self.is_running(mark.execution):
            return Decision("wait", f"execution {mark.execution} to deploy version {latest}")
        if is_on_in(newest, self._flag) or not (
            mine or newest.is_rollback_of(served, only=self.alarm["flag"])
        ):
            return None
        return Decision(
            "roll_back",
            own={
                "fromVersion": self.served.version,
                "toVersion": latest,
                "deploymentNumber": None,
            },
        )

    def _document(self, version: int) -> FlagDocument:
        return self.store.document(version, self.profile_type)

    def _by(self, mark: Mark, details: DeploymentDetails) -> OthersWork:
        machine = self.execution["Id"].rpartition(":")[0]
        return {
            "execution": f"{machine}:{mark.execution}",
            "fromVersion": mark.base,
            "toVersion": int(details.version),
            "deploymentNumber": details.number,
        }


def _in_the_way(running: Running, details: DeploymentDetails) -> InTheWay:
    return {
        "number": running.number,
        "version": int(details.version) if details.version.isdecimal() else None,
        "profileName": running.profile_name,
        "ours": running.ours,
    }


def _waiting_for(running: Running, details: DeploymentDetails) -> str:
    until = f", which should end at {iso(details.should_end_at)}" if details.should_end_at else ""
    return (
        f"deployment {running.number} of profile {running.profile_name!r} ({details.state}){until}"
    )


def _own(mark: Mark, version: int, deployment: int) -> OwnWork:
    return {"fromVersion": mark.base, "toVersion": version, "deploymentNumber": deployment}


def backoff(attempt: int, draw: Callable[[int, int], int], longest: int = 30) -> int:
    """Choose how many seconds to wait: jittered, and longer with each attempt."""
    return draw(1, min(2**attempt, longest))
