"""How many flags alarms may still turn off within the hour, where the stack sets a limit.

What was done is counted from what it left behind: the marks in the descriptions of deployments,
and in the reasons of experiments' runs. A rollout that was stopped has no mark of whoever stopped
it, so one that a person stopped counts, too: then fewer flags go off by themselves, never more.
The lock of deployments keeps two executions from passing together; to stop an experiment's run has
no lock, so two that do it at the same moment may.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from appconfig_rollback import turned_off
from appconfig_rollback.case import Case, Decision
from appconfig_rollback.deployments import DeploymentDetails
from appconfig_rollback.errors import PersonMustActError
from appconfig_rollback.exposure import is_on_in
from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.state import FlagResult

#: The span that the limit is for.
SPAN = timedelta(hours=1)
_CHANGES = ("roll_back", "stop_rollout", "stop_experiment")
#: States of a deployment that took nothing from users in the end.
_UNDONE = ("ROLLED_BACK", "REVERTED", "ROLLING_BACK")


def left(case: Case) -> int | None:
    """Count how many flags may still be turned off; None where there is no limit.

    A person who names the flags is not held to it. What this execution itself has done does not
    count: it is about the same flags.
    """
    most = case.rules.max_flags
    if most is None or case.alarm["namedBy"] == "person":
        return None
    marks = (read_mark(run.reasons) for run in case.look.lately_stopped)
    spent = sum(1 for mark in marks if mark and _counts(case, mark))
    spent += sum(_flags_of(case, details) for details in case.look.lately)
    return max(most - spent, 0)


def held_back(case: Case, decision: Decision) -> Decision:
    """Hold a decision back that would turn off more flags than are left.

    All of them then: a list of flags belongs together.
    """
    allowed = left(case)
    if allowed is None or decision.kind not in _CHANGES or _was_deployed(decision):
        return decision
    wanted = [flag for flag in case.to_turn_off if _users_may_get_it(case, flag)]
    with_it = _brought_with(case, decision, wanted)
    if len(wanted) + len(with_it) <= allowed:
        return decision
    most = case.rules.max_flags
    reason = (
        f"{_to_go_off(wanted, with_it)}, and of the {most} "
        f"that alarms may turn off in an hour (MaxFlagsPerHour) {allowed} "
        f"{'are' if allowed != 1 else 'is'} left"
    )
    results = (
        _held(each["flag"], reason) if each["flag"] in wanted else each
        for each in turned_off.results(case)
    )
    return Decision("settle", reason, tuple(results))


def _brought_with(case: Case, decision: Decision, wanted: Sequence[str]) -> list[str]:
    """Name the other flags that a rollout brings which is to be stopped: they go off by that act.

    Whichever of their alarms it is stopped for, users lose all of them at once.
    """
    rollout = case.rolling_out
    if decision.kind != "stop_rollout" or rollout is None:
        return []
    brought = case.look.document.turned_off_since(rollout.document)
    return [flag for flag in brought if flag not in wanted]


def _to_go_off(wanted: Sequence[str], with_it: Sequence[str]) -> str:
    said = f"{len(wanted)} flag{'s are' if len(wanted) > 1 else ' is'} to go off"
    if not with_it:
        return said
    return f"{said}, with {len(with_it)} more that the same rollout brings ({', '.join(with_it)})"


def _held(flag: str, reason: str) -> FlagResult:
    return {"flag": flag, "outcome": "held_back", "reason": reason}


def _was_deployed(decision: Decision) -> bool:
    """Return whether an earlier attempt has deployed it already, and only its end is to be seen."""
    return decision.own is not None and decision.own["deploymentNumber"] is not None


def _users_may_get_it(case: Case, flag: str) -> bool:
    return (
        bool(case.is_on(flag))
        or case.turned_on_by_rollout(flag)
        or turned_off.users_may_get_it(case, flag)
    )


def _flags_of(case: Case, details: DeploymentDetails) -> int:
    """Count the flags that users lost by a deployment, or by its being stopped."""
    mark = read_mark(details.description)
    since = case.look.now - SPAN
    if mark is None:
        ended = details.undone_at
        return 0 if ended and ended < since else _stopped_flags(case, details)
    late = details.started_at is None or details.started_at >= since
    return mark.flags if late and _counts(case, mark) and details.state not in _UNDONE else 0


def _counts(case: Case, mark: Mark) -> bool:
    return not mark.by_hand and not case.wrote(mark)


def _stopped_flags(case: Case, details: DeploymentDetails) -> int:
    """Count the flags that a stopped rollout would have turned on; one where that is unknown."""
    mine = any(stopped["number"] == details.number for stopped in case.done.stopped)
    if details.undone_by != "USER" or mine:
        return 0
    try:
        document = case.document(case.store.version(details))
        on = [flag for flag in document.flags() if is_on_in(document, flag)]
    except PersonMustActError:
        return 1
    return max(sum(not case.is_on(flag) for flag in on), 1)
