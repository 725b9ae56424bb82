"""FetchConfig: what does the environment serve, what is under way, and what is to be done?"""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache, partial

from appconfig_rollback.adapters import appconfig, executions
from appconfig_rollback.adapters.logs import logged
from appconfig_rollback.adapters.settings import number, setting
from appconfig_rollback.budget import require_time
from appconfig_rollback.decision import Look, backoff
from appconfig_rollback.deployments import HostedVersions, Served
from appconfig_rollback.mark import read_mark
from appconfig_rollback.state import Config, TaskInput, iso, moment


@logged
def handler(event: TaskInput, context: object) -> Config:  # noqa: ARG001
    """Look at AppConfig and decide: version numbers and facts, never the document.

    A document may have 2 MB and a state 256 KiB, so each step that needs it reads it itself.

    Raises:
        NothingDeployedError, NotHostedError, UnreadableDocumentError, FlagNotFoundError: there is
            nothing that could be turned off.
        RollbackBudgetSpentError: something stayed in the way for too long.
    """
    execution, state = event["execution"], event["state"]
    alarm = state["alarm"]
    store = appconfig.connect()
    # What does not need another's answer is read side by side: an answer takes far longer than
    # the work on it.
    with ThreadPoolExecutor() as readers:
        read = readers.submit
        found, kind = read(store.served), read(store.profile_type)
        profile_type, served = kind.result(), found.result()
        document = read(store.document, served.version, profile_type)
        since = [
            read(store.deployment, completed.number)
            for completed in served.since(moment(alarm["transitionedAt"]))
        ]
        # AppConfig allows ten lists a second, and behind a deployment nothing is written yet.
        versions = cache(store.versions) if served.in_progress else read(store.versions).result
        now = datetime.now(UTC)
        decision = Look(
            store=store,
            alarm=alarm,
            execution=execution,
            profile_type=profile_type,
            served=served,
            document=document.result(),
            since=[details.result() for details in since],
            versions=versions,
            now=now,
            mode=setting("ROLLBACK_MODE"),
            stop_others=setting("BUSY_ENVIRONMENT") == "stop",
            stopped=state.get("rollout"),
            is_running=partial(executions.is_running, execution),
        ).decide()
    if decision.verdict in ("roll_back", "wait", "stop_rollout"):
        require_time(
            moment(alarm["startedAt"]),
            now,
            number("ROLLBACK_BUDGET_MINUTES"),
            decision.because or "a moment without other writers",
            partial(executions.redriven_at, execution),
        )
    writes = decision.verdict == "roll_back" and decision.own is None
    attempt = state["config"]["attempt"] + 1 if "config" in state else 1
    return {
        "decision": decision.verdict,
        "because": decision.because,
        "profileType": profile_type,
        "servedVersion": served.version,
        "servedDeployment": served.deployment,
        "latestVersion": versions().latest if writes else None,
        "latestDeployment": served.latest_deployment,
        "releasedAt": _released_at(served, versions()) if writes else None,
        "own": decision.own,
        "by": decision.by,
        "rollout": decision.rollout,
        "lookedAt": iso(now),
        "attempt": attempt,
        "backoffSeconds": backoff(attempt, random.randint),
    }


def _released_at(served: Served, versions: HostedVersions) -> str | None:
    """Find when somebody other than this system last released a version of the profile."""
    for completed in served.completed:
        if read_mark(versions.descriptions.get(completed.version)) is None:
            return iso(completed.started_at)
    return None
