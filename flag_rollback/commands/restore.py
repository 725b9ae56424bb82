"""`flag-rollback restore`: a person turns a flag on again, as it was before its rollback."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from appconfig_rollback.adapters.alarms import contributors, current_state, tags_of
from appconfig_rollback.errors import RefreshRequiredError, ResourceMissingError, RollbackError
from appconfig_rollback.guarding import DIMENSION
from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.plain_text import ascii_line, capitalized
from flag_rollback.access import Access, with_access
from flag_rollback.completing import flags
from flag_rollback.execution.terminal import console, shown_differences
from flag_rollback.execution.words import names
from flag_rollback.flags.differences import differences
from flag_rollback.flags.experiments import stopped_by_rollback
from flag_rollback.flags.restoring import NeverOnError, last_on
from flag_rollback.flags.served import Profile
from flag_rollback.sentences import sentence
from flag_rollback.waiting import turns
from flag_rollback.watched import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_appconfig import AppConfigClient
    from mypy_boto3_appconfig.type_defs import DeploymentStrategyTypeDef

    from appconfig_rollback.deployments import Served
    from appconfig_rollback.flag_document import FlagDocument
    from flag_rollback.flags.restoring import Before
    from flag_rollback.watched import Watched

EVER = datetime.fromtimestamp(0, UTC)
SLOW_AND_SAFE = "AppConfig.Linear20PercentEvery6Minutes"


@click.command(epilog='Example: flag-rollback restore new-checkout --reason "SHOP-1533 is fixed"')
@click.argument("flags", metavar="FLAG...", nargs=-1, required=True, shell_complete=flags)
@click.option("--reason", required=True, help="Why it may be on again; kept with the version.")
@click.option(
    "--strategy", default=SLOW_AND_SAFE, show_default=True, help="Deployment strategy: id or name."
)
@click.option(
    "--force",
    is_flag=True,
    help="Even while its alarm is in ALARM, and even if a person turned it off.",
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
    profile = Profile(appconfig, watched.known_place, chosen["Id"])
    now = profile.store.served()
    served = profile.document(now.version)
    to, restored = console(), served
    for flag in flags:
        _refuse_unless_off(now, served, flag)
        before = _before(access, watched, profile, flag, force=force)
        content = restored.restored(profile.document(before.version), flag, datetime.now(UTC))
        restored = replace(restored, content=content)
        if not restored.is_on(flag):
            said = f"version {before.version} does not say how to turn {flag} on"
            raise click.ClickException(said)
        to.print(f"[bold]{flag}[/] as it was in version {before.version}, on top of {now.version}")
        for line in (
            *_stopped_experiment(profile, flag, before.since),
            *_running_experiments(access, watched, profile, flag),
        ):
            click.echo(line)
    content = restored.content
    to.print(shown_differences(differences(served.content, content)))
    named = names(flags)
    if not yes:
        click.confirm(f"Deploy this with {chosen['Name']}?", abort=True)
    number = _release(profile, now, content, f"Restored {', '.join(flags)}: {reason}")
    minutes = chosen["DeploymentDurationInMinutes"]
    bake = chosen["FinalBakeTimeInMinutes"]
    click.echo(
        f"Deployment {number} turns {named} on again, over {minutes} min and {bake} min of bake."
    )
    if live:
        _follow(profile, number, (minutes + bake) * 60 + 120)
        are = "is" if len(flags) == 1 else "are"
        click.echo(f"Deployment {number} is complete: {named} {are} on in what is served.")


def _before(
    access: Access, watched: Watched, profile: Profile, flag: str, *, force: bool
) -> Before:
    """Find what the flag was before its rollback, unless it should stay off for now."""
    if not force:
        _refuse_while_firing(access, watched.alarm_of(flag))
    try:
        before = last_on(profile, flag)
    except NeverOnError as error:
        told = " ".join([f"{error}.", *_stopped_experiment(profile, flag)])
        raise click.ClickException(told) from error
    if not force:
        mark = _mark_of_rollback(profile, before, flag)
        if mark.contributor:
            _refuse_while_its_series_fires(access, mark.alarm, flag)
        elif flag in watched.guarded_by(
            mark.alarm, tags_of(mark.alarm, access.client("cloudwatch"))
        ):
            _refuse_while_firing(access, mark.alarm)  # not one that swept it along
    return before


def _refuse_unless_off(now: Served, served: FlagDocument, flag: str) -> None:
    if served.is_on(flag):
        raise click.ClickException(f"{flag} is on already (version {now.version})")
    if now.in_progress:
        raise click.ClickException(
            f"deployment {now.in_progress.number} is {now.in_progress.state} in this environment, "
            "and AppConfig runs one at a time; try again when it is over"
        )


def _refuse_while_its_series_fires(access: Access, name: str, flag: str) -> None:
    try:
        found = contributors(name, access.client("cloudwatch"))
    except ResourceMissingError:
        return
    series = (each.contributor["attributes"] for each in found if each.contributor)
    if any(attributes.get(DIMENSION) == flag for attributes in series):
        raise click.ClickException(
            f"the series of {flag} of alarm {name} is in ALARM; fix the cause first, or pass "
            "--force"
        )


def _refuse_while_firing(access: Access, name: str) -> None:
    if current_state(name, cloudwatch=access.client("cloudwatch")) == "ALARM":
        raise click.ClickException(
            f"alarm {name} is in ALARM; fix the cause first, or pass --force"
        )


def _mark_of_rollback(profile: Profile, before: Before, flag: str) -> Mark:
    """Read which rollback turned the flag off; refuse what a person turned off."""
    deployment = profile.store.deployment(before.turned_off_by)
    mark = read_mark(deployment.description)
    if mark:
        return mark
    no_rollback = (
        f"no rollback turned {flag} off: deployment {deployment.number} did "
        f'("{deployment.description or "no description"}"); ask who made it, or pass --force.'
    )
    stopped = _stopped_experiment(profile, flag, before.since)
    raise click.ClickException(" ".join([no_rollback, *stopped]))


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


def _release(profile: Profile, seen: Served, content: bytes, description: str) -> int:
    """Write the version and deploy it, unless somebody else wrote or deployed meanwhile.

    It is encrypted as what is served, so that what readers may decrypt stays so.
    """
    store, text = profile.store, ascii_line(description, 1024)
    now = store.served()
    if now.version != seen.version:
        raise _overtaken()
    kind = profile.document(now.version).content_type
    key = store.deployment(now.deployment).kms_key
    try:
        version = store.create_version(content, kind, store.versions().latest, text)
        return store.start_deployment(version, now.latest_deployment, text, key)
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
