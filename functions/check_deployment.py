"""CheckDeployment: is the deployment complete, and is the flag off in what is served?"""

from datetime import UTC, datetime
from functools import partial

from appconfig_rollback.adapters import appconfig
from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.executions import redriven_at
from appconfig_rollback.adapters.logs import logged
from appconfig_rollback.adapters.settings import number, optional
from appconfig_rollback.budget import require_time
from appconfig_rollback.deployments import IN_PROGRESS, DeploymentDetails
from appconfig_rollback.errors import (
    BaseRevertedError,
    FlagStillOnError,
    RolledBackByAppConfigError,
    UnknownDeploymentStateError,
)
from appconfig_rollback.state import Deployment, State, TaskInput, iso, moment

_LONGEST_POLL_SECONDS = 15


@logged
def handler(event: TaskInput, context: object) -> Deployment:  # noqa: ARG001
    """Look once; the state machine waits and looks again.

    Raises:
        RolledBackByAppConfigError: AppConfig, a person, or a monitor that may not be suspended
            undid the deployment.
        BaseRevertedError: it is complete, but brought back what somebody reverted meanwhile.
        FlagStillOnError: it is complete, but what is served has the flag on.
        RollbackBudgetSpentError: it takes too long.
    """
    execution, state = event["execution"], event["state"]
    started = state["deployment"]
    store = appconfig.connect()
    deployment = store.deployment(started["number"])
    answer: Deployment = {**started, "state": deployment.state}
    if deployment.state == "COMPLETE":
        _confirm_off(store, state)
        return {**answer, "confirmedOff": True, "confirmedAt": iso(datetime.now(UTC))}
    what = f"deployment {deployment.number}, which is {deployment.state}"
    if deployment.state in IN_PROGRESS:
        require_time(
            moment(state["alarm"]["startedAt"]),
            datetime.now(UTC),
            number("ROLLBACK_BUDGET_MINUTES"),
            what,
            partial(redriven_at, execution),
        )
        return {**answer, "pollSeconds": min(started["pollSeconds"] * 2, _LONGEST_POLL_SECONDS)}
    if deployment.state in {"ROLLED_BACK", "REVERTED"}:
        return {**answer, "undoneByMonitor": _undone_by_monitor(deployment)}
    raise UnknownDeploymentStateError(f"expected a deployment state of AppConfig; got {what}")


def _undone_by_monitor(deployment: DeploymentDetails) -> bool:
    """Tell that the monitors can be suspended; everything else that undoes a rollback is an error.

    AppConfig rolls a deployment back while an alarm that its environment monitors is in ALARM (user
    guide, "Monitoring deployments"), and so turns the flag on again.
    """
    message = (
        f"expected the deployment that turns the flag off to complete; got deployment "
        f"{deployment.number}, which is {deployment.state}: {deployment.undoing}"
    )
    if deployment.undone_by != "CLOUDWATCH_ALARM":
        raise RolledBackByAppConfigError(message)
    if not optional("MONITOR_ROLE_ARNS"):
        raise RolledBackByAppConfigError(
            f"{message}. Set the stack's parameter MonitorRoleArns to the roles of the "
            "environment's monitors: then the rollback takes the monitors off while it deploys"
        )
    return True


def _confirm_off(store: AppConfigStore, state: State) -> None:
    """Read again what is served: somebody may have released another version since."""
    flag = state["alarm"]["flag"]
    served = store.served()
    base = state["config"]["servedDeployment"]
    numbers = [completed.number for completed in served.completed]
    # Behind the oldest one listed nothing can be told.
    if base not in numbers and base > min(numbers):
        raise BaseRevertedError(
            f"flag {flag!r} is off, but deployment {base}, on which the rollback is based, was "
            "reverted meanwhile: what it had changed is served again. Look at the other flags, "
            "then redrive"
        )
    if store.document(served.version, state["config"]["profileType"]).is_on(flag):
        raise FlagStillOnError(
            f"expected flag {flag!r} to be off once deployment {state['deployment']['number']} is "
            f"complete; version {served.version}, served by deployment {served.deployment}, has it "
            "on"
        )
