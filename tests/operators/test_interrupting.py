"""Ctrl-C never says that something was aborted which goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from flag_rollback.interrupting import goes_on
from flag_rollback.sentences import OneSentence
from local.site import FLAG, Site, alarm_event

if TYPE_CHECKING:
    from tests.operators.person import Person

#: A process of its own, which hears Ctrl-C even where whoever started the tests ignores it.
_HEARS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"


def interrupted(program: str, *words: str, once: str) -> tuple[int, str, str]:
    """Run a program, press Ctrl-C once it has written a word, and return how it ended.

    Like a person it presses again where nothing happens.
    """
    with subprocess.Popen(
        [sys.executable, "-c", _HEARS + textwrap.dedent(program), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        written = ""
        while once not in written:
            read = process.stdout.read(1)
            assert read, (written, process.stderr.read())
            written += read
        while True:
            process.send_signal(signal.SIGINT)
            try:
                rest, errors = process.communicate(timeout=5)
            except subprocess.TimeoutExpired:
                continue  # it came just before a read began, which then does not hear of it
            return process.wait(), written + rest, errors


PROGRAM = """
    import time
    import click
    from flag_rollback.interrupting import goes_on
    from flag_rollback.sentences import OneSentence

    def wait():
        while True:
            time.sleep(0.01)

    @click.group(cls=OneSentence)
    def main(): pass

    @main.command()
    def watch():
        with goes_on("The rollback", "flag-rollback inspect abc --follow"):
            click.echo("watching")
            wait()

    @main.command()
    def ask():
        click.confirm("Really?", abort=True)

    @main.command()
    def look():
        click.echo("looking")
        wait()

    @main.command()
    def late():
        with goes_on("The rollback", "flag-rollback inspect abc --follow"):
            pass
        click.echo("looking")
        wait()

    main()
"""


@pytest.mark.thorough
def test_after_the_point_of_no_return_it_says_what_goes_on_and_how_to_look_again() -> None:
    code, _, told = interrupted(PROGRAM, "watch", once="watching")

    assert code == 130
    assert told == (
        "\nOnly this command has stopped. The rollback goes on; see it with:\n"
        "  flag-rollback inspect abc --follow\n"
    )


@pytest.mark.thorough
@pytest.mark.parametrize(("command", "once"), [("ask", "Really?"), ("look", "looking")])
def test_before_it_nothing_was_changed(command: str, once: str) -> None:
    code, _, told = interrupted(PROGRAM, command, once=once)

    assert code == 130
    assert told == "\nNothing was changed.\n"


@pytest.mark.thorough
def test_once_something_goes_on_it_never_says_that_nothing_was_changed() -> None:
    code, _, told = interrupted(PROGRAM, "late", once="looking")

    assert code == 130
    assert "The rollback is not undone; see it with:\n  flag-rollback inspect abc" in told


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("n\n", "Nothing was changed."),
        ("", "Nothing was changed: nobody answered the question; pass --yes to skip it."),
    ],
)
def test_a_question_that_is_not_agreed_to_changes_nothing(answer: str, told: str) -> None:
    @click.group(cls=OneSentence)
    def main() -> None: ...

    @main.command()
    def ask() -> None:
        click.confirm("Really?", abort=True)

    done = CliRunner().invoke(main, ["ask"], input=answer)

    assert done.exit_code == 1
    assert done.stderr == f"\n{told}\n"


def test_an_error_while_something_goes_on_stays_that_error() -> None:
    def fails() -> None:
        with goes_on("The rollback", "look"):
            raise click.ClickException("no")

    with pytest.raises(click.ClickException):
        fails()


@pytest.mark.cloud
def test_who_stops_following_a_rollback_is_told_that_it_goes_on(
    site: Site, person: Person, request: pytest.FixtureRequest
) -> None:
    site.hold("FetchConfig")
    request.addfinalizer(lambda: site.let_go("FetchConfig"))
    arn = site.start(alarm_event())
    site.await_state(arn, "FetchConfig")
    name = arn.split(":")[-1]
    program = "from flag_rollback.cli import main; main()"
    words = ["inspect", name, "--follow", "--stack", person.stack]

    code, _, told = interrupted(program, *words, once="ParseAlarm")

    assert code == 130
    assert f"Execution {name} goes on; see it with:\n  flag-rollback inspect {name}" in told
    site.let_go("FetchConfig")
    site.await_end(arn)
    assert site.served()["flags"][FLAG]["enabled"] is False
