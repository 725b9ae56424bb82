"""The commands in notices: the product's own, and AWS's where there is no other."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from appconfig_rollback.arn import machine_of, region_of


def command(execution_arn: str, verb: str, *words: str) -> str:
    """Write a command of `flag-rollback` that reaches the stack of an execution.

    The template names the state machine after the stack. Words that begin with a dash are kept from
    being taken for options.
    """
    place = ["--stack", machine_of(execution_arn), "--region", region_of(execution_arn)]
    if any(word.startswith("-") for word in words):
        return shlex.join(["flag-rollback", verb, *place, "--", *words])
    return shlex.join(["flag-rollback", verb, *words, *place])


def off(execution_arn: str, flags: Sequence[str]) -> str:
    """Turn flags off by hand; it asks why."""
    return command(execution_arn, "off", *flags)


def restore(execution_arn: str, flags: Sequence[str]) -> str:
    """Turn flags on again; it asks why."""
    return command(execution_arn, "restore", *flags)


def redrive(execution_arn: str) -> str:
    """Try an execution again."""
    return command(execution_arn, "redrive", _name(execution_arn))


def inspect(execution_arn: str) -> str:
    """Look at an execution."""
    return command(execution_arn, "inspect", _name(execution_arn))


def redrive_by_aws(execution_arn: str) -> str:
    """Redrive an execution with the AWS CLI."""
    return (
        f"aws stepfunctions redrive-execution --region {region_of(execution_arn)} "
        f"--execution-arn '{execution_arn}'"
    )


def start_by_aws(execution_arn: str) -> str:
    """Start a new execution with the input of another one, with the AWS CLI."""
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


def _name(execution_arn: str) -> str:
    return execution_arn.rpartition(":")[2]
