"""AwaitRedrive: where a failed run ends, and where a redrive takes it up again.

Redrive re-enters the state that failed. Behind a Catch that would be the Fail state, which fails
again at once (Step Functions developer guide, "Redriving executions"). So a failed run ends in
this task instead: it fails under the original error's name, and on redrive it lets the run begin
again at ParseAlarm, because hours may have passed.
"""

from __future__ import annotations

from appconfig_rollback.adapters import executions
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.task import task_of_any_definition
from appconfig_rollback.errors import RollbackError
from appconfig_rollback.plain_text import readable_cause
from appconfig_rollback.state import Failure, State, TaskInput
from appconfig_rollback.times import moment


@task_of_any_definition
def handler(event: TaskInput, context: object) -> State:  # noqa: ARG001
    """Answer with fresh state data after a redrive; otherwise raise the original error."""
    failure = event["state"]["failure"]
    try:
        redriven = executions.redriven_at(event["execution"], since=moment(failure["at"]))
    except RollbackError:
        logger.warning("Cannot tell whether this is a redrive; taking it for none", exc_info=True)
        redriven = None
    if redriven:
        # Everything is read afresh, but for what cannot be: what this run has done to others, and
        # what AppConfig said of a version that it refused.
        state = event["state"]
        kept: State = {}
        if "refused" in state:
            kept["refused"] = state["refused"]
        if "stoppedDeployments" in state:
            kept["stoppedDeployments"] = state["stoppedDeployments"]
        if "experiments" in state:
            kept["experiments"] = state["experiments"]
        if "monitors" in state:
            kept["monitors"] = {
                "suspended": state["monitors"]["suspended"],
                "restored": state["monitors"]["restored"],
            }
        return kept
    raise _original(failure)


def _original(failure: Failure) -> Exception:
    """Make the original error again.

    Its name loses the dots: a Retry must never take `Lambda.TooManyRequestsException`, which an
    earlier step ran into, for a failure of this state.
    """
    caught = failure["caught"]
    name = caught.get("Error", "").replace(".", "") or "UnknownError"
    original: Exception = type(name, (Exception,), {})(readable_cause(caught.get("Cause", "")))
    return original
