"""FetchConfig: what do users get, what is under way, and what is to be done?"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import Any

from appconfig_rollback.adapters import alarms, appconfig, clock, executions, experiments
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.patience import patiently
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.adapters.side_by_side import readers
from appconfig_rollback.adapters.task import task
from appconfig_rollback.background import background, release_of
from appconfig_rollback.budget import require_time
from appconfig_rollback.cap import SPAN, left
from appconfig_rollback.case import Case, Decision, Deployed, Done, Look, Rules
from appconfig_rollback.decision import backoff, decide
from appconfig_rollback.errors import (
    ExperimentNotStoppedError,
    RollbackBudgetSpentError,
    RollbackError,
    SdkModelError,
)
from appconfig_rollback.experiments import Experiments, ReadAhead
from appconfig_rollback.guarding import policy_of, tagged_flags
from appconfig_rollback.mark import read_mark
from appconfig_rollback.outcome import ignored, settled
from appconfig_rollback.policy import Policy
from appconfig_rollback.state import TURNED_OFF, Config, Ignored, State, TaskInput
from appconfig_rollback.times import iso, moment

#: How long a flag may have to wait for what the alarm's tags say.
_PATIENCE = timedelta(seconds=10)


@task
def handler(event: TaskInput, context: object) -> Config | Ignored:  # noqa: ARG001
    """Look at AppConfig and decide: version numbers and facts, never the document.

    A document may have 2 MB and a state 256 KiB, so each step that needs it reads it itself.

    Raises:
        NothingDeployedError, NotHostedError, UnreadableDocumentError, FlagNotFoundError: there is
            nothing that could be turned off.
        ExperimentLeftRunningError, ExperimentNotStoppedError, NotConfirmedOffError: a flag is off
            in what is served, and users may get it all the same.
        FlagStillOnError: somebody turned it on after this attempt had turned it off.
        RollbackBudgetSpentError: something stayed in the way for too long.
    """
    execution, state = event["execution"], event["state"]
    reason = state["alarm"]["ignoredReason"]
    if reason is not None:
        return {
            "decision": "settle",
            "reason": reason,
            "result": ignored(state["alarm"], reason),
            "announce": False,
        }
    store = appconfig.connect()
    done = Done(
        stopped=state.get("stoppedDeployments", ()),
        experiments=state.get("experiments", ()),
        refused=state.get("refused") is not None,
    )
    look, runs, allowed = _look(store, state, done)
    case = Case(
        alarm=state["alarm"],
        execution=execution,
        look=look,
        rules=Rules(
            mode=settings().mode,
            alarm=allowed.policy or "auto",
            stop_others=settings().busy_environment == "stop",
            stop_experiments=settings().experiments == "stop",
            max_flags=settings().max_flags,
        ),
        done=done,
        store=store,
        experiments=runs,
        is_running=partial(executions.is_running, execution),
    )
    decision = decide(case)
    if decision.kind in _GO_ON:
        _require_time(case, decision)
    return _answer(case, decision, state, allowed)


def _look(
    store: appconfig.AppConfigStore, state: State, done: Done
) -> tuple[Look, Experiments, _Allowed]:
    """Read side by side what does not need another's answer."""
    alarm = state["alarm"]
    with readers() as threads:
        read = threads.submit
        fired_at = moment(alarm["transitionedAt"])
        back_to = clock.now() - SPAN if settings().max_flags else None
        found, kind = read(store.served, back_to), read(store.profile_type)
        profile_type = kind.result()
        on_profile = experiments.of_profile(profile_type)
        runs = ReadAhead(on_profile, {flag: done.found(flag) for flag in alarm["flags"]}, read)
        served = found.result()
        # Not before: AppConfig refuses lists in a storm, and each try would read the tags again.
        allowed = read(_allowed, state)
        document = read(store.document, served.version, profile_type)
        completed = served.since(fired_at)
        details = [read(store.deployment, each.number) for each in completed]
        lately = [read(store.deployment, number) for number in served.lately]
        stopped = read(on_profile.all_ended, back_to) if back_to else None
        # AppConfig allows ten lists a second. Behind a deployment nothing is written yet, and one
        # that began since the alarm fired may well have turned the flags off.
        needed = not served.in_progress and completed[0].started_at < fired_at
        versions = read(store.versions).result if needed else cache(store.versions)
        now = clock.now()
        since = [
            Deployed(each, known.result(), read_mark(known.result().description))
            for each, known in zip(completed, details, strict=True)
        ]
    look = Look(
        served,
        document.result(),
        tuple(since),
        versions,
        now,
        tuple(known.result() for known in lately),
        tuple(stopped.result()) if stopped else (),
    )
    return look, runs, allowed.result()


@dataclass(frozen=True)
class _Allowed:
    """What the alarm allows, and what people should know of its tags."""

    policy: Policy | None = None
    about: str | None = None


def _allowed(state: State) -> _Allowed:
    """Read what the alarm allows, once an attempt, unless its tags came along with it.

    Without an ARN there is nothing to read them by: an alarm that a person hands over. The switch
    must not depend on a right to read tags, so the notice says that it is missing. In a storm all
    executions read tags at once, so one that is throttled asks anew: the tags may say `notify`.
    """
    alarm, before = state["alarm"], state.get("config")
    if alarm["policy"] is not None or alarm["alarmArn"] is None:
        return _Allowed(alarm["policy"])
    known = before.get("alarmPolicy") if before else None
    if before and known and moment(before["lookedAt"]) >= moment(alarm["startedAt"]):
        return _Allowed(known, before["aboutTags"])
    try:
        tags = patiently(partial(alarms.tags, alarm["alarmArn"]), clock.now() + _PATIENCE)
    except SdkModelError:
        raise
    except RollbackError as error:
        logger.warning("Cannot read the alarm's tags", exc_info=True)
        about = "What the alarm's tags allow could not be read, so it was taken for auto"
        return _Allowed(about=f"{about}: {error}")
    others = [flag for flag in tagged_flags(tags) if flag not in alarm["flags"]]
    if others and alarm["namedBy"] == "name":
        about = f"The alarm's tags name {', '.join(others)}, too, but do not travel with its events"
        return _Allowed(policy_of(tags), f"{about} (AlarmTagsPropagation): its name decided")
    return _Allowed(policy_of(tags))


_GO_ON = ("roll_back", "wait", "stop_rollout", "stop_experiment")


def _answer(case: Case, decision: Decision, state: State, allowed: _Allowed) -> Config:
    look, served = case.look, case.look.served
    goes_on = decision.kind in _GO_ON
    writes = decision.kind == "roll_back" and decision.own is None
    before: Mapping[str, Any] = state.get("config", {})
    attempt = before.get("attempt", 0) + 1
    result = None if goes_on else settled(decision, case.alarm, served.version)
    told = result is not None and result["outcome"] not in ("duplicate", "ignored")
    return {
        "decision": decision.kind if goes_on else "settle",  # type: ignore[typeddict-item]
        "reason": decision.reason,
        "profileType": look.document.profile_type,
        "servedVersion": served.version,
        "servedDeployment": served.deployment,
        "latestVersion": look.versions().latest if writes else None,
        "latestDeployment": served.latest_deployment,
        "releasedAt": _released_at(look) if writes else None,
        "kmsKey": look.since[0].details.kms_key,
        "own": decision.own,
        "inTheWay": decision.in_the_way if goes_on else None,
        "experiment": decision.experiment,
        "flags": list(decision.flags) if goes_on else [],
        "caveats": _caveats(case, decision),
        "aboutTags": allowed.about,
        "alarmPolicy": allowed.policy,
        "result": result,
        "announce": goes_on or told or _did_something(case.done),
        "lookedAt": iso(look.now),
        "attempt": attempt,
        "backoffSeconds": backoff(attempt, random.randint),
        "release": before.get("release") or release_of(look),
        "left": left(case) if writes else None,
        "background": background(case, before.get("background", {})),
    }


def _did_something(done: Done) -> bool:
    """Return whether this execution has stopped something, which a notice has to name.

    A run keeps the mark of whoever stopped it; a rollout does not. So one that it found stopped is
    reported as well: it may be this execution's own stop, whose answer was lost.
    """
    return any(run["stopped"] for run in done.experiments) or bool(done.stopped)


def _caveats(case: Case, decision: Decision) -> dict[str, str]:
    """Look up what people should know of the flags that are off, or about to be."""
    found = {}
    for result in decision.flags:
        flag, served = result["flag"], case.look.document
        off = result["outcome"] in (*TURNED_OFF, "already_off")
        if off and case.is_on(flag) is not None and (caveat := served.caveat(flag)):
            found[flag] = caveat
    return found


def _require_time(case: Case, decision: Decision) -> None:
    try:
        require_time(
            moment(case.alarm["startedAt"]),
            case.look.now,
            settings().rollback_budget,
            decision.reason or "a moment without other writers",
            partial(executions.redriven_at, case.execution),
        )
    except RollbackBudgetSpentError as error:
        if decision.kind == "stop_experiment":
            raise ExperimentNotStoppedError(str(error)) from error
        raise


def _released_at(look: Look) -> str | None:
    """Find when somebody other than this system last released a version of the profile."""
    descriptions = look.versions().descriptions
    for completed in look.served.completed:
        version = completed.version
        if version is None or read_mark(descriptions.get(version)) is None:
            return iso(completed.started_at)
    return None
