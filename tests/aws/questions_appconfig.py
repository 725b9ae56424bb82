"""AppConfig's open questions, each asked in an environment of its own."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.aws import named_errors
from appconfig_rollback.errors import RefreshRequiredError, RollbackError
from flag_rollback.waiting import wait_for
from tests.aws.account import Account
from tests.aws.making import Made, Names, make_alarm, make_strategy, set_alarm
from tests.aws.report import Finding, answer

_OVER = ("COMPLETE", "ROLLED_BACK", "REVERTED")


@dataclass(frozen=True)
class Field:
    """A profile and an environment to try things in."""

    account: Account
    names: Names
    application: str
    environment: str
    profile: str
    at_once: str
    baking: str  # at once, then a minute's bake

    @classmethod
    def of(cls, made: Made) -> "Field":
        """Make it, in the application of the run."""
        appconfig, application = made.account.client("appconfig"), made.place.application
        named: dict[str, Any] = {"ApplicationId": application, "Name": "questions"}
        environment = appconfig.create_environment(**named, Tags=made.names.tags)["Id"]
        profile = appconfig.create_configuration_profile(
            **named, LocationUri="hosted", Tags=made.names.tags
        )["Id"]
        baking = make_strategy(made.account, made.names, "baking", bake_minutes=1)
        return cls(
            made.account, made.names, application, environment, profile, made.strategy, baking
        )

    @property
    def appconfig(self) -> Any:  # noqa: ANN401 - newer than some stubs
        return self.account.client("appconfig")

    @property
    def place(self) -> dict[str, str]:
        return {"ApplicationId": self.application, "EnvironmentId": self.environment}

    @property
    def store(self) -> AppConfigStore:
        """This project's own reader."""
        return AppConfigStore(self.appconfig, self.application, self.environment, self.profile)

    def write(self, **lock: int) -> int:
        """Write a version; gives its number."""
        made = self.appconfig.create_hosted_configuration_version(
            ApplicationId=self.application,
            ConfigurationProfileId=self.profile,
            Content=json.dumps({"flags": {}}).encode(),
            ContentType="application/json",
            **lock,
        )
        return int(made["VersionNumber"])

    def deploy(self, strategy: str, **lock: int) -> int:
        """Begin to deploy a new version; gives the deployment's number."""
        started = self.appconfig.start_deployment(
            **self.place,
            ConfigurationProfileId=self.profile,
            ConfigurationVersion=str(self.store.versions().latest or self.write()),
            DeploymentStrategyId=strategy,
            **lock,
        )
        return int(started["DeploymentNumber"])

    def await_state(self, number: int, *states: str) -> Any:  # noqa: ANN401 - a deployment
        """Wait until a deployment is in one of these states."""

        def there() -> Any:  # noqa: ANN401
            found = self.appconfig.get_deployment(**self.place, DeploymentNumber=number)
            return found if found["State"] in states else None

        what = f"deployment {number} to be {' or '.join(states)}"
        return wait_for(there, what, seconds=180, every=self.account.every)

    def ask(self, question: "Callable[[Field], Finding]") -> Finding:
        """Ask a question, and end what is under way, so that the next one finds nothing."""
        try:
            return question(self)
        finally:
            self._await_quiet()

    def _await_quiet(self) -> None:
        running = self.appconfig.list_deployments(**self.place, MaxResults=5)["Items"]
        for item in running:
            number = item["DeploymentNumber"]
            if item["State"] in ("DEPLOYING", "BAKING"):
                self.appconfig.stop_deployment(
                    **self.place, DeploymentNumber=number, AllowRevert=True
                )
            self.await_state(number, *_OVER)


def order_of_versions(field: Field) -> Finding:
    newest = [field.write() for _ in range(3)][-1]
    pages = field.appconfig.get_paginator("list_hosted_configuration_versions").paginate(
        ApplicationId=field.application, ConfigurationProfileId=field.profile
    )
    numbers = [item["VersionNumber"] for page in pages for item in page["Items"]]
    return answer(
        "In which order does ListHostedConfigurationVersions answer?",
        "not documented; newest first, and all pages are read where one does not descend",
        ", ".join(map(str, numbers)),
        field.store.versions().latest == newest,
    )


def stale_version_lock(field: Field) -> Finding:
    latest = field.write()
    seen, refused = _attempt(lambda: field.write(LatestVersionNumber=latest - 1))
    return answer(
        "What does a stale LatestVersionNumber come to?",
        "ConflictException, read as RefreshRequiredError: begin again",
        seen,
        refused,
    )


def stale_deployment_lock(field: Field) -> Finding:
    latest = field.deploy(field.at_once)
    field.await_state(latest, *_OVER)
    seen, refused = _attempt(lambda: field.deploy(field.at_once, LatestDeploymentNumber=latest - 1))
    return answer(
        "What does a stale LatestDeploymentNumber come to?",
        "ConflictException, read as RefreshRequiredError: begin again",
        seen,
        refused,
    )


def profile_in_the_list(field: Field) -> Finding:
    field.await_state(field.deploy(field.at_once), *_OVER)
    item = field.appconfig.list_deployments(**field.place, MaxResults=1)["Items"][0]
    listed = item.get("ConfigurationProfileId")
    return answer(
        "Does ListDeployments name the profile's id?",
        "yes; where it does not, the deployment itself is asked",
        f"{listed or 'no'}",
        listed in (None, field.profile) and field.store.served().deployment > 0,
    )


def deploy_while_baking(field: Field) -> Finding:
    field.await_state(field.deploy(field.baking), "BAKING")
    seen, refused = _attempt(lambda: field.deploy(field.at_once))
    return answer(
        "May StartDeployment begin while another deployment is BAKING?",
        "no: ConflictException, read as RefreshRequiredError; the rollback waits or stops it",
        seen,
        refused or seen.startswith("accepted"),
    )


def write_while_baking(field: Field) -> Finding:
    field.await_state(field.deploy(field.baking), "BAKING")
    seen, refused = _attempt(field.write)
    return answer(
        "May CreateHostedConfigurationVersion write while a deployment is BAKING?",
        "yes; a ConflictException would be read as RefreshRequiredError",
        seen,
        refused or seen.startswith("accepted"),
    )


def stop_while_baking(field: Field) -> Finding:
    number = field.deploy(field.baking)
    field.await_state(number, "BAKING")
    stop = field.appconfig.stop_deployment
    without, _ = _attempt(lambda: stop(**field.place, DeploymentNumber=number)["State"])
    field.store.stop_deployment(number, revert=True)
    state = field.await_state(number, *_OVER)["State"]
    return answer(
        "Does StopDeployment stop one that is BAKING?",
        "only with AllowRevert, and then it is ROLLED_BACK",
        f"without AllowRevert: {without}; with it: {state}",
        state in ("ROLLED_BACK", "REVERTED"),
    )


def firing_monitor(field: Field) -> Finding:
    return _monitor_in(field, "ALARM")


def monitor_without_data(field: Field) -> Finding:
    return _monitor_in(field, "INSUFFICIENT_DATA")


def _monitor_in(field: Field, state: str) -> Finding:
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
        ended = field.await_state(number, *_OVER)["State"]
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


QUESTIONS: tuple[Callable[[Field], Finding], ...] = (
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


def _attempt(call: Callable[[], object]) -> tuple[str, bool]:
    """Try a call; gives what came, and whether our code would begin again because of it."""
    try:
        with named_errors("asking"):
            return f"accepted: {call()}", False
    except RollbackError as error:
        cause = error.__cause__
        told = cause.response["Error"] if isinstance(cause, ClientError) else {}
        code, message = told.get("Code", type(cause).__name__), told.get("Message", "")
        return (
            f"{code} ({type(error).__name__}): {message}",
            isinstance(error, RefreshRequiredError),
        )
