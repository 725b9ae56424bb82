"""Failures in one sentence: what went wrong, and what to do about it."""

from __future__ import annotations

from typing import Any

import click
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
)

from appconfig_rollback.adapters.aws import EXPIRED, named
from appconfig_rollback.errors import PermissionDeniedError, RollbackError
from flag_rollback.interrupting import interruptible
from flag_rollback.printing import prepare_streams, printable

_DENIED = "your AWS credentials do not allow this"


class OneSentence(click.Group):
    """Prints every failure as one sentence, with an exit code and without a stack trace."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as click has it
        """Run the program."""
        prepare_streams()
        return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the command line as far as the command."""
        with interruptible():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        """Run the command."""
        with interruptible():
            try:
                return super().invoke(ctx)
            except click.ClickException as error:
                error.message = printable(_with_policy(error.message, ctx))  # type: ignore[misc]
                raise
            except BrokenPipeError:
                raise  # the reader closed the pipe; click knows how to end
            except (BotoCoreError, ClientError, RollbackError, OSError) as error:
                said = _with_policy(sentence(error), ctx)
                raise click.ClickException(printable(said)) from error


def sentence(error: Exception) -> str:
    """Say what went wrong and what to do about it.

    What AWS answered to a call of the functions' adapters has its name already; the commands' own
    calls get theirs here, by the same table.
    """
    cause = error.__cause__ if isinstance(error, RollbackError) else error
    if isinstance(cause, NoCredentialsError):
        return "there are no AWS credentials; set them up as for the AWS CLI, or name --profile"
    if isinstance(cause, ProfileNotFound):
        return f"{cause}; name one of yours with --profile"
    if isinstance(cause, EndpointConnectionError):
        return f"nobody answers at {cause.kwargs['endpoint_url']}"
    if isinstance(cause, ClientError):
        if cause.response.get("Error", {}).get("Code", "") in EXPIRED:
            return "your AWS credentials have expired; sign in again"
        if cause is error:
            error = named(cause.response, str(cause))
    if isinstance(error, PermissionDeniedError):
        return f"{_DENIED}: {error}"
    return " ".join(str(error).split()) or type(error).__name__


def _with_policy(message: str, ctx: click.Context) -> str:
    """Name the policy that a command takes, where IAM denied it something."""
    if _DENIED not in message or "not authorized" not in message:
        return message
    policy = f"policies/{ctx.invoked_subcommand}.json"
    return f"{message}. What this command calls is in {policy}: attach it, filled in for this stack"
