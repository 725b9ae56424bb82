"""`flag-rollback restore`: a person turns a flag on again, as it was before its rollback."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from appconfig_rollback.mark import read_mark
from appconfig_rollback.notice import ascii_line
from flag_rollback.access import Access, with_access
from flag_rollback.execution.terminal import console, shown_differences
from flag_rollback.flags.alarms import alarm
from flag_rollback.flags.differences import differences
from flag_rollback.flags.restoring import NeverOnError, last_on
from flag_rollback.flags.served import Profile, Standing, of_profile
from flag_rollback.waiting import turns
from flag_rollback.watched import find

if TYPE_CHECKING:
    from flag_rollback.flags.restoring import Before
    from flag_rollback.watched import Watched

SLOW_AND_SAFE = "AppConfig.Linear20PercentEvery6Minutes"


@click.command(epilog='Example: flag-rollback restore new-checkout --reason "SHOP-1533 is fixed"')
@click.argument("flag")
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
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_access
def restore(
    access: Access, flag: str, reason: str, strategy: str, force: bool, live: bool, yes: bool
) -> None:
    """Turn a flag on again, as it was before its rollback.

    A new version is made of what is served now: in it, this flag's switches (`enabled` and the
    like, in every variant or rule) and its `rolloutPercentage` are what they were in the last
    version that had it on. All else stays.
    """
    watched = find(access)
    profile = of_profile(access.client("appconfig"), watched.known_place)
    now = profile.standing(flag)
    _refuse_unless_off(flag, now)
    if not force:
        _refuse_while_ringing(access, watched, flag)
    try:
        before = last_on(profile, flag)
    except NeverOnError as error:
        raise click.ClickException(str(error)) from error
    if not force:
        _refuse_what_no_rollback_did(profile, before, flag)
    served = profile.document(now.version or 0)
    content = served.restored(profile.document(before.version), flag, datetime.now(UTC))
    if not replace(served, content=content).is_on(flag):
        raise click.ClickException(f"version {before.version} does not say how to turn {flag} on")
    chosen = _strategy(profile, strategy)
    to = console()
    to.print(f"[bold]{flag}[/] as it was in version {before.version}, on top of {now.version}:")
    to.print(shown_differences(differences(served.content, content)))
    if not yes:
        click.confirm(f"Deploy this with {chosen['Name']}?", abort=True)
    number = _release(profile, now, content, chosen["Id"], f"Restored {flag}: {reason}")
    minutes = chosen["DeploymentDurationInMinutes"]
    bake = chosen["FinalBakeTimeInMinutes"]
    click.echo(
        f"Deployment {number} turns {flag} on again, over {minutes} min and {bake} min of bake."
    )
    if live:
        _follow(profile, number, (minutes + bake) * 60 + 120)
        click.echo(f"Deployment {number} is complete: {flag} is on.")


def _refuse_unless_off(flag: str, now: Standing) -> None:
    if now.state == "unknown":
        raise click.ClickException(now.because)
    if now.state == "on":
        raise click.ClickException(f"{flag} is on already (version {now.version})")
    if now.in_progress:
        raise click.ClickException(
            f"deployment {now.in_progress.number} is {now.in_progress.state} in this environment, "
            "and AppConfig runs one at a time; try again when it is over"
        )


def _refuse_while_ringing(access: Access, watched: Watched, flag: str) -> None:
    name = watched.alarm_of(flag)
    found = alarm(access.client("cloudwatch"), name)
    if found and found.state == "ALARM":
        raise click.ClickException(
            f"alarm {name} is in ALARM; mend the cause first, or say --force"
        )


def _refuse_what_no_rollback_did(profile: Profile, before: Before, flag: str) -> None:
    deployment = before.turned_off_by
    description = profile.description(deployment.number)
    if read_mark(description) is None:
        raise click.ClickException(
            f"no rollback turned {flag} off: deployment {deployment.number} did "
            f'("{description or "no description"}"); ask who made it, or say --force'
        )


def _strategy(profile: Profile, wanted: str) -> Any:  # noqa: ANN401 - as AppConfig describes it
    pages = profile.appconfig.get_paginator("list_deployment_strategies").paginate()
    known = [item for page in pages for item in page["Items"]]
    for item in known:
        if wanted in (item["Id"], item["Name"]):
            return item
    names = ", ".join(sorted(item["Name"] for item in known))
    raise click.ClickException(f"there is no deployment strategy {wanted}; there are {names}")


def _release(
    profile: Profile, now: Standing, content: bytes, strategy: str, description: str
) -> int:
    """Write the version and deploy it, unless somebody else wrote or deployed meanwhile."""
    appconfig, place = profile.appconfig, profile.place
    text = ascii_line(description, 1024)
    pages = appconfig.get_paginator("list_hosted_configuration_versions").paginate(
        ApplicationId=place.application, ConfigurationProfileId=place.profile
    )
    newest = max(item["VersionNumber"] for page in pages for item in page["Items"])
    served = profile.document(now.version or 0)
    latest = next(d.number for d in profile.deployments())
    try:
        version = appconfig.create_hosted_configuration_version(
            ApplicationId=place.application,
            ConfigurationProfileId=place.profile,
            Content=content,
            ContentType=served.content_type,
            LatestVersionNumber=newest,
            Description=text,
        )["VersionNumber"]
        if profile.served_version() != now.version:
            raise _overtaken()
        return appconfig.start_deployment(
            ApplicationId=place.application,
            EnvironmentId=place.environment,
            ConfigurationProfileId=place.profile,
            ConfigurationVersion=str(version),
            DeploymentStrategyId=strategy,
            Description=text,
            **_lock(profile, latest),
        )["DeploymentNumber"]
    except appconfig.exceptions.ConflictException as error:
        raise _overtaken() from error


def _lock(profile: Profile, latest: int) -> Any:  # noqa: ANN401
    """Older SDKs do not know LatestDeploymentNumber, and refuse it."""
    operation = profile.appconfig.meta.service_model.operation_model("StartDeployment")
    known: Any = operation.input_shape
    return {"LatestDeploymentNumber": latest} if "LatestDeploymentNumber" in known.members else {}


def _overtaken() -> click.ClickException:
    return click.ClickException(
        "somebody else wrote or deployed a version at the same moment; nothing was turned on, "
        "look again and repeat"
    )


def _follow(profile: Profile, number: int, seconds: float) -> None:
    """Show how far the deployment is."""
    place = profile.place
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    to = console()
    with Progress(*columns, console=to, transient=True, disable=not to.is_terminal) as progress:
        bar = progress.add_task("", total=100)
        for _ in turns(seconds, 1.0, f"deployment {number}"):
            answer = profile.appconfig.get_deployment(
                ApplicationId=place.application,
                EnvironmentId=place.environment,
                DeploymentNumber=number,
            )
            state = answer["State"]
            done = answer.get("PercentageComplete", 0.0)
            progress.update(bar, completed=done, description=f"{state} {done:g} %")
            if state == "COMPLETE":
                return
            if state in ("ROLLED_BACK", "REVERTED", "ROLLING_BACK"):
                raise click.ClickException(f"deployment {number} is {state}: the flag stays off")
