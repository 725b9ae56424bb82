"""FetchConfig: what does the environment serve, and does it still have the flag on?"""

import random
from datetime import UTC, datetime
from functools import partial

from adapters import appconfig
from adapters.appconfig import AppConfigStore, HostedVersion, Served
from adapters.executions import redriven_at
from adapters.logs import logged
from adapters.settings import minutes
from rollback.budget import require_time
from rollback.mark import read_mark
from rollback.state import Config, OwnWork, TaskInput, moment

_LONGEST_BACKOFF_SECONDS = 30


@logged
def handler(event: TaskInput, context: object) -> Config:  # noqa: ARG001
    """Read what is served: version numbers and facts, never the document.

    A document may have 2 MB and a state 256 KiB, so each step that needs it reads it itself.

    Raises:
        NothingDeployedError, NotHostedError, UnreadableDocumentError, FlagNotFoundError: there is
            nothing that could be turned off.
        RollbackBudgetSpentError: the environment stayed busy for too long.
    """
    execution, state = event["execution"], event["state"]
    alarm = state["alarm"]
    store = appconfig.connect()
    profile_type = store.profile_type()
    served = store.served()
    flag_is_on = store.document(served.version, profile_type).is_on(alarm["flag"])
    latest = store.latest_version()
    own = _own_work(store, served, latest, flag_is_on, execution["Name"])
    busy = _what_blocks(served, own, flag_is_on)
    if busy or flag_is_on:
        require_time(
            moment(alarm["startedAt"]),
            datetime.now(UTC),
            minutes("ROLLBACK_BUDGET_MINUTES"),
            busy or "a moment without other writers",
            partial(redriven_at, execution),
        )
    attempt = state["config"]["attempt"] + 1 if "config" in state else 1
    return {
        "profileType": profile_type,
        "servedVersion": served.version,
        "servedDeployment": served.deployment,
        "latestVersion": latest.number,
        "latestDeployment": served.latest_deployment,
        "own": own,
        "environmentBusy": busy is not None,
        "rollbackNeeded": flag_is_on or own is not None,
        "attempt": attempt,
        "backoffSeconds": _backoff_seconds(attempt),
    }


def _own_work(
    store: AppConfigStore, served: Served, latest: HostedVersion, flag_is_on: bool, execution: str
) -> OwnWork | None:
    """Find what this execution has written before: a lost answer or a redrive repeats steps.

    A deployment counts while it runs or is served, a version while what it is based on is served.
    """
    running = served.in_progress
    number = None
    if running and running.ours:
        number = running.number
    elif not flag_is_on:
        number = served.deployment
    if number is not None:
        deployment = store.deployment(number)
        mark = read_mark(deployment.description)
        if mark and mark.written_by(execution):
            return {
                "fromVersion": mark.base,
                "toVersion": int(deployment.version),
                "deploymentNumber": number,
            }
    mark = read_mark(latest.description)
    if flag_is_on and mark and mark.written_by(execution) and mark.base == served.version:
        return {"fromVersion": mark.base, "toVersion": latest.number, "deploymentNumber": None}
    return None


def _what_blocks(served: Served, own: OwnWork | None, flag_is_on: bool) -> str | None:
    """Name the deployment that has to end first; None where none does.

    One of this profile may be turning the flag on, whatever is served until it completes. One of
    another profile is in the way only of a deployment that is still to be started.
    """
    running = served.in_progress
    if running is None or (own and own["deploymentNumber"] == running.number):
        return None
    if not running.ours and not flag_is_on:
        return None
    return f"deployment {running.number} of profile {running.profile_name!r} ({running.state})"


def _backoff_seconds(attempt: int) -> int:
    """Choose how long to wait before the next look: jittered, so that many do not look at once."""
    longest = min(2**attempt, _LONGEST_BACKOFF_SECONDS)
    return random.randint(1, longest)  # noqa: S311 - spreads load, guards nothing
