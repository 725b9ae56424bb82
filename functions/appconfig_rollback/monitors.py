"""The alarms that AppConfig watches during a deployment, taken off and put back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from appconfig_rollback.state import Monitor


def without(monitors: Iterable[Monitor], suspended: Iterable[Monitor]) -> list[Monitor]:
    """Leave the suspended ones out."""
    names = {monitor["AlarmArn"] for monitor in suspended}
    return [monitor for monitor in monitors if monitor["AlarmArn"] not in names]


def merged(monitors: Sequence[Monitor], back: Sequence[Monitor]) -> list[Monitor]:
    """Put monitors back among those there are by now, which stay as they are."""
    return [*monitors, *without(back, monitors)]


def restore_monitors_command(
    application: str, environment: str, monitors: Sequence[Monitor], region: str
) -> str:
    """Write the command that makes these the environment's monitors."""
    return (
        f"aws appconfig update-environment --region {region} --application-id {application} "
        f"--environment-id {environment} --monitors '{json.dumps(list(monitors))}'"
    )
