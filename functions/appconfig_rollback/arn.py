"""What an ARN says: arn:partition:service:region:account:resource."""

from __future__ import annotations


def partition_of(arn: str) -> str:
    """Read the partition, such as `aws` or `aws-cn`."""
    return arn.split(":")[1]


def region_of(arn: str) -> str:
    """Read the region."""
    return arn.split(":")[3]
