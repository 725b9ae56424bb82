"""The AWS account that is used, and the named errors of reaching it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import boto3
import click
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)

from flag_rollback.access import Access

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.untyped import AwsClient

_NOT_ACCEPTED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}


class VerifyError(click.ClickException):
    """Base of what ends `make verify-aws` early; the message says what to do."""


class CredentialsError(VerifyError):
    """There are no AWS credentials, or AWS does not accept them."""


class WrongRegionError(VerifyError):
    """The region is not one that AWS has, or that this account may use."""


class MissingPermissionError(VerifyError):
    """The credentials may not do what is needed."""


@dataclass(frozen=True)
class Account:
    """An account in a region, or the embedded cloud in its place."""

    access: Access
    id: str
    partition: str
    region: str

    @property
    def rehearsal(self) -> bool:
        """Whether it is the embedded cloud, not AWS."""
        return self.access.endpoint_url is not None

    @property
    def every(self) -> float:
        """Seconds between two looks at something that is waited for."""
        return 0.1 if self.rehearsal else 2.0

    def client(self, service: str) -> AwsClient:
        """Make a client, once."""
        return _client(self.access, service)

    def client_as(self, role: str, service: str) -> AwsClient:
        """Make a client that acts as a role of the account, which must trust the account."""
        keys = self.client("sts").assume_role(
            RoleArn=f"arn:{self.partition}:iam::{self.id}:role/{role}", RoleSessionName="verify"
        )["Credentials"]
        return boto3.client(  # type: ignore[call-overload]
            service,
            region_name=self.region,
            endpoint_url=self.access.endpoint_url,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.id}:{resource}"


@cache
def _client(access: Access, service: str) -> AwsClient:
    return access.client(service)


def open_account(region: str | None, profile: str | None, endpoint_url: str | None) -> Account:
    """Ask AWS whose credentials these are, before anything is made.

    Raises:
        CredentialsError, WrongRegionError: nothing can be done with them, or there.
    """
    with named_errors():
        session = boto3.Session(profile_name=profile)
        wanted = region or os.environ.get("AWS_REGION") or session.region_name
        if not wanted:
            raise WrongRegionError("no region is set; add ARGS='--region NAME'")
        partition = session.get_partition_for_region(wanted)
        if wanted not in session.get_available_regions("appconfig", partition_name=partition):
            raise WrongRegionError(f"AWS has no AppConfig in region {wanted!r}")
        access = Access(region=wanted, profile=profile, endpoint_url=endpoint_url)
        caller = access.client("sts").get_caller_identity()
        return Account(access, caller["Account"], partition, wanted)


@contextmanager
def named_errors() -> Iterator[None]:
    """Raise what AWS and its SDK say under a name of ours, where a person can fix it."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError, ProfileNotFound) as error:
        raise CredentialsError(
            f"{error}. Sign in as for the AWS CLI (`aws sts get-caller-identity` must work), or "
            "name a profile: make verify-aws ARGS='--profile NAME'"
        ) from error
    except EndpointConnectionError as error:
        raise WrongRegionError(f"{error}. Is the region right, and the network there?") from error
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        if code in _NOT_ACCEPTED:
            raise CredentialsError(
                f"AWS does not accept the credentials ({error}). Are they current, and is the "
                "region enabled for the account?"
            ) from error
        if code in _DENIED or "not authorized" in str(error):
            raise MissingPermissionError(
                f"the credentials may not do what is needed: {error}. They must be allowed to "
                "make, use and delete what is listed above; an administrator's are"
            ) from error
        raise
    except BotoCoreError as error:
        if "region" in str(error).lower():
            raise WrongRegionError(str(error)) from error
        raise
