"""Decides what a look at AppConfig calls for.

The order of the questions is the point. What is under way comes first, because it decides what
will be served; then what is served; then what somebody has written and not deployed yet. Whatever
says that a flag is off passes one more question: do users get it all the same?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from appconfig_rollback import turned_off, under_way
from appconfig_rollback.cap import held_back, left
from appconfig_rollback.case import Case, Decision, duplicate_of
from appconfig_rollback.errors import FlagStillOnError
from appconfig_rollback.exposure import is_on_in
from appconfig_rollback.mark import read_mark
from appconfig_rollback.times import moment


def decide(case: Case) -> Decision:
    """Go through the questions, hold back what is too much, name the experiments it has stopped.

    Raises:
        FlagNotFoundError: neither what is served nor what is rolled out has any of the flags.
        SwitchRequiredError and others: a flag cannot be turned off, and the others are off.
        ExperimentLeftRunningError: users get one from an experiment, which is left alone.
        NotConfirmedOffError: users may get one from a deployment of AppConfig's own.
        FlagStillOnError: somebody turned one on after this attempt had turned it off.
    """
    decision = held_back(case, _decide(case))
    flags = (turned_off.with_own_stop(case, each) for each in decision.flags)
    return replace(decision, flags=tuple(flags))


def _decide(case: Case) -> Decision:
    if not (case.to_turn_off or case.to_tell):
        turned_off.require_all(case)
        left = turned_off.opted_out(case)
        return Decision("settle", left[0]["reason"], tuple(left))
    answered_by = _answered_by(case)
    if answered_by and not _left_undone(case, answered_by):
        return duplicate_of(answered_by)
    if found := under_way.decide(case):
        return found
    on = [flag for flag in case.to_turn_off if case.is_on(flag)]
    if not on:
        return turned_off.decide(case)
    _refuse_to_overrule(case, on)
    written = _written_before(case, on)
    if written and written.kind == "wait":
        return written
    return replace(written or Decision("roll_back"), flags=turned_off.results(case))


def _answered_by(case: Case) -> str | None:
    """Find another execution that turned flags off for this very transition.

    If one is on, or about to be, all the same, then a person has decided since.
    """
    for deployed in case.look.since:
        mark = deployed.mark
        if mark and mark.same_transition(case.alarm):
            return None if case.wrote(mark) else mark.execution
    return None


def _left_undone(case: Case, answered_by: str) -> bool:
    """Return whether the execution that answered the transition ended before users lost a flag.

    A flag that is on again is a person's decision; an experiment that still shows it is not.
    """
    flags = case.to_turn_off or case.to_tell
    if any(case.is_on(flag) for flag in flags):
        return False
    if not any(turned_off.users_may_get_it(case, flag) for flag in flags):
        return False
    return not case.is_running(answered_by)


def _refuse_to_overrule(case: Case, on: list[str]) -> None:
    """Refuse to turn a flag off a second time, where somebody turned it on since the first.

    A redrive begins a new attempt: then a person has decided.
    """
    for deployed in case.look.since:
        began, version = deployed.details.started_at, deployed.completed.version
        if not case.wrote(deployed.mark) or began is None or version is None:
            continue
        if began < moment(case.alarm["startedAt"]):
            break  # so did those that came before it
        off = case.document(version)
        for flag in on:
            if is_on_in(off, flag) is False:
                raise FlagStillOnError(
                    f"flag {flag!r} was off by deployment {deployed.details.number}; deployment "
                    f"{case.look.served.deployment}, which came after it, has it on again. If that "
                    "was not meant, redrive"
                )


def _written_before(case: Case, on: list[str]) -> Decision | None:
    """Look at the newest version before writing another.

    One that this system wrote on top of what is served, with the flags off, need only be deployed:
    by the execution that wrote it, or where that one has ended, by this one, unless other flags are
    off in it: their alarms may be quiet by now. Once AppConfig has refused more than the switches,
    only the bare switches fit: the refused version may be the newest, and must not be adopted
    again.
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
    allowed = left(case)
    if allowed is not None and len(newest.turned_off_since(served)) > allowed:
        return None  # too many flags were swept into it
    mine = case.wrote(mark)
    if not mine and case.is_running(mark.execution):
        return Decision("wait", f"execution {mark.execution} to deploy version {latest}")
    if case.done.refused:
        fits = newest.is_bare_rollback_of(served, *on)
    else:
        fits = mine or newest.is_rollback_of(served, only=on)
    if any(is_on_in(newest, flag) for flag in on) or not fits:
        return None
    own = {"fromVersion": version, "toVersion": latest, "deploymentNumber": None}
    return Decision("roll_back", own=own)  # type: ignore[arg-type]


def backoff(attempt: int, draw: Callable[[int, int], int], longest: int = 30) -> int:
    """Choose how many seconds to wait: jittered, and longer with each attempt."""
    return draw(1, min(2**attempt, longest))
