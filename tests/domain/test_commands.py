"""The commands that notices and errors name can be copied to a terminal as they are."""

from __future__ import annotations

import shlex

from appconfig_rollback import commands
from tests.samples import ARN

_ARN = "arn:aws:states:eu-west-1:123456789012:execution:flag-rollback:run-1"


def test_an_execution_is_started_anew_by_its_machine_with_its_input() -> None:
    assert ARN == _ARN
    assert commands.start_by_aws(ARN) == (
        "aws stepfunctions start-execution --region eu-west-1 --state-machine-arn "
        "'arn:aws:states:eu-west-1:123456789012:stateMachine:flag-rollback' "
        '--input "$(aws stepfunctions describe-execution --region eu-west-1 '
        f"--execution-arn '{ARN}' --query input --output text)\""
    )


def test_of_what_is_no_arn_the_command_alone_is_named() -> None:
    assert commands.start_by_aws("local") == "aws stepfunctions start-execution"


def test_an_execution_is_redriven_by_its_arn() -> None:
    assert commands.redrive_by_aws(ARN) == (
        f"aws stepfunctions redrive-execution --region eu-west-1 --execution-arn '{ARN}'"
    )


def test_a_name_that_looks_like_an_option_is_none() -> None:
    assert shlex.split(commands.off(ARN, ["-x", "b c"])) == [
        *("flag-rollback", "off", "--stack", "flag-rollback", "--region", "eu-west-1"),
        *("--", "-x", "b c"),
    ]
    assert shlex.split(commands.restore(ARN, ["a"])) == [
        *("flag-rollback", "restore", "a", "--stack", "flag-rollback", "--region", "eu-west-1")
    ]
