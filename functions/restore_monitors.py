"""RestoreMonitors: put the suspended monitors back."""

from __future__ import annotations

from appconfig_rollback.adapters import appconfig
from appconfig_rollback.adapters.task import task
from appconfig_rollback.monitors import merged
from appconfig_rollback.state import Monitors, TaskInput


@task
def handler(event: TaskInput, context: object) -> Monitors:  # noqa: ARG001
    """Merge them with those there are by now: somebody may have changed the others meanwhile."""
    suspended = event["state"]["monitors"]["suspended"]
    store = appconfig.connect()
    store.set_monitors(merged(store.monitors(), suspended))
    return {"suspended": suspended, "restored": True}
