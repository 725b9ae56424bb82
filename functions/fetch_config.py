"""FetchConfig: what do users get, what is under way, and what is to be done?"""

import random
from datetime import datetime
from functools import cache, partial

from appconfig_rollback.adapters import appconfig, clock, executions, experiments
from appconfig_rollback.adapters.logs import logged
from appconfig_rollback.adapters.settings import number, setting
from appconfig_rollback.adapters.side_by_side import readers
from appconfig_rollback.budget import require_time
from appconfig_rollback.decision import Decision, Look, backoff
from appconfig_rollback.deployments import HostedVersions, Served
from appconfig_rollback.errors import ExperimentNotStoppedError, RollbackBudgetSpentError
from appconfig_rollback.experiments import ReadAhead
from appconfig_rollback.mark import read_mark
from appconfig_rollback.outcome import ignored, settled, stopped_experiment
from appconfig_rollback.state import Alarm, Config, Execution, Ignored, TaskInput, iso, moment

_GO_ON = ("roll_back", "wait", "stop_rollout", "stop_experiment")


@logged
def handler(event: TaskInput, context: object) -> Config | Ignored:  # noqa: ARG001
    """Look at AppConfig and decide: version numbers and facts, never the document.

    A document may have 2 MB and a state 256 KiB, so each step that needs it reads it itself.

    Raises:
        NothingDeployedError, NotHostedError, UnreadableDocumentError, FlagNotFoundError: there is
            nothing that could be turned off.
        ExperimentLeftRunningError, ExperimentNotStoppedError, NotConfirmedOffError: the flag is off
            in what is served, and users may get it all the same.
        RollbackBudgetSpentError: something stayed in the way for too long.
    """
    execution, state = event["execution"], event["state"]
    alarm = state["alarm"]
    if alarm["ignoredBecause"] is not None:
        reason = alarm["ignoredBecause"]
        return {"decision": "settle", "because": reason, "result": ignored(alarm, reason)}
    store, ended = appconfig.connect(), stopped_experiment(state)
    # What does not need another's answer is read side by side: an answer takes far longer than
    # the work on it.
    with readers() as threads:
        read = threads.submit
        found, kind = read(store.served), read(store.profile_type)
        profile_type = kind.result()
        runs = ReadAhead(experiments.of_profile(profile_type), alarm["flag"], ended, read)
        served = found.result()
        document = read(store.document, served.version, profile_type)
        since = [
            read(store.deployment, completed.number)
            for completed in served.since(moment(alarm["transitionedAt"]))
        ]
        # AppConfig allows ten lists a second, and behind a deployment nothing is written yet.
        versions = cache(store.versions) if served.in_progress else read(store.versions).result
        now = clock.now()
        details = [each.result() for each in since]
        decision = Look(
            store=store,
            experiments=runs,
            alarm=alarm,
            execution=execution,
            profile_type=profile_type,
            served=served,
            document=document.result(),
            since=details,
            versions=versions,
            now=now,
            mode=setting("ROLLBACK_MODE"),
            stop_others=setting("BUSY_ENVIRONMENT") == "stop",
            stop_experiments=setting("EXPERIMENTS") == "stop",
            stopped=state.get("rollout"),
            ended=ended,
            is_running=partial(executions.is_running, execution),
        ).decide()
    if decision.verdict in _GO_ON:
        _require_time(decision, alarm, execution, now)
    writes = decision.verdict == "roll_back" and decision.own is None
    attempt = state["config"]["attempt"] + 1 if "config" in state else 1
    goes_on = decision.verdict in _GO_ON
    return {
        "decision": decision.verdict if goes_on else "settle",  # type: ignore[typeddict-item]
        "because": decision.because,
        "profileType": profile_type,
        "servedVersion": served.version,
        "servedDeployment": served.deployment,
        "latestVersion": versions().latest if writes else None,
        "latestDeployment": served.latest_deployment,
        "releasedAt": _released_at(served, versions()) if writes else None,
        "kmsKey": details[0].kms_key,
        "own": decision.own,
        "rollout": decision.rollout,
        "experiment": decision.experiment,
        "result": None if goes_on else settled(decision, state, served.version),
        "lookedAt": iso(now),
        "attempt": attempt,
        "backoffSeconds": backoff(attempt, random.randint),
    }


def _require_time(decision: Decision, alarm: Alarm, execution: Execution, now: datetime) -> None:
    try:
        require_time(
            moment(alarm["startedAt"]),
            now,
            number("ROLLBACK_BUDGET_MINUTES"),
            decision.because or "a moment without other writers",
            partial(executions.redriven_at, execution),
        )
    except RollbackBudgetSpentError as error:
        if decision.verdict == "stop_experiment":
            raise ExperimentNotStoppedError(str(error)) from error
        raise


def _released_at(served: Served, versions: HostedVersions) -> str | None:
    """Find when somebody other than this system last released a version of the profile."""
    for completed in served.completed:
        version = completed.version
        if version is None or read_mark(versions.descriptions.get(version)) is None:
            return iso(completed.started_at)
    return None
