"""Links into the AWS console."""

from __future__ import annotations

from urllib.parse import quote

from appconfig_rollback.arn import partition_of, region_of


def console_url(execution_arn: str) -> str:
    """Link to the execution in the Step Functions console."""
    region = region_of(execution_arn)
    return (
        f"{_console(execution_arn)}/states/home?region={region}"
        f"#/v2/executions/details/{quote(execution_arn, safe=':')}"
    )


def alarm_url(alarm_name: str, execution_arn: str) -> str:
    """Link to an alarm of the execution's account and region in the CloudWatch console."""
    region = region_of(execution_arn)
    name = quote(alarm_name, safe="", errors="replace")
    return f"{_console(execution_arn)}/cloudwatch/home?region={region}#alarmsV2:alarm/{name}"


def appconfig_url(application: str, environment: str, execution_arn: str) -> str:
    """Link to an environment, by ids, in the AppConfig console; the path is as seen there."""
    region = region_of(execution_arn)
    place = f"applications/{application}/environments/{environment}"
    return f"{_console(execution_arn)}/systems-manager/appconfig/{place}?region={region}"


def _console(arn: str) -> str:
    """Name the console's host in an ARN's partition and region."""
    host = {
        "aws-cn": "console.amazonaws.cn",
        "aws-us-gov": "console.amazonaws-us-gov.com",
    }.get(partition_of(arn), f"{region_of(arn)}.console.aws.amazon.com")
    return f"https://{host}"
