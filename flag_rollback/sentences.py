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

from appconfig_rollback.errors import RollbackError

_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")


class OneSentence(click.Group):
    """Tells every failure in one sentence, with an exit code and without a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (BotoCoreError, ClientError, RollbackError, OSError) as error:
            raise click.ClickException(sentence(error)) from error


def sentence(error: Exception) -> str:
    """Say what went wrong and what to do about it."""
    if isinstance(error, NoCredentialsError):
        return "there are no AWS credentials; set them up as for the AWS CLI, or name --profile"
    if isinstance(error, ProfileNotFound):
        return f"{error}; name one of yours with --profile"
    if isinstance(error, EndpointConnectionError):
        return f"nobody answers at {error.kwargs['endpoint_url']}"
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        if code in _EXPIRED:
            return "your AWS credentials have expired; sign in again"
        if code in _DENIED:
            return f"your AWS credentials do not allow this: {error}"
    return " ".join(str(error).split()) or type(error).__name__
