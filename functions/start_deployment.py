"""StartDeployment: release the new version to everybody at once."""

from adapters import appconfig
from adapters.aws import ready_on_warm_up
from adapters.logs import logged
from rollback.mark import Mark
from rollback.state import Deployment, TaskInput


@ready_on_warm_up("appconfig")
@logged
def handler(event: TaskInput, context: object) -> Deployment:  # noqa: ARG001
    """Start the deployment, unless this execution has started it before.

    Raises:
        RefreshRequiredError: somebody released a version since FetchConfig, or is releasing one.
    """
    execution, state = event["execution"], event["state"]
    config, version = state["config"], state["version"]
    own = config["own"]
    number = own["deploymentNumber"] if own else None
    if number is None:
        number = appconfig.connect().start_deployment(
            version["toVersion"],
            config["latestDeployment"],
            str(Mark.of(state["alarm"], execution, version["fromVersion"])),
        )
    return {
        "number": number,
        "state": None,
        "confirmedOff": False,
        "confirmedAt": None,
        "undoneByMonitor": False,
        "pollSeconds": 1,
    }
