"""Decides what a look at AppConfig calls for.

The order of the questions is the point. What is under way comes first, because it decides what
will be served; then what is served; then what somebody has written and not deployed yet. Whatever
says that the flag is off passes one more question: do users get it all the same?
"""

from __future__ import annotations

from collections.abc import Callable

from appconfig_rollback import turned_off, under_way
from appconfig_rollback.case import OPTED_OUT, Case, Decision, duplicate_of
from appconfig_rollback.errors import FlagStillOnError
from appconfig_rollback.exposure import is_on_in
from appconfig_rollback.mark import read_mark
from appconfig_rollback.times import moment


def decide(case: Case) -> Decision:
    """Go through the questions.

    Raises:
        FlagNotFoundError: neither what is served nor what is rolled out has the flag.
        ExperimentLeftRunningError: users get it from an experiment, which is left alone.
        NotConfirmedOffError: users may get it from a deployment of AppConfig's own.
        FlagStillOnError: somebody turned it on after this attempt had turned it off.
    """
    served = case.look.document
    flag_is_on = is_on_in(served, case.flag)
    policy = served.policy(case.flag) if flag_is_on is not None else "auto"
    if policy == "off":
        return OPTED_OUT
    answered_by = _answered_by(case)
    if answered_by and not _left_undone(case, flag_is_on, answered_by):
        return duplicate_of(answered_by)
    dry = "notify" in (policy, case.rules.mode)
    if found := under_way.decide(case, flag_is_on, dry=dry):
        return found
    if not flag_is_on:
        off = turned_off.by_whom(case, flag_is_on)
        return turned_off.for_users(case, off, dry=dry)
    if dry:
        who = "the flag" if policy == "notify" else "the stack"
        reason = f"{who} is set to tell, and to do nothing"
        return Decision("dry_run", f"{reason}{turned_off.and_experiment(case)}")
    _refuse_to_overrule(case)
    return _written_before(case) or Decision("roll_back")


def _answered_by(case: Case) -> str | None:
    """Find another execution that turned the flag off for this very transition.

    If the flag is on, or about to be, all the same, then a person has decided since.
    """
    for deployed in case.look.since:
        mark = deployed.mark
        if mark and mark.same_transition(case.alarm):
            return None if case.wrote(mark) else mark.execution
    return None


def _left_undone(case: Case, flag_is_on: bool | None, answered_by: str) -> bool:
    """Return whether the execution that answered the transition ended before users lost the flag.

    A flag that is on again is a person's decision; an experiment that still shows it is not.
    """
    if flag_is_on or not turned_off.users_may_get_it(case):
        return False
    return not case.is_running(answered_by)


def _refuse_to_overrule(case: Case) -> None:
    """Refuse to turn the flag off a second time, where somebody turned it on since the first.

    A redrive begins a new attempt: then a person has decided.
    """
    for deployed in case.look.since:
        began = deployed.details.started_at
        if case.wrote(deployed.mark) and began and began >= moment(case.alarm["startedAt"]):
            raise FlagStillOnError(
                f"flag {case.flag!r} was off by deployment {deployed.details.number}; deployment "
                f"{case.look.served.deployment}, which came after it, has it on again. If that was "
                "not meant, redrive"
            )


def _written_before(case: Case) -> Decision | None:
    """Look at the newest version before writing another.

    One that this system wrote on top of what is served, with the flag off, need only be deployed:
    by the execution that wrote it, or where that one has ended, by this one, unless other flags are
    off in it: their alarms may be quiet by now. Once AppConfig has refused more than the switch,
    only the bare switch fits: the refused version may be the newest, and must not be adopted again.
    """
    served, version = case.look.document, case.look.served.version
    versions = case.look.versions()
    latest = versions.latest
    mark = read_mark(versions.descriptions.get(latest))
    if latest <= version or mark is None:
        return None
    newest = case.document(latest)
    if not newest.is_rollback_of(served):
        return None
    mine = case.wrote(mark)
    if not mine and case.is_running(mark.execution):
        return Decision("wait", f"execution {mark.execution} to deploy version {latest}")
    if case.done.refused:
        fits = newest.is_bare_rollback_of(served, case.flag)
    else:
        fits = mine or newest.is_rollback_of(served, only=case.flag)
    if is_on_in(newest, case.flag) or not fits:
        return None
    own = {"fromVersion": version, "toVersion": latest, "deploymentNumber": None}
    return Decision("roll_back", own=own)  # type: ignore[arg-type]


def backoff(attempt: int, draw: Callable[[int, int], int], longest: int = 30) -> int:
    """Choose how many seconds to wait: jittered, and longer with each attempt."""
    return draw(1, min(2**attempt, longest))
