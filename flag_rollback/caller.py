"""Who types the command, as AWS knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

    from flag_rollback.access import Access


def caller(access: Access) -> str | None:
    """Return the ARN of whose credentials these are; None where STS does not say.

    Everybody may ask that (STS API reference, GetCallerIdentity).
    """
    sts: STSClient = access.client("sts")
    try:
        return sts.get_caller_identity()["Arn"]
    except (BotoCoreError, ClientError):
        return None
