"""Removes what a run made, by its names; again and again does no harm."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from click import ClickException

from appconfig_rollback.adapters.alarms import names_below
from appconfig_rollback.errors import RollbackError
from flag_rollback.waiting import WaitedTooLongError, wait_for
from local.stack import StackFailedError, delete
from proofs.aws.making import EXPERIMENTS, STACK_SECONDS, TAG, Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appconfig_rollback.untyped import AwsClient
    from proofs.aws.account import Account

#: What AWS keeps, and nobody can remove; none of it costs anything further.
KEPT = "CloudWatch keeps the metrics for 15 months, and X-Ray its traces for 30 days, at no charge"

_GONE = ("NoSuch", "NotFound", "NonExistent", "does not exist", "QueueDoesNotExist")


def remove(account: Account, names: Names, told: Callable[[str], None]) -> list[str]:
    """Remove everything; returns what could not be removed, and why."""
    left: list[str] = []
    for what, step in _steps(account, names):
        told(what)
        try:
            step()
        except (
            BotoCoreError,
            ClientError,
            ClickException,
            RollbackError,
            StackFailedError,
            WaitedTooLongError,
        ) as error:
            if not (isinstance(error, ClientError) and any(word in str(error) for word in _GONE)):
                left.append(f"{what}: {error}")
    return left


def runs(account: Account) -> list[str]:
    """Find the ids of runs that have left something behind, by their tag."""
    pages = (
        account.client("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(TagFilters=[{"Key": TAG}])
    )
    return sorted(
        {
            tag["Value"]
            for page in pages
            for resource in page["ResourceTagMappingList"]
            for tag in resource["Tags"]
            if tag["Key"] == TAG
        }
    )


def stop_deployments(appconfig: AwsClient, place: dict[str, str]) -> None:
    """Stop what is being deployed to an environment; AppConfig's own deployments end by themselves.

    An environment that is being deployed to cannot be deleted.
    """
    for item in appconfig.list_deployments(**place, MaxResults=5)["Items"]:
        if item["State"] in ("DEPLOYING", "BAKING") and item.get("Type") != "MANAGED":
            appconfig.stop_deployment(
                **place, DeploymentNumber=item["DeploymentNumber"], AllowRevert=True
            )


def _steps(account: Account, names: Names) -> Iterator[tuple[str, Callable[[], object]]]:
    """List what may be there: what is billed by the hour, then the stack, which uses the rest."""
    client, common = account.client, names.common
    yield f"experiments of {common}", lambda: _experiments(account, common)
    yield f"stack {common}", partial(_stack, account, common)
    for what in ("tagged", "events"):
        yield f"stack {common}-{what}", partial(_stack, account, f"{common}-{what}")
    # A function's last lines may come after the stack's log groups are gone, and make one anew.
    yield f"log groups of {common}", lambda: _log_groups(client("logs"), common)
    yield f"alarms {names.alarm_prefix}*", lambda: _alarms(account, names)
    yield (
        f"queue {common}",
        lambda: client("sqs").delete_queue(
            QueueUrl=client("sqs").get_queue_url(QueueName=common)["QueueUrl"]
        ),
    )
    yield f"function {common}", lambda: client("lambda").delete_function(FunctionName=common)
    yield f"role {common}", lambda: _role(client("iam"), common)
    yield f"bucket {names.bucket(account)}", lambda: _bucket(client("s3"), names.bucket(account))
    yield f"AppConfig application {common}", lambda: _application(client("appconfig"), common)
    yield f"deployment strategies {common}-*", lambda: _strategies(client("appconfig"), common)


def _stack(account: Account, name: str) -> None:
    cloudformation = account.client("cloudformation")
    delete(cloudformation, name, seconds=STACK_SECONDS, every=account.every)


def _alarms(account: Account, names: Names) -> None:
    cloudwatch = account.client("cloudwatch")
    found = names_below(names.alarm_prefix, cloudwatch)
    if found:
        cloudwatch.delete_alarms(AlarmNames=found)


def _log_groups(logs: AwsClient, common: str) -> None:
    for prefix in (f"/aws/lambda/{common}", f"/aws/vendedlogs/states/{common}"):
        for group in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])


def _role(iam: AwsClient, name: str) -> None:
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def _bucket(s3: AwsClient, name: str) -> None:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
        for item in page.get("Contents", []):
            s3.delete_object(Bucket=name, Key=item["Key"])
    s3.delete_bucket(Bucket=name)


def _experiments(account: Account, name: str) -> None:
    """Stop the runs and delete the definitions; AppConfig deletes no environment that has one.

    Where AppConfig has no experiments, nobody made the environment for them.
    """
    appconfig = account.client("appconfig")
    for application in _named(appconfig, "list_applications", name):
        inside = {"ApplicationId": application}
        for environment in _named(appconfig, "list_environments", EXPERIMENTS, **inside):
            stop_deployments(appconfig, {**inside, "EnvironmentId": environment})
            listed: dict[str, str] = {
                "ApplicationIdentifier": application,
                "EnvironmentIdentifier": environment,
            }
            for definition in _ids(appconfig, "list_experiment_definitions", **listed):
                _experiment(appconfig, application, definition, account.every)


def _experiment(appconfig: AwsClient, application: str, definition: str, every: float) -> None:
    place = {"ApplicationIdentifier": application, "ExperimentDefinitionIdentifier": definition}
    pages = appconfig.get_paginator("list_experiment_runs").paginate(**place, Status="RUNNING")
    for number in [item["Run"] for page in pages for item in page["Items"]]:
        stop = partial(appconfig.stop_experiment_run, **place, Run=number)
        _when_free(stop, f"run {number} of experiment {definition} to be stopped", every)
    delete = partial(appconfig.delete_experiment_definition, **place, DeleteType="DESTROY")
    _when_free(delete, f"experiment {definition} to be deleted", every)


def _application(appconfig: AwsClient, name: str) -> None:
    for application in _named(appconfig, "list_applications", name):
        inside = {"ApplicationId": application}
        for environment in _ids(appconfig, "list_environments", **inside):
            place = {**inside, "EnvironmentId": environment}
            stop_deployments(appconfig, place)
            appconfig.delete_environment(**place, DeletionProtectionCheck="BYPASS")
        for profile in _ids(appconfig, "list_configuration_profiles", **inside):
            place = {**inside, "ConfigurationProfileId": profile}
            pages = appconfig.get_paginator("list_hosted_configuration_versions").paginate(**place)
            for number in [item["VersionNumber"] for page in pages for item in page["Items"]]:
                appconfig.delete_hosted_configuration_version(**place, VersionNumber=number)
            appconfig.delete_configuration_profile(**place, DeletionProtectionCheck="BYPASS")
        appconfig.delete_application(**inside)


def _when_free(call: Callable[[], object], what: str, every: float) -> None:
    """Repeat a call while AppConfig refuses it because it is busy with the environment."""

    def done() -> bool:
        try:
            call()
        except ClientError as error:
            if error.response["Error"].get("Code") != "ConflictException":
                raise
            return False
        return True

    wait_for(done, what, seconds=120, every=every)


def _strategies(appconfig: AwsClient, common: str) -> None:
    pages = appconfig.get_paginator("list_deployment_strategies").paginate()
    for item in [item for page in pages for item in page["Items"]]:
        if item["Name"].startswith(f"{common}-"):
            appconfig.delete_deployment_strategy(DeploymentStrategyId=item["Id"])


def _named(appconfig: AwsClient, operation: str, name: str, **place: str) -> list[str]:
    pages = appconfig.get_paginator(operation).paginate(**place)
    return [item["Id"] for page in pages for item in page["Items"] if item["Name"] == name]


def _ids(appconfig: AwsClient, operation: str, **place: str) -> list[str]:
    pages = appconfig.get_paginator(operation).paginate(**place)
    return [item["Id"] for page in pages for item in page["Items"]]
