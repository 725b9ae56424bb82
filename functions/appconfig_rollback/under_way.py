"""What a deployment in progress calls for: AppConfig runs one per environment at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from appconfig_rollback.case import OPTED_OUT, Case, Decision
from appconfig_rollback.deployments import DeploymentDetails, Running
from appconfig_rollback.experiments import showing
from appconfig_rollback.exposure import is_on_in
from appconfig_rollback.mark import read_mark
from appconfig_rollback.times import iso, moment
from appconfig_rollback.turned_off import and_experiment, own_work, stop_run

if TYPE_CHECKING:
    from appconfig_rollback.state import InTheWay

#: A deployment that turns the flag off is waited for if it ends this soon, and stopped otherwise.
#: One of AppConfig's own is waited for as long before an experiment's run is stopped first.
WORTH_WAITING_FOR = timedelta(seconds=60)


def decide(case: Case, flag_is_on: bool | None, *, dry: bool) -> Decision | None:
    """Look at the deployment in progress; None where it is none of our business."""
    running = case.look.served.in_progress
    if running is None or not (running.ours or _needs_the_environment(case, flag_is_on, dry=dry)):
        return None
    details = case.store.deployment(running.number)
    if running.managed:
        return _managed(case, running, details, flag_is_on, dry=dry)
    if not running.ours:
        found = _in_the_way(case, running, details, may_stop=case.rules.stop_others)
        # Whether stopping a run needs the environment is inferred: it is tried while that waits.
        return found if flag_is_on or found.kind == "stop_rollout" else None
    return _rollout(case, running, details, flag_is_on, dry=dry)


def _needs_the_environment(case: Case, flag_is_on: bool | None, *, dry: bool) -> bool:
    """Return whether this execution has something to deploy, or an experiment's run to stop."""
    if dry:
        return False
    return bool(flag_is_on) or showing(case.experiments, case.flag, case.done.found) is not None


def _rollout(
    case: Case,
    running: Running,
    details: DeploymentDetails,
    flag_is_on: bool | None,
    *,
    dry: bool,
) -> Decision | None:
    version, mark = case.store.version(details), read_mark(details.description)
    if mark and case.wrote(mark):
        return Decision("roll_back", own=own_work(mark, details))
    document = case.document(version)
    brings_it_on = bool(is_on_in(document, case.flag))
    turns_it_on = brings_it_on and mark is None
    if brings_it_on and mark and not flag_is_on:
        # A rollback of another flag, on top of a release that is reverted by now: never stopped.
        return Decision("wait", _named(running, details))
    if turns_it_on:  # then its owner's wish stands in what is rolled out
        policy = document.policy(case.flag)
        if policy == "off":
            return OPTED_OUT
        dry = dry or policy == "notify"
    if dry:
        reason = f"{_named(running, details)} would be stopped{and_experiment(case)}"
        return Decision("dry_run", reason) if turns_it_on else None
    if not turns_it_on and not flag_is_on:
        return None
    # A rollback of another flag leaves this one as it was; stopped, that other flag stayed on.
    worth_waiting = mark is not None or (not turns_it_on and _ends_soon(case, details))
    return _in_the_way(case, running, details, may_stop=not worth_waiting)


def _managed(
    case: Case,
    running: Running,
    details: DeploymentDetails,
    flag_is_on: bool | None,
    *,
    dry: bool,
) -> Decision | None:
    """Wait for a deployment of AppConfig's own, which is nobody's to stop.

    While one of this profile is under way, nobody knows what it does to clients. Where it takes
    long, the flag's experiment is stopped first, and the rollback follows: the deployment may be
    the experiment's, and nothing says how long those take.
    """
    if dry and flag_is_on:
        return None
    if not flag_is_on and not running.ours:
        return None
    now = case.look.now
    began = max(moment(case.alarm["startedAt"]), details.started_at or now)
    long = now - began > WORTH_WAITING_FOR
    if case.rules.stop_experiments and not dry and (long or not flag_is_on):
        run = showing(case.experiments, case.flag, case.done.found)
        if run:
            return stop_run(case, run)
    return Decision("wait", _named(running, details))


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
    named = _named(running, details)
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


def _named(running: Running, details: DeploymentDetails) -> str:
    until = f", which should end at {iso(details.should_end_at)}" if details.should_end_at else ""
    return (
        f"deployment {running.number} of profile {running.profile_name!r} ({details.state}){until}"
    )
