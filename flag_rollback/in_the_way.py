"""A deployment that is in the way of a person's own: whose it is, when it ends, what stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appconfig_rollback.mark import read_mark
from appconfig_rollback.times import iso

if TYPE_CHECKING:
    from appconfig_rollback.deployments import DeploymentDetails, Running
    from flag_rollback.access import Access
    from flag_rollback.flags.served import Profile
    from flag_rollback.watched import Place


def in_the_way(access: Access, place: Place, profile: Profile, running: Running) -> str:
    """Describe the deployment that runs now, with the AWS CLI's command that stops it.

    AppConfig runs one deployment at a time in an environment, its bake included (user guide,
    "Deploying a configuration").
    """
    now = profile.store.deployment(running.number)
    ends = f"It should end at {iso(now.should_end_at)}." if now.should_end_at else ""
    said = [
        f"deployment {now.number} is {now.state} in this environment, {now.percentage:g} % done, "
        "and AppConfig runs one at a time.",
        f"It is {_whose(running, now)}.",
        ends or "When it ends is unknown.",
    ]
    if running.managed:
        said.append("AppConfig ends it by itself; try again then.")
    elif now.state == "ROLLING_BACK":
        said.append("It is being undone already; try again then.")
    else:
        said.append(
            "Try again then, or stop it, and clients get what was served before it:\n"
            f"  {_stop_command(access, place, now)}"
        )
    return " ".join(said)


def _whose(running: Running, now: DeploymentDetails) -> str:
    """Return who deploys what; in AppConfig, only a description can name a person.

    The event log of a deployment names an account at most (API reference, `DeploymentEvent`).
    """
    if running.managed:
        return "AppConfig's own, for an experiment"
    what = f"version {now.version} of {'this' if running.ours else 'another'} profile"
    what += f', "{running.profile_name}"'
    mark = read_mark(now.description)
    if mark:
        if mark.by_hand:
            return f"{what}, turned off by hand ({mark.execution})"
        return f"{what}, by the rollback {mark.execution}"
    if now.description:
        return f'{what}, described as "{now.description}"'
    return f"{what}; who started it is unknown, for it has no description"


def _stop_command(access: Access, place: Place, now: DeploymentDetails) -> str:
    """Write the command; one that bakes stops only with AllowRevert (API reference)."""
    return access.aws_command(
        *("appconfig", "stop-deployment", "--application-id", place.application),
        *("--environment-id", place.environment, "--deployment-number", str(now.number)),
        *(["--allow-revert"] if now.state == "BAKING" else []),
    )
