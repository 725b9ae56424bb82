"""The options mean what they mean to the AWS CLI, and stand before or behind a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from appconfig_rollback.experiments import ExperimentRun
from flag_rollback.access import Access, with_access, with_options
from flag_rollback.watched import Place

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
@with_options
@click.pass_context
def group(ctx: click.Context, /, **said: str | None) -> None:
    ctx.obj = Access(**said)


@group.command()
@with_access
def show(access: Access) -> None:
    click.echo(access.command("show", "a b"))
    click.echo(access.stack_name)


def types(*words: str) -> list[str]:
    done = CliRunner().invoke(group, words)
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_options_before_and_behind_the_command() -> None:
    told = types("--region", "eu-west-1", "--stack", "a", "show", "--stack", "b")

    assert told == ["flag-rollback show 'a b' --region eu-west-1 --stack b", "b"]


def test_the_command_that_stops_an_experiment_reaches_the_same_place() -> None:
    run = ExperimentRun("exp1234", "test", 3, running=True, shows_flag=True)
    place = Place("app1234", "env1234", "prof123")
    stop = (
        "aws appconfig stop-experiment-run --region eu-west-1 --application-identifier app1234 "
        "--experiment-definition-identifier exp1234 --run 3"
    )

    told = Access(region="eu-west-1", stack="mine", endpoint_url="http://a:1").stop_command(
        place, run
    )

    assert told == f"{stop} --endpoint-url http://a:1"
    assert Access(region="eu-west-1").stop_command(place, run) == stop


def test_the_stack_is_samconfigs(folder: Path) -> None:
    (folder / "samconfig.toml").write_text('[default.deploy.parameters]\nstack_name = "mine"\n')

    assert types("show")[-1] == "mine"
    assert types("show", "--stack", "yours")[-1] == "yours"


@pytest.mark.parametrize("text", ["", "no toml", "[default.deploy.parameters]\nstack_name = 3\n"])
def test_a_samconfig_that_says_nothing_is_passed_over(folder: Path, text: str) -> None:
    (folder / "samconfig.toml").write_text(text)

    assert types("show")[-1] == "feature-flag-rollback"


def test_the_region_may_come_from_AWS_REGION(monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: N802
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    assert Access().client("sts").meta.region_name == "eu-central-1"
