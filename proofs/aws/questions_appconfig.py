"""AppConfig's open questions, each asked in an environment of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofs.aws.field import OVER, Field, attempt
from proofs.aws.making import make_alarm, set_alarm
from proofs.aws.report import Observation, answer

if TYPE_CHECKING:
    from collections.abc import Callable


def order_of_versions(field: Field) -> Observation:
    newest = [field.write() for _ in range(3)][-1]
    pages = field.appconfig.get_paginator("list_hosted_configuration_versions").paginate(
        ApplicationId=field.where.application, ConfigurationProfileId=field.where.profile
    )
    numbers = [item["VersionNumber"] for page in pages for item in page["Items"]]
    return answer(
        "In which order does ListHostedConfigurationVersions answer?",
        "not documented; newest first, and all pages are read where one does not descend",
        ", ".join(map(str, numbers)),
        field.store.versions().latest == newest,
    )


def stale_version_lock(field: Field) -> Observation:
    latest = field.write()
    tried = attempt(lambda: field.write(LatestVersionNumber=latest - 1))
    return answer(
        "What does a stale LatestVersionNumber come to?",
        "ConflictException, read as RefreshRequiredError: begin again",
        tried.seen,
        tried.begins_again,
    )


def stale_deployment_lock(field: Field) -> Observation:
    latest = field.deploy(field.at_once)
    field.await_state(latest, *OVER)
    tried = attempt(lambda: field.deploy(field.at_once, LatestDeploymentNumber=latest - 1))
    return answer(
        "What does a stale LatestDeploymentNumber come to?",
        "ConflictException, read as RefreshRequiredError: begin again",
        tried.seen,
        tried.begins_again,
    )


def profile_in_the_list(field: Field) -> Observation:
    field.await_state(field.deploy(field.at_once), *OVER)
    item = field.appconfig.list_deployments(**field.place, MaxResults=1)["Items"][0]
    listed = item.get("ConfigurationProfileId")
    return answer(
        "Does ListDeployments name the profile's id?",
        "yes (DeploymentSummary); the functions tell a profile's deployments by it",
        f"{listed or 'no'}",
        listed == field.where.profile and field.store.served().deployment > 0,
    )


def deploy_while_baking(field: Field) -> Observation:
    field.await_state(field.deploy(field.baking), "BAKING")
    tried = attempt(lambda: field.deploy(field.at_once))
    return answer(
        "May StartDeployment begin while another deployment is BAKING?",
        "no: ConflictException, read as RefreshRequiredError; the rollback waits or stops it",
        tried.seen,
        tried.was_accepted or tried.begins_again,
    )


def write_while_baking(field: Field) -> Observation:
    field.await_state(field.deploy(field.baking), "BAKING")
    tried = attempt(field.write)
    return answer(
        "May CreateHostedConfigurationVersion write while a deployment is BAKING?",
        "yes; a ConflictException would be read as RefreshRequiredError",
        tried.seen,
        tried.was_accepted or tried.begins_again,
    )


def stop_while_baking(field: Field) -> Observation:
    number = field.deploy(field.baking)
    field.await_state(number, "BAKING")
    stop = field.appconfig.stop_deployment
    without = attempt(lambda: stop(**field.place, DeploymentNumber=number)["State"])
    field.store.stop_deployment(number, revert=True)
    state = field.await_state(number, *OVER)["State"]
    return answer(
        "Does StopDeployment stop one that is BAKING?",
        "only with AllowRevert, and then it is ROLLED_BACK",
        f"without AllowRevert: {without.seen}; with it: {state}",
        state in ("ROLLED_BACK", "REVERTED"),
    )


def firing_monitor(field: Field) -> Observation:
    return _monitor_in(field, "ALARM")


def monitor_without_data(field: Field) -> Observation:
    return _monitor_in(field, "INSUFFICIENT_DATA")


def _monitor_in(field: Field, state: str) -> Observation:
    """Deploy at once, without a bake, while an alarm that AppConfig monitors is in a state."""
    name = f"{field.names.alarm_prefix}monitor"
    monitor = {
        "AlarmArn": make_alarm(field.account, field.names, name),
        "AlarmRoleArn": field.account.client("iam").get_role(RoleName=field.names.common)["Role"][
            "Arn"
        ],
    }
    set_alarm(field.account, name, state)
    field.appconfig.update_environment(**field.place, Monitors=[monitor])
    try:
        number = field.deploy(field.at_once)
        ended = field.await_state(number, *OVER)["State"]
        details = field.store.deployment(number)
    finally:
        field.appconfig.update_environment(**field.place, Monitors=[])
    undone = f" by {details.undone_by}: {details.undoing}" if ended != "COMPLETE" else ""
    return answer(
        f"Does a monitor that is in {state} already undo a deployment of 0 minutes, no bake?",
        "it may: CheckDeployment knows it by CLOUDWATCH_ALARM in the event log, and suspends it",
        f"{ended}{undone}",
        ended == "COMPLETE" or details.undone_by == "CLOUDWATCH_ALARM",
    )


QUESTIONS: tuple[Callable[[Field], Observation], ...] = (
    order_of_versions,
    stale_version_lock,
    stale_deployment_lock,
    profile_in_the_list,
    deploy_while_baking,
    write_while_baking,
    stop_while_baking,
    firing_monitor,
    monitor_without_data,
)
