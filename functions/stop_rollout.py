"""StopRollout: stop the deployment that is turning the flag on, or is in the way."""

from __future__ import annotations

from dataclasses import replace

from appconfig_rollback.adapters import appconfig
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.task import task
from appconfig_rollback.deployments import DeploymentDetails
from appconfig_rollback.errors import PersonMustActError, RequestRefusedError
from appconfig_rollback.state import InTheWay, StoppedDeployment, TaskInput


@task
def handler(event: TaskInput, context: object) -> list[StoppedDeployment]:  # noqa: ARG001
    """Stop it; FetchConfig then looks at what is served without it.

    Returns everything that this execution has stopped: notices name each.
    """
    state = event["state"]
    found = state["config"]["inTheWay"]
    if found is None:
        raise PersonMustActError("expected FetchConfig to name the rollout that is to be stopped")
    stopped = _stop(found)
    before = state.get("stoppedDeployments", [])
    if stopped is None:
        return before
    return [*(each for each in before if each["number"] != stopped["number"]), stopped]


def _stop(found: InTheWay) -> StoppedDeployment | None:
    """Stop a deployment; None where it has just ended by itself.

    What bakes stops by a revert alone, which undoes a completed deployment, too. So it is read
    right before, one of another profile is never reverted, and the answer says what was undone.
    """
    store = appconfig.connect()
    now = store.deployment(found["number"])
    if now.state == "DEPLOYING" or (now.state == "BAKING" and found["ours"]):
        try:
            stopped = store.stop_deployment(found["number"], revert=now.state == "BAKING")
        except RequestRefusedError:
            logger.info("The rollout has just ended by itself, or bakes, or is stopped already")
            now = store.deployment(found["number"])
        else:
            return _noted(found, replace(stopped, description=now.description), confirmed=True)
    # A user's stop is this execution's, whose answer was lost, or somebody else's: either way it is
    # what happened to the rollout.
    return _noted(found, now, confirmed=False) if now.undone_by == "USER" else None


def _noted(found: InTheWay, stopped: DeploymentDetails, *, confirmed: bool) -> StoppedDeployment:
    reverted = stopped.state == "REVERTED"
    return {
        **found,
        "confirmed": confirmed,
        "reverted": reverted,
        "description": stopped.description if reverted else "",
    }
