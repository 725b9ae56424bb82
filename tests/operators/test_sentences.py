"""Whatever goes wrong is told in one sentence, with an exit code."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from click.testing import CliRunner

from appconfig_rollback.adapters.aws import named_errors
from appconfig_rollback.errors import RollbackError
from flag_rollback.cli import main
from flag_rollback.sentences import sentence
from tests.operators.person import Person

COMMANDS = sorted(main.commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = CliRunner().invoke(main, [command, "--help"])

    assert done.exit_code == 0
    assert f"Example: flag-rollback {command}" in " ".join(done.output.split())
    for option in ("--region", "--profile", "--endpoint-url", "--stack", "--state-machine-arn"):
        assert option in done.output


def test_a_span_that_is_none_is_refused() -> None:
    done = CliRunner().invoke(main, ["executions", "--since", "yesterday"])

    assert done.exit_code == 2
    assert "such as 30m, 2h or 3d" in done.output


@pytest.mark.parametrize(
    ("words", "environment", "told"),
    [
        (["executions"], {"AWS_DEFAULT_REGION": ""}, "no region is set; name one with --region"),
        (["executions", "--region", "eu-west-1"], {}, "there are no AWS credentials"),
        (["doctor", "--profile", "nobody"], {}, "nobody"),
        (
            ["inspect", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9"],
            {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"},
            "nobody answers at http://127.0.0.1:9",
        ),
    ],
)
def test_what_is_wrong_with_the_surroundings(
    words: list[str],
    environment: dict[str, str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr("time.sleep", lambda _: None)  # between the SDK's tries
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    done = CliRunner().invoke(main, words)

    assert done.exit_code == 1
    assert told in done.output
    assert len(done.output.strip().splitlines()) == 1


def refused(code: str, status: int = 400) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "Anything")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refused("ExpiredTokenException"), "your AWS credentials have expired; sign in again"),
        (refused("RequestExpired"), "your AWS credentials have expired; sign in again"),
        (refused("AccessDenied"), "your AWS credentials do not allow this: An error occurred"),
        (refused("AnyCode", 403), "your AWS credentials do not allow this: An error occurred"),
        (refused("ValidationError"), "An error occurred (ValidationError)"),
        (NoCredentialsError(), "there are no AWS credentials"),
        (EndpointConnectionError(endpoint_url="http://a"), "nobody answers at http://a"),
    ],
)
@pytest.mark.parametrize("by", ["a call of the command's own", "a call of the functions' adapters"])
def test_a_refusal_is_told_the_same_whoever_made_the_call(
    error: Exception, told: str, by: str
) -> None:
    if by == "a call of the functions' adapters":
        with pytest.raises(RollbackError) as raised, named_errors("reading it (a:B)"):
            raise error
        error, told = raised.value, told.replace("An error", "reading it (a:B): An error")

    assert sentence(error).startswith(told)


@pytest.mark.cloud
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["inspect", "nothing-of-that-name"], "has no execution nothing-of-that-name"),
        (["redrive"], "name one execution, or pass --all-failed"),
        (["drill", "no-such-flag"], "no-such-flag has no alarm"),
        (["restore", "no-such-flag", "--reason", "test"], "no-such-flag"),
        (["restore", "search-v2", "--reason", "test"], "search-v2 is on already"),
    ],
)
def test_what_is_wrong_with_the_request(person: Person, words: list[str], told: str) -> None:
    code = 2 if words == ["redrive"] else 1
    done = person.types(*words, exit_code=code)

    assert told in done.output


@pytest.mark.cloud
def test_a_stack_that_is_in_another_region(person: Person) -> None:
    # The policy of the command is for the stack's own region.
    anybody = replace(person, operators=None)
    done = anybody.types("replay", "--region", "eu-west-1", exit_code=1)

    assert "there is no stack operated in eu-west-1" in done.output


@pytest.mark.cloud
@pytest.mark.usefixtures("person")
def test_a_stack_that_is_not_there() -> None:
    done = Person("no-such-stack").types("executions", exit_code=1)

    assert done.output == (
        "Error: there is no stack no-such-stack in us-east-1; "
        "name yours with --stack and --region\n"
    )


@pytest.mark.cloud
def test_a_stack_that_the_policies_are_not_for(person: Person) -> None:
    assert person.operators
    as_user = person.operators.user("executions").environment
    with patch.dict(os.environ, as_user):
        done = Person("mistyped").types("executions", exit_code=1)

    assert done.output.startswith(
        "Error: your AWS credentials do not allow this: reading stack mistyped in us-east-1: An "
    )
    assert done.output.endswith(
        ". Is that the stack that you mean? A policy of policies/ is for one stack in one region; "
        "name yours with --stack and --region. What this command calls is in "
        "policies/executions.json: attach it, filled in for this stack\n"
    )


def test_credentials_that_are_wrong_take_no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise refused("InvalidClientTokenId", 403)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    done = CliRunner().invoke(main, ["executions"])

    assert "your AWS credentials do not allow this" in done.output
    assert "policies/" not in done.output
