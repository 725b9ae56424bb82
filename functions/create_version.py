"""CreateVersion: the served document with one flag off, as a new hosted version."""

from datetime import UTC, datetime

from adapters import appconfig
from adapters.logs import logged
from rollback.mark import Mark
from rollback.state import TaskInput, Version


@logged
def handler(event: TaskInput, context: object) -> Version:  # noqa: ARG001
    """Write the version, unless this execution has written it before.

    Raises:
        RefreshRequiredError: somebody wrote a version since FetchConfig.
        InvalidConfigurationError: the profile's validators refuse the document.
    """
    execution, state = event["execution"], event["state"]
    alarm, config = state["alarm"], state["config"]
    own = config["own"]
    if own:
        return {"fromVersion": own["fromVersion"], "toVersion": own["toVersion"]}
    store = appconfig.connect()
    base = config["servedVersion"]
    document = store.document(base, config["profileType"])
    reason = f"{alarm['alarmName']}: {alarm['reason']}"
    version = store.create_version(
        document.turned_off(alarm["flag"], reason, datetime.now(UTC)),
        document.content_type,
        config["latestVersion"],
        str(Mark.of(alarm, execution, base)),
    )
    return {"fromVersion": base, "toVersion": version}
