"""Decides what a look at AppConfig calls for.

The order of the questions is the point. What is under way comes first, because it decides what
will be served; then what is served; then what somebody has written and not deployed yet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from appconfig_rollback.deployments import (
    Completed,
    DeploymentDetails,
    HostedVersions,
    Running,
    Served,
)
from appconfig_rollback.errors import FlagNotFoundError
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.state import (
    Alarm,
    Execution,
    InTheWay,
    OthersWork,
    OwnWork,
    Rollout,
    Verdict,
    iso,
    moment,
)

#: A deployment that turns the flag off is waited for if it ends this soon, and stopped otherwise.
WORTH_WAITING_FOR = timedelta(seconds=60)

_OPTED_OUT = "the flag says rollback: off"

Answer = tuple[Completed, DeploymentDetails, Mark | None]


class Store(Protocol):
    """What is asked of AppConfig; `adapters.appconfig.AppConfigStore` answers."""

    def document(self, version: int, profile_type: str) -> FlagDocument:
        """Read a hosted version."""

    def deployment(self, number: int) -> DeploymentDetails:
        """Read a deployment."""

    def can_stop(self, state: str) -> bool:
        """Tell whether a deployment in that state can be stopped."""


@dataclass(frozen=True)
class Decision:
    """What is to be done, and the facts that the next step needs for it."""

    verdict: Verdict
    because: str = ""
    own: OwnWork | None = None
    by: OthersWork | None = None
    rollout: InTheWay | None = None


@dataclass(frozen=True)
class Look:
    """One look at AppConfig, on behalf of an execution that answers an alarm.

    `document` is the one that is served, and `since` tells of the deployments that completed since
    the alarm rang, in the order of `Served.since`. `stopped` is the rollout that this execution has
    stopped, if any. `mode` is the stack's: `auto` or `notify`. `versions` are asked for only where
    one may be written. `stop_others` allows it to stop another profile's deployment. `is_running`
    tells of an execution of this machine, by its name, whether it is running.
    """

    store: Store
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
    stopped: Rollout | None
    is_running: Callable[[str], bool]

    def decide(self) -> Decision:
        """Go through the questions."""
        served = self.document
        flag_is_on = self._is_on_in(served)
        policy = served.policy(self.alarm["flag"]) if flag_is_on is not None else "auto"
        if policy == "off":
            return Decision("opted_out", _OPTED_OUT)
        since = self._since_it_rang()
        answered_by = self._answered_by(since)
        if answered_by:
            return Decision("duplicate", f"execution {answered_by} answers the same transition")
        under_way = self._under_way(flag_is_on, dry=policy == "notify" or self.mode == "notify")
        if under_way:
            return under_way
        if flag_is_on is None:
            if not self._rollout_was_stopped:
                served.is_on(self.alarm["flag"])  # raises FlagNotFoundError, with what there is
            return Decision("rollout_stopped")
        if not flag_is_on:
            return self._off(since)
        if policy == "notify" or self.mode == "notify":
            who = "the flag" if policy == "notify" else "the stack"
            return Decision("dry_run", f"{who} is set to tell, and to do nothing")
        return self._written_before(served) or Decision("roll_back")

    def _under_way(self, flag_is_on: bool | None, *, dry: bool) -> Decision | None:
        """Look at the deployment in progress; None where it is none of our business."""
        running = self.served.in_progress
        if running is None or not (running.ours or (flag_is_on and not dry)):
            return None
        details = self.store.deployment(running.number)
        waiting = _waiting_for(running, details)
        stop = Decision("stop_rollout", waiting, rollout=_in_the_way(running, details))
        can_stop = self.store.can_stop(details.state)
        if not running.ours:
            return stop if self.stop_others and can_stop else Decision("wait", waiting)
        version = int(details.version)
        mark = read_mark(details.description)
        if mark and mark.written_by(self.execution["Name"]):
            return Decision("roll_back", own=_own(mark, version, running.number))
        document = self._document(version)
        turns_it_on = self._is_on_in(document) and mark is None
        if turns_it_on:  # then its owner's wish stands in what is rolled out
            policy = document.policy(self.alarm["flag"])
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

    def _ends_soon(self, details: DeploymentDetails) -> bool:
        ends = details.should_end_at
        return ends is not None and ends - self.now <= WORTH_WAITING_FOR

    def _off(self, since: list[Answer]) -> Decision:
        """Find out who turned the flag off: what is served has it off.

        Behind a person's release only this execution's own work is looked for.
        """
        flag, rang = self.alarm["flag"], moment(self.alarm["transitionedAt"])
        by_hand = False
        for completed, details, mark in since:
            if mark and mark.written_by(self.execution["Name"]):
                return Decision("roll_back", own=_own(mark, completed.version, completed.number))
            if self._rollout_was_stopped:
                return Decision("rollout_stopped")
            if completed.started_at < rang or (mark and mark.flag == flag):
                break
            by_hand = by_hand or mark is None
            if mark and not by_hand and self._is_on_in(self._document(mark.base)):
                return Decision("coalesced", by=self._by(mark, completed.version, details))
        return Decision("already_off")

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

    def _answered_by(self, since: list[Answer]) -> str | None:
        """Find another execution that turned the flag off for this very transition.

        If the flag is on, or about to be, all the same, then a person has decided since.
        """
        for _, _, mark in since:
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
        if self._is_on_in(newest) or not (
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

    def _is_on_in(self, document: FlagDocument) -> bool | None:
        """Tell whether the flag is on in a document; None where it is not in there."""
        try:
            return document.is_on(self.alarm["flag"])
        except FlagNotFoundError:
            return None

    def _by(self, mark: Mark, version: int, details: DeploymentDetails) -> OthersWork:
        machine = self.execution["Id"].rpartition(":")[0]
        return {
            "execution": f"{machine}:{mark.execution}",
            "fromVersion": mark.base,
            "toVersion": version,
            "deploymentNumber": details.number,
        }


def _in_the_way(running: Running, details: DeploymentDetails) -> InTheWay:
    return {
        "number": running.number,
        "version": int(details.version) if details.version.isdecimal() else None,
        "profileName": running.profile_name,
        "baking": details.state == "BAKING",
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
