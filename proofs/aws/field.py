"""Where AppConfig's open questions are asked: an environment and a profile of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.aws import named_errors
from appconfig_rollback.errors import RefreshRequiredError, RollbackError
from flag_rollback.waiting import wait_for
from flag_rollback.watched import Place
from proofs.aws.making import Made, Names, make_strategy
from proofs.aws.removing import stop_deployments

if TYPE_CHECKING:
    from collections.abc import Callable

    from appconfig_rollback.untyped import AwsAnswer
    from proofs.aws.account import Account
    from proofs.aws.report import Observation

OVER = ("COMPLETE", "ROLLED_BACK", "REVERTED")


@dataclass(frozen=True)
class Field:
    """A profile and an environment to try things in."""

    account: Account
    names: Names
    where: Place
    at_once: str
    baking: str  # at once, then a minute's bake

    @classmethod
    def of(cls, made: Made) -> Field:
        """Make it, in the application of the run."""
        where = _make(made.account, made.names, made.place.application, "questions", "AWS.Freeform")
        baking = make_strategy(made.account, made.names, "baking", bake_minutes=1)
        return cls(made.account, made.names, where, made.strategy, baking)

    def beside(self, name: str, profile_type: str) -> Field:
        """Make another one in the same application."""
        where = _make(self.account, self.names, self.where.application, name, profile_type)
        return replace(self, where=where)

    @property
    def appconfig(self) -> Any:  # noqa: ANN401 - newer than some stubs
        """The account's client of AppConfig."""
        return self.account.client("appconfig")

    @property
    def place(self) -> dict[str, str]:
        """Application and environment, as AppConfig's calls take them."""
        return {"ApplicationId": self.where.application, "EnvironmentId": self.where.environment}

    @property
    def store(self) -> AppConfigStore:
        """This project's own reader."""
        where = self.where
        return AppConfigStore(self.appconfig, where.application, where.environment, where.profile)

    def write(self, content: object = None, **options: object) -> int:
        """Write a version, of no flags where no content is given; returns its number."""
        made = self.appconfig.create_hosted_configuration_version(
            ApplicationId=self.where.application,
            ConfigurationProfileId=self.where.profile,
            Content=json.dumps(content or {"flags": {}}).encode(),
            ContentType="application/json",
            **options,
        )
        return int(made["VersionNumber"])

    def deploy(self, strategy: str, version: int | str | None = None, **lock: int) -> int:
        """Begin to deploy a version, or the newest; returns the deployment's number."""
        version = version or self.store.versions().latest or self.write()
        started = self.appconfig.start_deployment(
            **self.place,
            ConfigurationProfileId=self.where.profile,
            ConfigurationVersion=str(version),
            DeploymentStrategyId=strategy,
            **lock,
        )
        return int(started["DeploymentNumber"])

    def deployments(self) -> list[Any]:
        """List the newest deployments, the newest first."""
        return list(self.appconfig.list_deployments(**self.place, MaxResults=50)["Items"])

    def await_state(self, number: int, *states: str) -> AwsAnswer:
        """Wait until a deployment is in one of these states."""

        def there() -> AwsAnswer:
            found = self.appconfig.get_deployment(**self.place, DeploymentNumber=number)
            return found if found["State"] in states else None

        what = f"deployment {number} to be {' or '.join(states)}"
        return wait_for(there, what, seconds=180, every=self.account.every)

    def ask(self, question: Callable[[], Observation]) -> Observation:
        """Ask a question, and end what is under way, so that the next one finds nothing."""
        try:
            return question()
        finally:
            stop_deployments(self.appconfig, self.place)
            self.await_quiet()

    def await_quiet(self) -> None:
        """Wait until nothing is being deployed."""
        for item in self.deployments():
            if item["State"] not in OVER:
                self.await_state(item["DeploymentNumber"], *OVER)


@dataclass(frozen=True)
class Attempt:
    """What came of a call; `error` is what this project reads a refusal as."""

    seen: str
    error: RollbackError | None = None

    @property
    def was_accepted(self) -> bool:
        """Whether the call was not refused."""
        return self.error is None

    @property
    def begins_again(self) -> bool:
        """Whether the rollback would begin again because of it."""
        return isinstance(self.error, RefreshRequiredError)


def attempt(call: Callable[[], object]) -> Attempt:
    """Try a call."""
    try:
        with named_errors("asking"):
            answered = call()
    except RollbackError as error:
        cause = error.__cause__
        said = cause.response["Error"] if isinstance(cause, ClientError) else {}
        code, message = said.get("Code", type(cause).__name__), said.get("Message", "")
        return Attempt(f"{code} ({type(error).__name__}): {message}", error)
    return Attempt("accepted" if answered is None else f"accepted: {answered}")


def _make(account: Account, names: Names, application: str, name: str, profile_type: str) -> Place:
    appconfig = account.client("appconfig")
    named: dict[str, Any] = {"ApplicationId": application, "Name": name, "Tags": names.tags}
    environment = appconfig.create_environment(**named)["Id"]
    profile = appconfig.create_configuration_profile(
        **named, LocationUri="hosted", Type=profile_type
    )["Id"]
    return Place(application, environment, profile)
