"""RestoreMonitors: put the suspended monitors back."""

from __future__ import annotations

from appconfig_rollback.adapters import appconfig
from appconfig_rollback.adapters.task import task
from appconfig_rollback.monitors import merged
from appconfig_rollback.state import Monitors, TaskInput


@task
def handler(event: TaskInput, context: object) -> Monitors:  # noqa: ARG001
    """Merge them with those there are by now: somebody may have changed the others meanwhile.

    UpdateEnvironment replaces them all and has no lock, so nothing is written where none is
    missing: it could undo what somebody else puts back at the same moment.
    """
    suspended = event["state"]["monitors"]["suspended"]
    store = appconfig.connect()
    present = store.monitors()
    back = merged(present, suspended)
    if len(back) > len(present):
        store.set_monitors(back)
    return {"suspended": suspended, "restored": True}
