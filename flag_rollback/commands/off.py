"""`flag-rollback off`: a person turns flags off, where no alarm does or the rollback failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from appconfig_rollback.adapters.clock import looks
from appconfig_rollback.monitors import merged, restore_monitors_command
from flag_rollback import completing
from flag_rollback.access import Access, with_access
from flag_rollback.by_hand.turning_off import Person, turn_off
from flag_rollback.caller import caller
from flag_rollback.confirming import confirm
from flag_rollback.execution import words
from flag_rollback.flags.experiments import Rules
from flag_rollback.flags.served import Profile
from flag_rollback.interrupting import goes_on
from flag_rollback.reason import reason_option
from flag_rollback.watched import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.state import FlagOutcome
    from flag_rollback.by_hand.turning_off import Ended
    from flag_rollback.flags.served import Standing
    from flag_rollback.watched import Watched


@click.command(
    epilog='Example: flag-rollback off new-checkout --reason "double charges, SHOP-1533"'
)
@click.argument(
    "flags", metavar="FLAG...", nargs=-1, required=True, shell_complete=completing.flags
)
@reason_option("Why is it turned off?")
@click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")
@with_access
def off(access: Access, flags: tuple[str, ...], reason: str, yes: bool) -> None:
    """Turn flags off for everybody, now, with your own credentials.

    For when the rollback failed, or no alarm guards the flag. It does what a rollback does: a new
    version of what is served with the flags off, deployed at once, a rollout that turns one on
    stopped, monitors that undo it suspended, and "off" said only after it was read back. It does so
    whatever the stack's Mode and the flags' owners say of alarms. It can be repeated safely.
    """
    flags = tuple(dict.fromkeys(flags))
    watched = find(access)
    profile = Profile(access.client("appconfig"), watched.known_place)
    for line in _before(watched, profile, flags):
        click.echo(line)
    confirm(f"Turn {words.names(flags)} off for everybody?", yes=yes)
    person = Person(caller(access) or "somebody unknown", reason)
    again = access.command("off", *flags)
    with goes_on("What has been begun, and can be repeated safely,", again):
        ended = turn_off(access, watched, flags, person, click.echo)
    _tell(access, watched, profile, flags, ended)


def _before(watched: Watched, profile: Profile, flags: tuple[str, ...]) -> Iterator[str]:
    """Say what users get of the flags now, where, and what turning them off would do besides."""
    place = watched.known_place
    yield (
        f"Stack {watched.stack}, environment {place.environment} of application "
        f"{place.application}, profile {place.profile}:"
    )
    for flag, standing in profile.standings(flags).items():
        yield f"{words.standing(flag, standing)}."
        if standing.experiment and standing.version:
            served = profile.document(standing.version)
            rules = Rules.of({**watched.parameters, "Mode": "auto"})
            yield f"{rules.prospect(standing.experiment, flag, served).what}."


def _tell(
    access: Access, watched: Watched, profile: Profile, flags: tuple[str, ...], ended: Ended
) -> None:
    """Say what users get now, by a look of its own; fail unless every flag is off."""
    now = _now(profile, flags, expect_off=ended.result is not None)
    for flag, standing in now.items():
        click.echo(f"{words.standing(flag, standing)}.")
    if ended.missing_monitors:
        missing = ", ".join(monitor["AlarmArn"] for monitor in ended.missing_monitors)
        click.echo(f"These monitors are still off the environment: {missing}")
        click.echo(f"Put them back with: {_put_back(access, watched, ended)}")
    if ended.result is None:
        raise click.ClickException(f"{ended.error}: {ended.cause}")
    for each in ended.result["flags"]:
        click.echo(f"{each['flag']} {_HOW[each['outcome']].format(**ended.result)}.")
    again = access.command("off", *flags)
    if not all(standing.state == "off" for standing in now.values()):
        raise click.ClickException(f"users may get what was turned off; repeat with: {again}")
    click.echo(f"Once the cause is fixed: {access.command('restore', *flags)}")


_HOW: dict[FlagOutcome, str] = {
    "rolled_back": "was turned off by deployment {deploymentNumber} of version {toVersion}",
    "rollout_stopped": "was turned off: its rollout, deployment {deploymentNumber}, was stopped",
    "experiment_stopped": "was turned off: its experiment was stopped",
    "already_off": "was off already; nothing was changed for it",
    "not_found": "is not in what is served",
    "failed": "cannot be turned off",
}


def _now(profile: Profile, flags: tuple[str, ...], *, expect_off: bool) -> dict[str, Standing]:
    """Read what users get; where that should be nothing, again for a moment.

    That AppConfig's lists are eventually consistent is believed: one may be older than the check.
    """
    for _ in looks():
        now = profile.standings(flags)
        if not expect_off or all(standing.state == "off" for standing in now.values()):
            break
    return now


def _put_back(access: Access, watched: Watched, ended: Ended) -> str:
    place, region = watched.known_place, watched.state_machine_arn.split(":")[3]
    there = Profile(access.client("appconfig"), place).store.monitors()
    return restore_monitors_command(
        place.application, place.environment, merged(there, ended.missing_monitors), region
    )
