"""SuspendMonitors: take the monitors that undo the rollback off the environment."""

from __future__ import annotations

from appconfig_rollback.adapters import appconfig
from appconfig_rollback.adapters.task import task
from appconfig_rollback.monitors import without
from appconfig_rollback.state import Monitors, TaskInput


@task
def handler(event: TaskInput, context: object) -> Monitors:  # noqa: ARG001
    """Take them off; those that are OK keep watching."""
    found = event["state"]["monitors"]
    store = appconfig.connect()
    present = store.monitors()
    staying = without(present, found["suspended"])
    if len(staying) < len(present):
        store.set_monitors(staying)
    return found
