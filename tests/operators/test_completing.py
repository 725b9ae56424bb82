"""Tab completes flags and executions; where nothing can be known, it is quick and says nothing."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from flag_rollback import completing
from flag_rollback.cli import main
from local.site import FLAG, Site, alarm_event

if TYPE_CHECKING:
    from pathlib import Path

    from tests.operators.person import Person

#: Each takes clients of boto3's, and some a process or a cloud.
pytestmark = pytest.mark.thorough

SHELLS = ["bash", "zsh", "fish"]
PROGRAM = "from flag_rollback.cli import main; main(prog_name='flag-rollback')"


def asked_by_the_shell(**environment: str) -> Result:
    """Call the program as the shell does: without words, by what stands in its environment."""
    done = CliRunner(env=environment).invoke(main, [], prog_name="flag-rollback")
    assert done.stderr == ""
    return done


def completed(*words: str, **environment: str) -> list[str]:
    """What Tab offers behind these words, by click's protocol with bash."""
    done = asked_by_the_shell(
        _FLAG_ROLLBACK_COMPLETE="bash_complete",
        COMP_WORDS=shlex.join(["flag-rollback", *words]),
        COMP_CWORD=str(len(words)),
        **environment,
    )
    return [line.split(",", 1)[1] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_script(shell: str) -> None:
    done = asked_by_the_shell(_FLAG_ROLLBACK_COMPLETE=f"{shell}_source")

    assert f"_FLAG_ROLLBACK_COMPLETE={shell}_complete" in done.stdout


def test_commands_and_options_are_completed() -> None:
    assert "inspect" in completed("ins")
    assert "--exit-status" in completed("inspect", "--ex")
    assert completed("executions", "--status", "T") == ["timed_out"]


@pytest.mark.parametrize("words", [("drill", ""), ("inspect", "no"), ("executions", "--flag", "")])
@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_DEFAULT_REGION": "eu-west-1"},
        {"AWS_PROFILE": "nobody"},
        {"AWS_ENDPOINT_URL": "http://["},
        {
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        },
    ],
    ids=["nothing", "no credentials", "no profile", "no address", "nobody answers"],
)
def test_where_nothing_can_be_known_it_is_silent(
    words: tuple[str, ...], environment: dict[str, str]
) -> None:
    assert completed(*words, **environment) == []


def test_who_presses_tab_does_not_wait_for_an_aws_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(completing, "_SECONDS", 0.05)
    answered = threading.Event()

    def late() -> list[str]:
        answered.wait(60)
        return ["late"]

    assert completing._items(late, "") == []
    answered.set()


@pytest.mark.cloud
@pytest.mark.usefixtures("person")
def test_flags_and_executions_are_completed(site: Site) -> None:
    name = site.run(alarm_event()).arn.split(":")[-1]
    at = ("--stack", site.stack.name)

    assert completed(*at, "drill", "") == [FLAG, "search-v2"]
    assert completed("restore", *at, FLAG, "") == ["search-v2"]
    assert completed("executions", *at, "--flag", "sea") == ["search-v2"]
    assert name in completed("inspect", *at, name[:6])
    assert FLAG in completed("inspect", *at, "new")
    assert completed("inspect", *at, "lat") == ["latest"]
    assert name in completed("redrive", *at, name[:6])


@pytest.mark.cloud
def test_a_real_bash_completes_a_flag(site: Site, person: Person, tmp_path: Path) -> None:
    """By the line of docs/commands.md, and the function that bash calls for Tab."""
    program = tmp_path / "flag-rollback"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c {shlex.quote(PROGRAM)} "$@"\n')
    program.chmod(0o755)
    script = f"""
        eval "$(_FLAG_ROLLBACK_COMPLETE=bash_source flag-rollback)"
        COMP_WORDS=(flag-rollback --stack {person.stack} drill sea) COMP_CWORD=4
        _flag_rollback_completion flag-rollback
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stderr == ""
    assert done.stdout.split() == ["search-v2"]
    assert site.served()["flags"]["search-v2"]["enabled"]
