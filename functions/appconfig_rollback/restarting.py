"""The commands with which a person takes a run up again, or starts it anew."""

from __future__ import annotations

from appconfig_rollback.arn import region_of


def redrive_command(execution_arn: str) -> str:
    """Write the command that redrives an execution."""
    return (
        f"aws stepfunctions redrive-execution --region {region_of(execution_arn)} "
        f"--execution-arn '{execution_arn}'"
    )


def start_command(execution_arn: str) -> str:
    """Write the command that starts a new execution with the input of another one."""
    parts = execution_arn.split(":")
    if len(parts) < 8:
        return "aws stepfunctions start-execution"
    region = region_of(execution_arn)
    machine = ":".join([*parts[:5], "stateMachine", parts[6]])
    return (
        f"aws stepfunctions start-execution --region {region} --state-machine-arn '{machine}' "
        f'--input "$(aws stepfunctions describe-execution --region {region} '
        f"--execution-arn '{execution_arn}' --query input --output text)\""
    )
