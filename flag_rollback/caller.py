"""Who is at the terminal, as AWS knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

    from flag_rollback.access import Access


def caller(access: Access) -> str | None:
    """Return the ARN of the credentials in use; None where AWS does not say.

    GetCallerIdentity needs no permission, but a network may have no way to STS.
    """
    sts: STSClient = access.client("sts")
    try:
        return sts.get_caller_identity()["Arn"]
    except (BotoCoreError, ClientError):
        return None
