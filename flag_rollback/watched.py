"""The deployed stack: its state machine, and which flags and alarms it watches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click
from botocore.exceptions import ClientError

from appconfig_rollback.alarm import read_alarm
from appconfig_rollback.errors import (
    AlarmNameMismatchError,
    PermissionDeniedError,
    RollbackError,
)
from appconfig_rollback.guarding import AlarmNames, guarded, named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient

    from appconfig_rollback.untyped import AwsAnswer
    from flag_rollback.access import Access


@dataclass(frozen=True)
class Place:
    """Where the flags live: ids of AppConfig's application, environment and profile.

    `flags_at` is the stack's parameter FlagsAt: the path of keys to them within the document.
    """

    application: str
    environment: str
    profile: str
    flags_at: str = ""

    def is_that_of(self, other: Place) -> bool:
        """Whether both are the same document in the same environment, wherever its flags are."""
        ours = (self.application, self.environment, self.profile)
        return ours == (other.application, other.environment, other.profile)


@dataclass(frozen=True)
class Watched:
    """A stack as deployed; `outputs` and `parameters` are empty where it cannot be read."""

    state_machine_arn: str
    stack: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Place | None:
        """Where the flags live; None where the stack cannot be read."""
        try:
            return Place(
                self.parameters["ApplicationId"],
                self.parameters["EnvironmentId"],
                self.parameters["ConfigurationProfileId"],
                self.parameters.get("FlagsAt", ""),
            )
        except KeyError:
            return None

    @property
    def known_place(self) -> Place:
        """Where the flags live, for commands that cannot do without."""
        if self.place is None:
            raise click.ClickException(
                f"the parameters of stack {self.stack} cannot be read, so there is no telling "
                "where its flags live; name the stack with --stack"
            )
        return self.place

    @property
    def prefix(self) -> str:
        """The text before the flag's name in the name of its alarm."""
        return self.parameters.get("AlarmNamePrefix", "FeatureFlag-")

    @property
    def suffix(self) -> str:
        """The text after it."""
        return self.parameters.get("AlarmNameSuffix", "-ErrorRate")

    @property
    def names(self) -> AlarmNames:
        """How its alarms are named."""
        return AlarmNames(self.prefix, self.suffix)

    def alarm_of(self, flag: str) -> str:
        """Name the alarm of a flag."""
        return f"{self.prefix}{flag}{self.suffix}"

    def guarded_by(self, alarm: str, tags: Mapping[str, str]) -> tuple[str, ...]:
        """List the flags that an alarm guards by its tags or name; none where it names none."""
        try:
            return named(alarm, tags, self.names).flags
        except AlarmNameMismatchError:
            return ()

    def flags_and_alarm(self, execution_input: object) -> tuple[tuple[str, ...], str | None]:
        """Read flags and alarm out of an execution's input, where it names them."""
        try:
            change = read_alarm(execution_input)
        except RollbackError:
            return (), None
        try:
            return guarded(change, change.tags, self.names).flags, change.name
        except RollbackError:
            return (), change.name


def find(access: Access) -> Watched:
    """Find the stack that the person means, or only its state machine where they named that."""
    arn = access.state_machine_arn
    if arn is None:
        described = _described(access, access.stack_name)
        watched = _watched(described)
        if not watched.state_machine_arn:
            raise click.ClickException(
                f"stack {access.stack_name} has no output StateMachineArn; is it this project's?"
            )
        return watched
    # The template names the state machine after the stack.
    stack = access.stack or arn.split(":")[-1]
    try:
        described = _described(access, stack)
    except (ClientError, RollbackError, click.ClickException):
        return Watched(arn, stack)
    return _watched(described, arn)


def place_of(access: Access, stack: str) -> Place | None:
    """Where the flags of another stack live; None where it is not there, or is of something else.

    Raises:
        PermissionDeniedError: the person may not read it.
        ClientError: it cannot be read.
    """
    try:
        return _watched(_described(access, stack)).place
    except click.ClickException:
        return None


def _described(access: Access, name: str) -> AwsAnswer:
    cloudformation: CloudFormationClient = access.client("cloudformation")
    try:
        return cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        region = cloudformation.meta.region_name
        if error.response["Error"]["Code"] == "AccessDenied":
            raise PermissionDeniedError(
                f"reading stack {name} in {region}: {error}. Is that the stack that you mean? A "
                "policy of policies/ is for one stack in one region; name yours with --stack and "
                "--region"
            ) from error
        if "does not exist" not in str(error):
            raise
        raise click.ClickException(
            f"there is no stack {name} in {region}; name yours with --stack and --region"
        ) from error


def _watched(stack: AwsAnswer, arn: str | None = None) -> Watched:
    outputs = {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}
    parameters = {
        item["ParameterKey"]: item.get("ParameterValue", "") for item in stack.get("Parameters", [])
    }
    return Watched(
        arn or outputs.get("StateMachineArn", ""), stack["StackName"], outputs, parameters
    )
