"""Sentences that notices of outcomes and of failures share."""

from __future__ import annotations

from appconfig_rollback.state import Rollout
from appconfig_rollback.target import Target


def reverted(rollout: Rollout | None, target: Target) -> str:
    """Say that a release was undone which had completed while it was to be stopped."""
    if not rollout or not rollout["reverted"]:
        return ""
    said = f" ({rollout['description']})" if rollout["description"] else ""
    return (
        f"Deployment {rollout['number']}{said} of profile {rollout['profileName']!r} had just "
        f"completed when it was to be stopped, so this release of version {rollout['version']} was "
        "reverted: all that it changed is undone. To release it again, deploy a version made of "
        f"version {rollout['version']}, with this flag off, to {target}."
    )
