"""What notices of outcomes and of failures say in the same way."""

from __future__ import annotations

from collections.abc import Iterable

from appconfig_rollback.guarding import DIMENSION
from appconfig_rollback.state import Alarm, StoppedDeployment
from appconfig_rollback.target import Target


def named_by(alarm: Alarm) -> str:
    """Say what of the alarm names the flags."""
    match alarm["namedBy"]:
        case "contributor" if alarm["contributor"]:
            series = alarm["contributor"]["attributes"]
            told = ", ".join(f"{name}={value}" for name, value in series.items())
            return f"Its series {told} names the flag by {DIMENSION}."
        case "tag":
            return "Its tags name the flags."
    return "Its name names the flag."


def stopped_deployment(deployment: StoppedDeployment, target: Target) -> str:
    """Say that a deployment was stopped, or undone if it had completed while it was to be."""
    named = f"Deployment {deployment['number']}"
    profile = f"of profile {deployment['profileName']!r}"
    if not deployment["reverted"]:
        by = "" if deployment["confirmed"] else ", by this execution or by somebody else"
        return f"{named} {profile}, which was in progress, was stopped{by}."
    said = f" ({deployment['description']})" if deployment["description"] else ""
    return (
        f"{named}{said} {profile} had just completed when it was to be stopped, so this release of "
        f"version {deployment['version']} was reverted: all that it changed is undone. To release "
        f"it again, deploy a version made of version {deployment['version']}, with this flag off, "
        f"to {target}."
    )


def stopped_numbers(deployments: Iterable[StoppedDeployment]) -> dict[str, list[int]]:
    """List, for programs, which deployments were stopped, and which of those had completed."""
    stopped = list(deployments)
    return {
        "stoppedDeployments": [each["number"] for each in stopped],
        "revertedDeployments": [each["number"] for each in stopped if each["reverted"]],
    }
