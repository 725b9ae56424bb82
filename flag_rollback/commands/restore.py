"""`flag-rollback restore`: a person turns a flag on again, as it was before its rollback."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from appconfig_rollback.errors import RefreshRequiredError, RollbackError
from appconfig_rollback.mark import read_mark
from appconfig_rollback.plain_text import capitalized
from flag_rollback.access import Access, with_access
from flag_rollback.caller import caller
from flag_rollback.completing import flags
from flag_rollback.confirming import confirm
from flag_rollback.execution.terminal import shown_differences
from flag_rollback.execution.words import names
from flag_rollback.flags.differences import differences
from flag_rollback.flags.experiments import stopped_by_rollback
from flag_rollback.flags.restoring import NeverOnError, description, last_on
from flag_rollback.flags.served import Profile
from flag_rollback.in_the_way import in_the_way
from flag_rollback.interrupting import goes_on
from flag_rollback.printing import console
from flag_rollback.reason import reason_option
from flag_rollback.sentences import sentence
from flag_rollback.still_firing import still_firing
from flag_rollback.waiting import turns
from flag_rollback.watched import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_appconfig import AppConfigClient
    from mypy_boto3_appconfig.type_defs import DeploymentStrategyTypeDef

    from appconfig_rollback.deployments import Served
    from flag_rollback.flags.restoring import Before
    from flag_rollback.watched import Watched

EVER = datetime.fromtimestamp(0, UTC)
SLOW_AND_SAFE = "AppConfig.Linear20PercentEvery6Minutes"


@click.command(epilog='Example: flag-rollback restore new-checkout --reason "SHOP-1533 is fixed"')
@click.argument("flags", metavar="FLAG...", nargs=-1, required=True, shell_complete=flags)
@reason_option("Why may it be on again?")
@click.option(
    "--strategy", default=SLOW_AND_SAFE, show_default=True, help="Deployment strategy: id or name."
)
@click.option(
    "--force",
    is_flag=True,
    help="Even while its alarm is in ALARM (nothing turns it off again until the alarm fires "
    "anew), and even if a person turned it off.",
)
@click.option("--follow", "live", is_flag=True, help="Stay until the deployment is complete.")
@click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")
@with_access
def restore(
    access: Access,
    flags: tuple[str, ...],
    reason: str,
    strategy: str,
    force: bool,
    live: bool,
    yes: bool,
) -> None:
    """Turn flags on again, as they were before their rollback, by one deployment.

    A new version is made of what is served now: in it, each flag's switches (`enabled` and the
    like, in every variant or rule) and its `rolloutPercentage` are what they were in the last
    version that had it on. All else stays.
    """
    flags = tuple(dict.fromkeys(flags))
    watched = find(access)
    appconfig: AppConfigClient = access.client("appconfig")
    chosen = _strategy(appconfig, strategy)
    place = watched.known_place
    profile = Profile(appconfig, place, chosen["Id"])
    now = profile.store.served()
    served = profile.document(now.version)
    to, restored, firing = console(), served, ""
    for flag in flags:
        if served.is_on(flag):
            raise click.ClickException(f"{flag} is on already (version {now.version})")
        if now.in_progress:
            raise click.ClickException(in_the_way(access, place, profile, now.in_progress))
        before, fires = _before(access, watched, profile, flag, force=force)
        content = restored.restored(profile.document(before.version), flag, datetime.now(UTC))
        restored = replace(restored, content=content)
        if not restored.is_on(flag):
            said = f"version {before.version} does not say how to turn {flag} on"
            raise click.ClickException(said)
        to.print(f"[bold]{flag}[/] as it was in version {before.version}, on top of {now.version}")
        if fires:
            firing = ", although the alarm fires"
            click.echo(
                f"{capitalized(fires)}: nothing turns {flag} off again until the alarm fires anew, "
                "and it must go to OK first."
            )
        for line in (
            *_stopped_experiment(profile, flag, before.since),
            *_running_experiments(access, watched, profile, flag),
        ):
            click.echo(line)
    content = restored.content
    to.print(shown_differences(differences(served.content, content)))
    confirm(f"Deploy this with {chosen['Name']}{firing}?", yes=yes)
    where = ("--application-id", place.application, "--environment-id", place.environment)
    all_of_them = access.aws_command("appconfig", "list-deployments", *where)
    with goes_on("The deployment, if it has begun,", all_of_them):
        told = description(flags, caller(access), reason)
        number = _release(profile, now, content, told)
    this = ("appconfig", "get-deployment", *where, "--deployment-number", str(number))
    with goes_on(f"Deployment {number}", access.aws_command(*this)):
        minutes, bake = chosen["DeploymentDurationInMinutes"], chosen["FinalBakeTimeInMinutes"]
        named, are = names(flags), "is" if len(flags) == 1 else "are"
        over = f"over {minutes} min and {bake} min of bake"
        click.echo(f"Deployment {number} turns {named} on again, {over}.")
        if live:
            _follow(profile, number, (minutes + bake) * 60 + 120)
            click.echo(f"Deployment {number} is complete: {named} {are} on in what is served.")


def _before(
    access: Access, watched: Watched, profile: Profile, flag: str, *, force: bool
) -> tuple[Before, str | None]:
    """Find what the flag was before its rollback, and which alarm of it fires, if any.

    Unless it is forced, a flag stays off that an alarm or a person wants off.
    """
    try:
        before = last_on(profile, flag)
    except NeverOnError as error:
        told = " ".join([f"{error}.", *_stopped_experiment(profile, flag)])
        raise click.ClickException(told) from error
    mark = read_mark(profile.store.deployment(before.turned_off_by).description)
    try:
        fires = still_firing(access, watched, flag, mark)
    except RollbackError as error:
        if not force:
            raise
        click.echo(f"Whether an alarm of {flag} fires is unknown: {sentence(error)}.")
        fires = None
    if fires and not force:
        raise click.ClickException(f"{fires}; fix the cause first, or pass --force")
    if mark is None and not force:
        raise _by_no_rollback(profile, before, flag)
    return before, fires


def _by_no_rollback(profile: Profile, before: Before, flag: str) -> click.ClickException:
    deployment = profile.store.deployment(before.turned_off_by)
    did = f'deployment {deployment.number} did ("{deployment.description or "no description"}")'
    told = f"no rollback turned {flag} off: {did}; ask who made it, or pass --force."
    return click.ClickException(" ".join([told, *_stopped_experiment(profile, flag, before.since)]))


def _stopped_experiment(profile: Profile, flag: str, since: datetime = EVER) -> list[str]:
    """Say which experiment a rollback stopped, and that restoring does not start it again."""
    try:
        run = stopped_by_rollback(profile.experiments, flag, since)
    except RollbackError as error:
        unknown = f"Whether a rollback stopped an experiment on {flag} is unknown"
        return [f"{unknown}: {sentence(error)}."]
    if run is None:
        return []
    return [
        f"A rollback stopped {run}, which showed {flag} to users. Restoring {flag} does not start "
        "it again: start a new run of it."
    ]


def _running_experiments(
    access: Access, watched: Watched, profile: Profile, flag: str
) -> Iterator[str]:
    """Say that users see nothing of what is restored, as long as an experiment is running."""
    try:
        for run in profile.experiments.running(flag):
            yield (
                f"{capitalized(str(run))} is RUNNING: what is restored does not change "
                f"what users see of {flag} until the run is stopped, with:"
            )
            yield f"  {access.stop_command(watched.known_place, run)}"
    except RollbackError as error:
        yield f"Whether an experiment is running on {flag} is unknown: {sentence(error)}."


def _strategy(appconfig: AppConfigClient, wanted: str) -> DeploymentStrategyTypeDef:
    pages = appconfig.get_paginator("list_deployment_strategies").paginate()
    known = [item for page in pages for item in page["Items"]]
    for item in known:
        if wanted in (item["Id"], item["Name"]):
            return item
    names = ", ".join(sorted(item["Name"] for item in known))
    raise click.ClickException(f"there is no deployment strategy {wanted}; there are {names}")


def _release(profile: Profile, seen: Served, content: bytes, told: str) -> int:
    """Write the version and deploy it, unless somebody else wrote or deployed meanwhile.

    It is encrypted as what is served, so that what readers may decrypt stays so.
    """
    store = profile.store
    now = store.served()
    if now.version != seen.version:
        raise _overtaken()
    kind = profile.document(now.version).content_type
    key = store.deployment(now.deployment).kms_key
    try:
        version = store.create_version(content, kind, store.versions().latest, told)
        return store.start_deployment(version, now.latest_deployment, told, key)
    except RefreshRequiredError as error:
        raise _overtaken() from error


def _overtaken() -> click.ClickException:
    return click.ClickException(
        "somebody else wrote or deployed a version at the same moment; nothing was turned on, "
        "look again and repeat"
    )


def _follow(profile: Profile, number: int, seconds: float) -> None:
    """Show how far the deployment is."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    to = console()
    with Progress(*columns, console=to, transient=True, disable=not to.is_terminal) as progress:
        bar = progress.add_task("", total=100)
        for _ in turns(seconds, 1.0, f"deployment {number}"):
            now = profile.store.deployment(number)
            done, state = now.percentage, now.state
            progress.update(bar, completed=done, description=f"{state} {done:g} %")
            if state == "COMPLETE":
                return
            if state in ("ROLLED_BACK", "REVERTED", "ROLLING_BACK"):
                raise click.ClickException(f"deployment {number} is {state}: the flag stays off")
