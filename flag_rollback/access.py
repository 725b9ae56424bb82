"""How a command reaches AWS: the options that every command has, and the clients made of them."""

from __future__ import annotations

import os
import shlex
import tomllib
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec, TypeVar

import boto3
import botocore.session
import click
from botocore.config import Config

from appconfig_rollback.adapters import sdk_model
from appconfig_rollback.experiments import stop_command
from flag_rollback.given import Address, MachineArn, refuse_unprintable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from appconfig_rollback.experiments import ExperimentRun
    from appconfig_rollback.untyped import AwsClient
    from flag_rollback.watched import Place

P = ParamSpec("P")
R = TypeVar("R")

DEFAULT_STACK = "feature-flag-rollback"
_OPTIONS = {
    "region": "AWS region, as the AWS CLI takes it.",
    "profile": "Named profile of your AWS configuration.",
    "endpoint_url": "Another address than AWS's own, such as the embedded cloud's.",
    "stack": f"The stack's name.  [default: samconfig.toml's stack_name, else {DEFAULT_STACK}]",
    "state_machine_arn": "The state machine, where the stack cannot be read.",
}
_TYPES: dict[str, click.ParamType[str]] = {
    "endpoint_url": Address(),
    "state_machine_arn": MachineArn(),
}


@dataclass(frozen=True)
class Access:
    """What the person said about where to look; None where they said nothing."""

    #: Seconds for a connection and for an answer, and how often a call is made.
    patience: ClassVar = (5, 30, 3)

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    stack: str | None = None
    state_machine_arn: str | None = None

    def client(self, service: str) -> AwsClient:
        """Make the client of a service.

        Raises:
            SdkModelError: the SDK does not know what the commands need of the service.
        """
        sdk_model.check(self._core, service)
        try:
            return self._session.client(  # type: ignore[call-overload]
                service, endpoint_url=self.endpoint_url, config=self._config
            )
        except ValueError as error:  # what the environment or the configuration file says
            raise click.ClickException(f"AWS's {service} cannot be reached: {error}") from error

    @property
    def stack_name(self) -> str:
        """The stack that is meant: named, or samconfig.toml's, or the default."""
        return self.stack or _stack_in_samconfig() or DEFAULT_STACK

    def command(self, *words: str) -> str:
        """Write a command line that reaches the same place."""
        return shlex.join(["flag-rollback", *words, *self._given(*_OPTIONS)])

    def stop_command(self, place: Place, run: ExperimentRun) -> str:
        """Write the AWS CLI's command that stops an experiment's run in the same place."""
        command = stop_command(place.application, run.noted, self._session.region_name or "")
        return " ".join([command, *map(shlex.quote, self._given("profile", "endpoint_url"))])

    def aws_command(self, *words: str) -> str:
        """Write a command line of the AWS CLI that reaches the same place."""
        return shlex.join(["aws", *words, *self.aws_options()])

    def aws_options(self) -> list[str]:
        """List the options with which the AWS CLI reaches the same place."""
        return [*self._given("region", "profile", "endpoint_url")]

    def _given(self, *names: str) -> Iterator[str]:
        """Go through the options that were given, of those names, as they are typed."""
        for name in names:
            if value := getattr(self, name):
                yield from (_flag(name), value)

    @cached_property
    def _core(self) -> Any:  # noqa: ANN401 - boto3 wraps a session of botocore's
        core = botocore.session.get_session()
        sdk_model.extend(core)
        return core

    @cached_property
    def _session(self) -> boto3.Session:
        # The AWS CLI reads AWS_REGION, boto3 does not.
        region = self.region or os.environ.get("AWS_REGION") or None
        session = boto3.Session(
            region_name=region, profile_name=self.profile, botocore_session=self._core
        )
        if not session.region_name:
            raise click.ClickException("no region is set; name one with --region")
        return session

    @cached_property
    def _config(self) -> Config:
        connect, read, attempts = self.patience
        return Config(
            connect_timeout=connect,
            read_timeout=read,
            retries={"mode": "standard", "total_max_attempts": attempts},
            # Some of AWS's calls go to a host of their own; another address has no such host.
            inject_host_prefix=self.endpoint_url is None,
        )


class _Hurried(Access):
    """An `Access` that gives up early, so that nobody waits for it."""

    patience: ClassVar = (1, 2, 1)


def with_access(
    command: Callable[Concatenate[Access, P], R],
) -> Callable[P, R]:
    """Add the options to a command, and pass it the `Access` made from them."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        refuse_unprintable(kwargs)
        said = {name: kwargs.pop(name) for name in _OPTIONS}
        outer = click.get_current_context().find_root().obj
        base = outer if isinstance(outer, Access) else Access()
        return command(_with(base, said), *args, **kwargs)

    return with_options(run)


def with_options(command: Callable[P, R]) -> Callable[P, R]:
    """Declare the options alone."""
    for name, text in reversed(_OPTIONS.items()):
        type_ = _TYPES.get(name, click.STRING)
        command = click.option(_flag(name), name, metavar="TEXT", type=type_, help=text)(command)
    return command


def access_of(ctx: click.Context) -> Access:
    """Make the `Access` of a command line that is being completed, which runs nothing."""
    return _with(_with(_Hurried(), ctx.find_root().params), ctx.params)


def _with(access: Access, said: Mapping[str, Any]) -> Access:
    changes: dict[str, Any] = {name: said[name] for name in _OPTIONS if said.get(name)}
    return replace(access, **changes)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _stack_in_samconfig() -> str | None:
    """Read the name that `sam deploy --guided` keeps in samconfig.toml of this folder."""
    path = Path("samconfig.toml")
    try:
        config = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    environment = config.get("default", {})
    for command in ("deploy", "global"):
        name = environment.get(command, {}).get("parameters", {}).get("stack_name")
        if isinstance(name, str) and name:
            return name
    return None
