"""Links into the AWS console."""

from __future__ import annotations

from urllib.parse import quote

from appconfig_rollback.arn import partition_of, region_of


def console_url(execution_arn: str) -> str:
    """Link to the execution in the Step Functions console."""
    partition, region = partition_of(execution_arn), region_of(execution_arn)
    host = {
        "aws-cn": "console.amazonaws.cn",
        "aws-us-gov": "console.amazonaws-us-gov.com",
    }.get(partition, f"{region}.console.aws.amazon.com")
    return (
        f"https://{host}/states/home?region={region}"
        f"#/v2/executions/details/{quote(execution_arn, safe=':')}"
    )
