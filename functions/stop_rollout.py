"""StopRollout: stop the deployment that is turning the flag on, or is in the way."""

from __future__ import annotations

from dataclasses import replace

from appconfig_rollback.adapters import appconfig
from appconfig_rollback.adapters.task import logger, task
from appconfig_rollback.errors import PersonMustActError, RequestRefusedError
from appconfig_rollback.state import Rollout, TaskInput

_STOPPED = ("ROLLING_BACK", "ROLLED_BACK", "REVERTED")


@task
def handler(event: TaskInput, context: object) -> Rollout:  # noqa: ARG001
    """Stop it; FetchConfig then looks at what is served without it.

    What bakes stops by a revert alone, which undoes a completed deployment, too. So it is read
    right before, one of another profile is never reverted, and the answer says what was undone.
    """
    state = event["state"]
    found = state["config"]["rollout"]
    if found is None:
        raise PersonMustActError("expected FetchConfig to name the rollout that is to be stopped")
    store = appconfig.connect()
    now = store.deployment(found["number"])
    if now.state == "DEPLOYING" or (now.state == "BAKING" and found["ours"]):
        try:
            now = replace(
                store.stop_deployment(found["number"], revert=now.state == "BAKING"),
                description=now.description,
                undone_by="USER",
            )
        except RequestRefusedError:
            logger.info("The rollout has just ended by itself, or bakes, or is stopped already")
            now = store.deployment(found["number"])
    # A user's stop is this execution's, whose answer may have been lost, or a person's: either way
    # it is what happened to the rollout.
    stopped = now.undone_by == "USER" and now.state in _STOPPED
    before = state.get("rollout")
    if before and before["ours"] and not (found["ours"] and stopped):
        return before  # the one that the outcome is about
    return {
        "number": found["number"],
        "version": found["version"],
        "profileName": found["profileName"],
        "ours": found["ours"],
        "stopped": stopped,
        "reverted": stopped and now.state == "REVERTED",
        "description": now.description,
    }
