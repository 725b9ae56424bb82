"""Who turned the flag off in what is served, and whether users get it all the same."""

from __future__ import annotations

from dataclasses import replace

from appconfig_rollback.case import Case, Decision, duplicate_of
from appconfig_rollback.deployments import DeploymentDetails
from appconfig_rollback.errors import (
    ExperimentLeftRunningError,
    NotConfirmedOffError,
    RollbackError,
)
from appconfig_rollback.experiments import ExperimentRun, showing
from appconfig_rollback.exposure import is_on_in, managed_with
from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.state import InTheWay, OthersWork, OwnWork


def by_whom(case: Case, flag_is_on: bool | None) -> Decision:
    """Find out who turned the flag off: what is served has it off, or does not have it.

    Behind a person's release only this execution's own work is looked for.

    Raises:
        FlagNotFoundError: what is served does not have the flag, whatever this execution did.
    """
    if flag_is_on is None:
        if stopped := _stopped_rollout(case):
            return Decision("rollout_stopped", in_the_way=stopped)
        case.look.document.is_on(case.flag)  # raises FlagNotFoundError, with what there is
    by_hand = False
    for deployed in case.look.since:
        mark, details = deployed.mark, deployed.details
        if mark and case.wrote(mark):
            return Decision("roll_back", own=own_work(mark, details))
        if stopped := _stopped_rollout(case):
            return Decision("rollout_stopped", in_the_way=stopped)
        before = deployed.completed.started_at < case.fired_at
        if before or (mark and mark.flag == case.flag):
            break
        by_hand = by_hand or mark is None
        if mark and not by_hand and is_on_in(case.document(mark.base), case.flag):
            return Decision("coalesced", by=_others_work(case, mark, details))
    return Decision("already_off")


def for_users(case: Case, off: Decision, *, dry: bool) -> Decision:
    """Let a decision that says "off" stand only where users no longer get the flag.

    Raises:
        ExperimentLeftRunningError: they get it from an experiment, which is left alone.
        NotConfirmedOffError: they may get it from a deployment of AppConfig's own.
    """
    served, flag = case.look.served, case.flag
    run = showing(case.experiments, flag, case.done.found)
    if run and dry:
        reason = f"the flag is off in what is served, but {run} shows it"
        done = "stopped" if case.rules.stop_experiments else "left alone"
        return Decision("dry_run", f"{reason}; it would be {done}")
    if run:
        return stop_run(case, run)
    profile_type = case.look.document.profile_type
    if managed := managed_with(case.store, served, flag, profile_type):
        raise NotConfirmedOffError(
            f"flag {flag!r} is off in version {served.version}, but {managed}: users may get it. "
            "Deploy a version with the flag off, then redrive"
        )
    if off.kind in ("already_off", "roll_back") or case.done.found:
        return _with_whoever_stopped_the_experiment(case, off)
    return off


def stop_run(case: Case, run: ExperimentRun) -> Decision:
    """Decide to stop an experiment's run.

    Raises:
        ExperimentLeftRunningError: the stack leaves experiments alone.
    """
    if not case.rules.stop_experiments:
        raise ExperimentLeftRunningError(
            f"flag {case.flag!r} is off in what is served, but {run} shows it to users, and the "
            "stack's parameter Experiments is leave. Stop the run by hand, or set the parameter to "
            "stop; then redrive"
        )
    running = case.look.served.in_progress
    beside = f" (deployment {running.number} is {running.state})" if running else ""
    return Decision("stop_experiment", f"{run} to be DONE{beside}", experiment=run.noted)


def users_may_get_it(case: Case) -> bool:
    """Return whether users may get a flag that is off in what is served."""
    if showing(case.experiments, case.flag, case.done.found):
        return True
    document, served = case.look.document, case.look.served
    return managed_with(case.store, served, case.flag, document.profile_type) is not None


def and_experiment(case: Case) -> str:
    """Say what would be done about the flag's experiment, in a sentence after another one."""
    try:
        run = showing(case.experiments, case.flag)
    except RollbackError as error:
        return f". Whether an experiment shows the flag cannot be told: {error}"
    if run is None:
        return ""
    done = "stopped" if case.rules.stop_experiments else "left alone"
    return f". {run} shows the flag, too: it would be {done}"


def own_work(mark: Mark, details: DeploymentDetails) -> OwnWork:
    """Describe a deployment that this execution has made."""
    return {
        "fromVersion": mark.base,
        "toVersion": int(details.version),
        "deploymentNumber": details.number,
    }


def _with_whoever_stopped_the_experiment(case: Case, off: Decision) -> Decision:
    """Find out who stopped the flag's experiment, if that is how it went off.

    An execution that was redriven may have forgotten that it did; a second delivery of the same
    alarm is recognised by the mark that the run keeps.
    """
    mine, others = case.done.experiment, None
    if mine is None:
        for run in case.experiments.ended(case.flag, case.fired_at, case.done.found):
            mark = read_mark(run.reasons)
            if mark and case.wrote(mark):
                mine = run.noted
            elif mark and mark.same_transition(case.alarm):
                others = mark.execution
    if off.kind != "already_off":
        return replace(off, experiment=mine)
    if mine:
        return Decision("experiment_stopped", experiment=mine)
    return duplicate_of(others) if others else off


def _stopped_rollout(case: Case) -> InTheWay | None:
    """Find the newest rollout of this profile that was stopped in favour of what is served.

    Whoever released something since turned the flag off otherwise.
    """
    for stopped in reversed(case.done.stopped):
        if stopped["ours"] and stopped["number"] > case.look.served.deployment:
            return {
                "number": stopped["number"],
                "version": stopped["version"],
                "profileName": stopped["profileName"],
                "ours": True,
            }
    return None


def _others_work(case: Case, mark: Mark, details: DeploymentDetails) -> OthersWork:
    machine = case.execution["Id"].rpartition(":")[0]
    return {
        "execution": f"{machine}:{mark.execution}",
        "fromVersion": mark.base,
        "toVersion": int(details.version),
        "deploymentNumber": details.number,
    }
