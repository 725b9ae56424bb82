"""What a deployment in progress calls for: AppConfig runs one per environment at a time."""

from datetime import timedelta

from appconfig_rollback.case import OPTED_OUT, Case, Decision
from appconfig_rollback.deployments import DeploymentDetails, Running
from appconfig_rollback.experiments import showing
from appconfig_rollback.exposure import is_on_in
from appconfig_rollback.mark import read_mark
from appconfig_rollback.state import InTheWay, iso, moment
from appconfig_rollback.turned_off import own_work, stop_run

#: A deployment that turns the flag off is waited for if it ends this soon, and stopped otherwise.
#: One of AppConfig's own is waited for as long before an experiment's run is stopped first.
WORTH_WAITING_FOR = timedelta(seconds=60)


def decide(case: Case, flag_is_on: bool | None, *, dry: bool) -> Decision | None:
    """Look at the deployment in progress; None where it is none of our business."""
    running = case.look.served.in_progress
    if running is None or not (running.ours or (flag_is_on and not dry)):
        return None
    details = case.store.deployment(running.number)
    if running.managed:
        return None if dry else _managed(case, running, details, flag_is_on)
    if not running.ours:
        return _in_the_way(case, running, details, may_stop=case.rules.stop_others)
    return _rollout(case, running, details, flag_is_on, dry=dry)


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
    turns_it_on = is_on_in(document, case.flag) and mark is None
    if turns_it_on:  # then its owner's wish stands in what is rolled out
        policy = document.policy(case.flag)
        if policy == "off":
            return OPTED_OUT
        dry = dry or policy == "notify"
    if dry:
        because = f"{_named(running, details)} would be stopped"
        return Decision("dry_run", because) if turns_it_on else None
    if not turns_it_on and not flag_is_on:
        return None
    # A rollback of another flag leaves this one as it was; stopped, that other flag stayed on.
    worth_waiting = mark is not None or (not turns_it_on and _ends_soon(case, details))
    return _in_the_way(case, running, details, may_stop=not worth_waiting)


def _managed(
    case: Case, running: Running, details: DeploymentDetails, flag_is_on: bool | None
) -> Decision | None:
    """Wait for a deployment of AppConfig's own, which is nobody's to stop.

    Where it takes long, the flag's experiment is stopped first, and the rollback follows: the
    deployment may be the experiment's, and nothing says how long those take.
    """
    version = int(details.version) if running.ours and details.version.isdecimal() else None
    turns_it_on = version is not None and is_on_in(case.document(version), case.flag)
    if not flag_is_on and not turns_it_on:
        return None
    now = case.look.now
    began = max(moment(case.alarm["startedAt"]), details.started_at or now)
    long = now - began > WORTH_WAITING_FOR
    if case.rules.stop_experiments and (long or not flag_is_on):
        run = showing(case.experiments, case.flag, case.done.experiment)
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
    return Decision("stop_rollout", named, rollout=found)


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
