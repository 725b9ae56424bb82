"""StopRollout: stop the deployment that is turning the flag on, or is in the way."""

from appconfig_rollback.adapters import appconfig
from appconfig_rollback.adapters.logs import logged, logger
from appconfig_rollback.errors import PersonMustActError, RequestRefusedError
from appconfig_rollback.state import Rollout, TaskInput


@logged
def handler(event: TaskInput, context: object) -> Rollout:  # noqa: ARG001
    """Stop it; FetchConfig then looks at what is served without it."""
    state = event["state"]
    found = state["config"]["rollout"]
    if found is None:
        raise PersonMustActError("expected FetchConfig to name the rollout that is to be stopped")
    stopped = True
    try:
        appconfig.connect().stop_deployment(found["number"], baking=found["baking"])
    except RequestRefusedError:
        logger.info("The rollout has just ended by itself")
        stopped = False
    before = state.get("rollout")
    if before and before["ours"] and not (found["ours"] and stopped):
        return before  # the one that the outcome is about
    return {
        "number": found["number"],
        "version": found["version"],
        "profileName": found["profileName"],
        "ours": found["ours"],
        "stopped": stopped,
    }
