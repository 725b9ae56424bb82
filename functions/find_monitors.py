"""FindMonitors: which of the environment's monitors undo the rollback?"""

from __future__ import annotations

from appconfig_rollback.adapters import appconfig
from appconfig_rollback.adapters.alarms import states
from appconfig_rollback.adapters.task import task
from appconfig_rollback.monitors import merged
from appconfig_rollback.state import Monitors, TaskInput


@task
def handler(event: TaskInput, context: object) -> Monitors:  # noqa: ARG001
    """List those that are not OK; nothing is changed before they are in the state data.

    AppConfig rolls back on ALARM and on INSUFFICIENT_DATA (user guide, "Monitoring deployments").
    """
    before = event["state"].get("monitors")
    monitors = appconfig.connect().monitors()
    now = states([monitor["AlarmArn"] for monitor in monitors])
    firing = [monitor for monitor in monitors if now.get(monitor["AlarmArn"]) != "OK"]
    still_off = before["suspended"] if before and not before["restored"] else []
    return {"suspended": merged(still_off, firing), "restored": False}
