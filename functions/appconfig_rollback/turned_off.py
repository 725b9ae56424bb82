"""Who turned flags off in what is served, and whether users get them all the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest

from appconfig_rollback.case import Case, Decision, Deployed, duplicate_of
from appconfig_rollback.deployments import DeploymentDetails
from appconfig_rollback.errors import (
    ExperimentLeftRunningError,
    NotConfirmedOffError,
    PersonMustActError,
    RollbackError,
)
from appconfig_rollback.experiments import ExperimentRun
from appconfig_rollback.exposure import is_on_in
from appconfig_rollback.guarding import ALARM_OPTED_OUT, POLICY_TAG
from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.state import (
    Experiment,
    FlagOutcome,
    FlagResult,
    InTheWay,
    OthersWork,
    OwnWork,
    strongest,
)

OPTED_OUT = "the flag says rollback: off"


@dataclass(frozen=True)
class Off:
    """How it went for a flag, and whose work that was, where it was somebody's."""

    result: FlagResult
    own: OwnWork | None = None
    by: OthersWork | None = None
    rollout: InTheWay | None = None


def decide(case: Case) -> Decision:
    """Decide what no flag that is on in what is served calls for.

    Raises:
        FlagNotFoundError: what is served has none of the flags, whatever this execution did.
        ExperimentLeftRunningError: users get one from an experiment, which is left alone.
        NotConfirmedOffError: users may get one from a deployment of AppConfig's own.
    """
    off = {flag: by_whom(case, flag) for flag in case.to_turn_off}
    if _none_is_there(case, off):
        case.look.document.is_on(case.alarm["flags"][0])  # raises, with what there is
    for flag in off:
        if run := case.showing(flag):
            return stop_run(case, flag, run)
    for flag in off:
        _require_no_managed(case, flag)
    own = next((each.own for each in off.values() if each.own), None)
    for flag, each in off.items():
        stopped = _with_whoever_stopped_the_experiment(case, each)
        if not isinstance(stopped, Decision):
            off[flag] = stopped
        elif own is None:
            return stopped
    off |= {flag: _told(case, flag) for flag in case.to_tell}
    off |= {each["flag"]: Off(each) for each in [*opted_out(case), *_failed(case)]}
    found = [off[flag] for flag in case.alarm["flags"]]
    flags = tuple(each.result for each in found)
    own = next((each.own for each in found if each.own), None)
    if own:
        return Decision("roll_back", flags=flags, own=own)
    require_all(case)
    outcome = strongest(flags)
    first = next((each for each in found if each.result["outcome"] == outcome), found[0])
    return Decision(
        "settle", first.result.get("reason", ""), flags, by=first.by, in_the_way=first.rollout
    )


def results(case: Case) -> tuple[FlagResult, ...]:
    """Say what becomes of each flag once those that are on are turned off by a deployment."""
    found = {each["flag"]: each for each in [*opted_out(case), *_failed(case)]}
    for flag in case.to_tell:
        try:
            found[flag] = _told(case, flag).result
        except NotConfirmedOffError as error:  # which must not keep the others on
            found[flag] = _result(flag, "dry_run", str(error))
    for flag in case.to_turn_off:
        on = case.is_on(flag)
        found[flag] = _result(flag, "rolled_back") if on else by_whom(case, flag).result
    return tuple(found[flag] for flag in case.alarm["flags"])


def opted_out(case: Case) -> list[FlagResult]:
    """List the flags of which their owners want nothing done, with the reason."""
    reason = ALARM_OPTED_OUT if case.rules.alarm == "off" else OPTED_OUT
    return [_result(flag, "opted_out", reason) for flag in case.to_leave]


def require_all(case: Case) -> None:
    """Raise the error of a flag that cannot be turned off, now that the others are settled."""
    for error in case.failed.values():
        raise error


def _failed(case: Case) -> list[FlagResult]:
    return [_result(flag, "failed", str(error)) for flag, error in case.failed.items()]


def by_whom(case: Case, flag: str) -> Off:
    """Find out who turned a flag off: what is served has it off, or does not have it.

    Behind a person's release only this execution's own work is looked for.
    """
    if case.is_on(flag) is None:
        if stopped := _stopped_rollout(case, flag):
            return Off(_result(flag, "rollout_stopped"), rollout=stopped)
        version = case.look.served.version
        return Off(_result(flag, "not_found", f"version {version} has no flag of that name"))
    by_hand = False
    for deployed in case.look.since:
        mark, details = deployed.mark, deployed.details
        if mark and case.wrote(mark) and _turned_it_off(case, deployed, mark, flag):
            return Off(_result(flag, "rolled_back"), own=own_work(mark, details))
        if stopped := _stopped_rollout(case, flag):
            return Off(_result(flag, "rollout_stopped"), rollout=stopped)
        before = deployed.completed.started_at < case.fired_at
        if before or (mark and mark.same_alarm(case.alarm) and not case.wrote(mark)):
            break
        by_hand = by_hand or mark is None or mark.by_hand
        if mark and not by_hand and _was_on_below(case, mark, flag):
            work = _others_work(mark, details)
            result = _result(flag, "rolled_back")
            result["sweptBy"] = work["execution"]
            return Off(result, by=work)
    return Off(_result(flag, "already_off", _turned_off_since(case, flag)))


def stop_run(case: Case, flag: str, run: ExperimentRun) -> Decision:
    """Decide to stop an experiment's run.

    Raises:
        ExperimentLeftRunningError: the stack leaves experiments alone.
    """
    if not case.rules.stop_experiments:
        raise ExperimentLeftRunningError(
            f"flag {flag!r} is off in what is served, but {run} shows it to users, and the "
            "stack's parameter Experiments is leave. Stop the run by hand, or set the parameter to "
            "stop; then redrive"
        )
    running = case.look.served.in_progress
    beside = f" (deployment {running.number} is {running.state})" if running else ""
    return Decision(
        "stop_experiment", f"{run} to be DONE{beside}", experiment={**run.noted, "flag": flag}
    )


def with_own_stop(case: Case, result: FlagResult) -> FlagResult:
    """Name the run of an experiment on a flag that this execution has stopped, if any."""
    run = case.done.stopped_run(result["flag"])
    return _with_stop(result, run) if run else result


def _with_stop(result: FlagResult, run: Experiment) -> FlagResult:
    off = result["outcome"] == "already_off"
    outcome: FlagOutcome = "experiment_stopped" if off else result["outcome"]
    return {**result, "outcome": outcome, "stoppedExperiment": run}


def users_may_get_it(case: Case, flag: str) -> bool:
    """Return whether users may get a flag that is off in what is served."""
    return case.showing(flag) is not None or case.beside.managed_with(flag) is not None


def own_work(mark: Mark, details: DeploymentDetails) -> OwnWork:
    """Describe a deployment that this execution has made."""
    return {
        "fromVersion": mark.base,
        "toVersion": int(details.version),
        "deploymentNumber": details.number,
    }


def _told(case: Case, flag: str) -> Off:
    """Say what would be done about a flag of which only that is to be said."""
    rollout = case.rolling_out
    if rollout and case.turned_on_by_rollout(flag):
        reason = f"{rollout} would be stopped"
        return Off(_result(flag, "dry_run", f"{reason}{_and_experiment(case, flag)}"))
    if case.is_on(flag):
        reason = f"{_who_tells(case, flag)} is set to tell, and to do nothing"
        return Off(_result(flag, "dry_run", f"{reason}{_and_experiment(case, flag)}"))
    off = by_whom(case, flag)
    if off.result["outcome"] == "not_found":
        return off
    if run := case.showing(flag):
        done = "stopped" if case.rules.stop_experiments else "left alone"
        reason = f"the flag is off in what is served, but {run} shows it; it would be {done}"
        return Off(_result(flag, "dry_run", reason))
    _require_no_managed(case, flag)
    stopped = _with_whoever_stopped_the_experiment(case, off)
    return off if isinstance(stopped, Decision) else stopped


def _who_tells(case: Case, flag: str) -> str:
    if case.look.document.policy(flag) == "notify":
        return "the flag"
    return f"the alarm's tag {POLICY_TAG}" if case.rules.alarm == "notify" else "the stack"


def _and_experiment(case: Case, flag: str) -> str:
    """Say what would be done about the flag's experiment, in a sentence after another one."""
    try:
        run = case.showing(flag)
    except RollbackError as error:
        return f". Whether an experiment shows the flag cannot be told: {error}"
    if run is None:
        return ""
    done = "stopped" if case.rules.stop_experiments else "left alone"
    return f". {run} shows the flag, too: it would be {done}"


def _require_no_managed(case: Case, flag: str) -> None:
    if managed := case.beside.managed_with(flag):
        raise NotConfirmedOffError(
            f"flag {flag!r} is off in version {case.look.served.version}, but {managed}: users may "
            "get it. Deploy a version with the flag off, then redrive"
        )


def _with_whoever_stopped_the_experiment(case: Case, off: Off) -> Off | Decision:
    """Find out who stopped the flag's experiment, if that is how it went off.

    An execution that was redriven may have forgotten that it did; a second delivery of the same
    alarm is recognised by the mark that the run keeps, and is a duplicate.
    """
    flag, outcome = off.result["flag"], off.result["outcome"]
    found = case.done.found(flag)
    if not (outcome == "already_off" or off.own or found):
        return off
    mine, others = case.done.stopped_run(flag), None
    if mine is None:
        for run in case.experiments.ended(flag, case.fired_at, found):
            mark = read_mark(run.reasons)
            if mark and case.wrote(mark):
                mine = run.noted
            elif mark and mark.same_transition(case.alarm):
                others = mark.execution
    if mine:
        return replace(off, result=_with_stop(off.result, mine))
    return duplicate_of(others) if others and outcome == "already_off" else off


def _turned_off_since(case: Case, flag: str) -> str:
    """Say which deployment turned a flag off after the alarm fired; empty if it was off before.

    Users had it then, so it may explain the alarm.
    """
    completed = case.look.served.completed
    for later, below in zip_longest(completed, completed[1:]):
        if later.started_at < case.fired_at:
            return ""
        by = f"deployment {later.number}, which began after the alarm fired,"
        if below is None or below.version is None:
            return f"{by} may have turned it off: what was served before is unknown"
        try:
            if is_on_in(case.document(below.version), flag):
                return f"{by} turned it off"
        except PersonMustActError:
            return f"{by} may have turned it off: version {below.version} cannot be read"
    return ""


def _turned_it_off(case: Case, deployed: Deployed, mark: Mark, flag: str) -> bool:
    """Return whether a deployment of this execution's turned a flag off.

    Where the version below it is gone, what the alarm names counts as turned off by it.
    """
    version = deployed.completed.version
    if len(case.alarm["flags"]) == 1 or version is None:
        return True
    if is_on_in(case.document(version), flag) is not False:
        return False
    return _was_on_below(case, mark, flag, unknown=True)


def _was_on_below(case: Case, mark: Mark, flag: str, *, unknown: bool = False) -> bool:
    """Return whether a flag was on in the version that a rollback was made of, if that is there."""
    try:
        return bool(is_on_in(case.document(mark.base), flag))
    except PersonMustActError:
        return unknown


def _none_is_there(case: Case, off: Mapping[str, Off]) -> bool:
    """Return whether what is served has none of the alarm's flags, and no rollout had any."""
    gone = [flag for flag, each in off.items() if each.result["outcome"] == "not_found"]
    told = [flag for flag in case.to_tell if case.is_on(flag) is None]
    return len(gone) + len(told) == len(case.alarm["flags"]) and not any(
        case.turned_on_by_rollout(flag) for flag in told
    )


def _stopped_rollout(case: Case, flag: str) -> InTheWay | None:
    """Find the newest rollout of a flag that was stopped in favour of what is served.

    A later release turned the flag off otherwise.
    """
    for stopped in reversed(case.done.stopped):
        version = stopped["version"]
        if not stopped["ours"] or stopped["number"] <= case.look.served.deployment:
            continue
        alone = len(case.alarm["flags"]) == 1
        if alone or version is None or is_on_in(case.document(version), flag):
            return {
                "number": stopped["number"],
                "version": version,
                "profileName": stopped["profileName"],
                "ours": True,
            }
    return None


def _others_work(mark: Mark, details: DeploymentDetails) -> OthersWork:
    return {
        "execution": mark.execution,
        "fromVersion": mark.base,
        "toVersion": int(details.version),
        "deploymentNumber": details.number,
    }


def _result(flag: str, outcome: FlagOutcome, reason: str = "") -> FlagResult:
    result: FlagResult = {"flag": flag, "outcome": outcome}
    if reason:
        result["reason"] = reason
    return result
