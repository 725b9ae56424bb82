"""StartDeployment: release the new version to everybody at once."""

from __future__ import annotations

from appconfig_rollback.adapters import appconfig
from appconfig_rollback.adapters.aws import ready_on_warm_up
from appconfig_rollback.adapters.task import task
from appconfig_rollback.mark import description
from appconfig_rollback.refusal import less_where_refused
from appconfig_rollback.state import Deployment, State, TaskInput, to_turn_off


@ready_on_warm_up("appconfig")
@task
def handler(event: TaskInput, context: object) -> Deployment:  # noqa: ARG001
    """Start the deployment, unless this execution has started it before.

    Raises:
        RefreshRequiredError: somebody released a version since FetchConfig, or is releasing one.
        BareSwitchRequiredError: the profile's validators refuse it; there is less to write.
        InvalidConfigurationError: they refuse the bare switch.
        KmsKeyDeniedError: the role may not use the key that encrypts what is served.
    """
    execution, state = event["execution"], event["state"]
    config, version = state["config"], state["version"]
    own = config["own"]
    number = own["deploymentNumber"] if own else None
    if number is None:
        with less_where_refused(bare=version["bare"]):
            number = appconfig.connect().start_deployment(
                version["toVersion"],
                config["latestDeployment"],
                description(state["alarm"], execution, version["fromVersion"], _flags(state)),
                config["kmsKey"],
            )
    return {
        "number": number,
        "state": None,
        "confirmedOff": False,
        "confirmedAt": None,
        "undoneByMonitor": False,
        "lookAgain": False,
        "pollSeconds": 1,
        "result": None,
    }


def _flags(state: State) -> int:
    """Count the flags that the version turns off, those that were swept along included."""
    return len(to_turn_off(state["config"])) + state["version"]["sweptFlags"]
