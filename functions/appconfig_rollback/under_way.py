"""What a deployment in progress calls for: AppConfig runs one per environment at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from appconfig_rollback.case import Case, Decision, RollingOut
from appconfig_rollback.deployments import DeploymentDetails, Running
from appconfig_rollback.exposure import is_on_in
from appconfig_rollback.times import moment
from appconfig_rollback.turned_off import own_work, results, stop_run

if TYPE_CHECKING:
    from appconfig_rollback.state import InTheWay

#: A deployment that turns a flag off is waited for if it ends this soon, and stopped otherwise.
#: One of AppConfig's own is waited for as long before an experiment's run is stopped first.
WORTH_WAITING_FOR = timedelta(seconds=60)


def decide(case: Case) -> Decision | None:
    """Look at the deployment in progress; None where it is none of our business."""
    running = case.look.served.in_progress
    if running is None or not (running.ours or _needs_the_environment(case)):
        return None
    if rollout := case.rolling_out:
        return _rollout(case, running, rollout)
    details = case.store.deployment(running.number)
    if running.managed:
        return _managed(case, running, details)
    found = _in_the_way(case, running, details, may_stop=case.rules.stop_others)
    # Whether stopping a run needs the environment is inferred: it is tried while that waits.
    return found if _on(case) or found.kind == "stop_rollout" else None


def _on(case: Case) -> list[str]:
    """List the flags that are to be turned off in what is served."""
    return [flag for flag in case.to_turn_off if case.is_on(flag)]


def _needs_the_environment(case: Case) -> bool:
    """Return whether this execution has something to deploy, or an experiment's run to stop."""
    return bool(_on(case)) or any(case.showing(flag) for flag in case.to_turn_off)


def _rollout(case: Case, running: Running, rollout: RollingOut) -> Decision | None:
    mark, details = rollout.mark, rollout.details
    if mark and case.wrote(mark):
        return Decision("roll_back", flags=results(case), own=own_work(mark, details))
    flags = [*case.to_turn_off, *case.to_tell]
    brought = [flag for flag in flags if is_on_in(rollout.document, flag)]
    if mark and not all(case.is_on(flag) for flag in brought):
        # A rollback of another flag, on top of a release that is reverted by now: never stopped.
        return Decision("wait", running.named(details))
    turned_on = [flag for flag in case.to_turn_off if case.turned_on_by_rollout(flag)]
    if not turned_on and not _on(case):
        return None
    # A rollback of another flag leaves these as they were; stopped, that other flag stayed on.
    worth_waiting = mark is not None or (not turned_on and _ends_soon(case, details))
    return _in_the_way(case, running, details, may_stop=not worth_waiting)


def _managed(case: Case, running: Running, details: DeploymentDetails) -> Decision | None:
    """Wait for a deployment of AppConfig's own, which is nobody's to stop.

    While one of this profile is under way, nobody knows what it does to clients. Where it takes
    long, a flag's experiment is stopped first, and the rollback follows: the deployment may be the
    experiment's, and nothing says how long those take.
    """
    if not case.to_turn_off and all(case.is_on(flag) for flag in case.to_tell):
        return None
    if not running.ours and not _on(case):
        return None
    now = case.look.now
    began = max(moment(case.alarm["startedAt"]), details.started_at or now)
    long = now - began > WORTH_WAITING_FOR
    if case.rules.stop_experiments:
        for flag in case.to_turn_off:
            if (long or not case.is_on(flag)) and (run := case.showing(flag)):
                return stop_run(case, flag, run)
    return Decision("wait", running.named(details))


def _in_the_way(
    case: Case,
    running: Running,
    details: DeploymentDetails,
    *,
    may_stop: bool,
) -> Decision:
    """Stop it, or wait for it.

    What bakes is stopped by a revert, which undoes a deployment that has completed meanwhile, so
    another profile's is never reverted.
    """
    can_stop = details.state == "DEPLOYING" or (running.ours and details.state == "BAKING")
    named = running.named(details)
    if not (may_stop and can_stop):
        return Decision("wait", named)
    found: InTheWay = {
        "number": running.number,
        "version": _version(case, running, details),
        "profileName": running.profile_name,
        "ours": running.ours,
    }
    return Decision("stop_rollout", named, in_the_way=found)


def _version(case: Case, running: Running, details: DeploymentDetails) -> int | None:
    if running.ours:
        return case.store.version(details)
    return int(details.version) if details.version.isdecimal() else None


def _ends_soon(case: Case, details: DeploymentDetails) -> bool:
    ends = details.should_end_at
    return ends is not None and ends - case.look.now <= WORTH_WAITING_FOR
