"""What an ARN says: arn:partition:service:region:account:resource."""

from __future__ import annotations


def partition_of(arn: str) -> str:
    """Read the partition, such as `aws` or `aws-cn`."""
    return arn.split(":")[1]


def region_of(arn: str) -> str:
    """Read the region."""
    return arn.split(":")[3]


def account_of(arn: str) -> str:
    """Read the account."""
    return arn.split(":")[4]


def machine_of(execution_arn: str) -> str:
    """Read the name of the state machine out of an execution's ARN."""
    return execution_arn.split(":")[6]
