"""Links into the AWS console."""

from __future__ import annotations

from urllib.parse import quote


def console_url(execution_arn: str) -> str:
    """Link to the execution in the Step Functions console."""
    _, partition, _, region, *_ = execution_arn.split(":")
    host = {
        "aws-cn": "console.amazonaws.cn",
        "aws-us-gov": "console.amazonaws-us-gov.com",
    }.get(partition, f"{region}.console.aws.amazon.com")
    return (
        f"https://{host}/states/home?region={region}"
        f"#/v2/executions/details/{quote(execution_arn, safe=':')}"
    )
