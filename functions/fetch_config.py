"""FetchConfig: what do users get, what is under way, and what is to be done?"""

from __future__ import annotations

import random
from functools import cache, partial

from appconfig_rollback.adapters import appconfig, clock, executions, experiments
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.adapters.side_by_side import readers
from appconfig_rollback.adapters.task import task
from appconfig_rollback.budget import require_time
from appconfig_rollback.case import Case, Decision, Deployed, Done, Look, Rules
from appconfig_rollback.decision import backoff, decide
from appconfig_rollback.errors import ExperimentNotStoppedError, RollbackBudgetSpentError
from appconfig_rollback.experiments import Experiments, ReadAhead
from appconfig_rollback.exposure import is_on_in
from appconfig_rollback.mark import read_mark
from appconfig_rollback.outcome import found_experiment, ignored, settled, stopped_experiment
from appconfig_rollback.state import Config, Ignored, State, TaskInput
from appconfig_rollback.times import iso, moment


@task
def handler(event: TaskInput, context: object) -> Config | Ignored:  # noqa: ARG001
    """Look at AppConfig and decide: version numbers and facts, never the document.

    A document may have 2 MB and a state 256 KiB, so each step that needs it reads it itself.

    Raises:
        NothingDeployedError, NotHostedError, UnreadableDocumentError, FlagNotFoundError: there is
            nothing that could be turned off.
        ExperimentLeftRunningError, ExperimentNotStoppedError, NotConfirmedOffError: the flag is off
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
        experiment=stopped_experiment(state),
        refused=state.get("refused") is not None,
        found=found_experiment(state),
    )
    look, runs = _look(store, state, done)
    case = Case(
        alarm=state["alarm"],
        execution=execution,
        look=look,
        rules=Rules(
            mode=settings().mode,
            stop_others=settings().busy_environment == "stop",
            stop_experiments=settings().experiments == "stop",
        ),
        done=done,
        store=store,
        experiments=runs,
        is_running=partial(executions.is_running, execution),
    )
    decision = decide(case)
    if decision.kind in _GO_ON:
        _require_time(case, decision)
    return _answer(case, decision, state)


def _look(store: appconfig.AppConfigStore, state: State, done: Done) -> tuple[Look, Experiments]:
    """Read side by side what does not need another's answer."""
    alarm = state["alarm"]
    with readers() as threads:
        read = threads.submit
        found, kind = read(store.served), read(store.profile_type)
        profile_type = kind.result()
        on_profile = experiments.of_profile(profile_type)
        runs = ReadAhead(on_profile, alarm["flag"], done.found, read)
        served = found.result()
        document = read(store.document, served.version, profile_type)
        completed = served.since(moment(alarm["transitionedAt"]))
        details = [read(store.deployment, each.number) for each in completed]
        # AppConfig allows ten lists a second, and behind a deployment nothing is written yet.
        versions = cache(store.versions) if served.in_progress else read(store.versions).result
        now = clock.now()
        since = [
            Deployed(each, known.result(), read_mark(known.result().description))
            for each, known in zip(completed, details, strict=True)
        ]
    return Look(served, document.result(), tuple(since), versions, now), runs


_GO_ON = ("roll_back", "wait", "stop_rollout", "stop_experiment")


def _answer(case: Case, decision: Decision, state: State) -> Config:
    look, served = case.look, case.look.served
    goes_on = decision.kind in _GO_ON
    writes = decision.kind == "roll_back" and decision.own is None
    attempt = state["config"]["attempt"] + 1 if "config" in state else 1
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
        "caveat": _caveat(case),
        "result": None if goes_on else settled(decision, state, served.version),
        "announce": decision.kind not in ("duplicate", "opted_out") or _did_something(case.done),
        "lookedAt": iso(look.now),
        "attempt": attempt,
        "backoffSeconds": backoff(attempt, random.randint),
    }


def _did_something(done: Done) -> bool:
    """Return whether this execution has stopped something, which somebody has to be told.

    What it found stopped is told by whoever did it; an undone release is told once too often.
    """
    return done.experiment is not None or any(
        stopped["confirmed"] or stopped["reverted"] for stopped in done.stopped
    )


def _caveat(case: Case) -> str | None:
    """Look up what people should know of the flag once it is off; None where it is not served."""
    served = case.look.document
    return None if is_on_in(served, case.flag) is None else served.caveat(case.flag)


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
