"""What changes something asks first, and takes no placeholder for a reason."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import click
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from flag_rollback.access import Access
from flag_rollback.caller import caller
from flag_rollback.confirming import at_a_terminal as at_a_terminal_now
from flag_rollback.confirming import confirm
from flag_rollback.reason import reason_option
from flag_rollback.sentences import OneSentence
from tests.operators.person import at_a_terminal

if TYPE_CHECKING:
    from click.testing import Result


@click.group(cls=OneSentence)
def main() -> None:
    pass


@main.command()
@click.argument("flag")
@reason_option("Why may it be on again?")
@click.option("--yes", is_flag=True)
def change(flag: str, reason: str, yes: bool) -> None:
    confirm(f"Change {flag}?", yes=yes)
    click.echo(f"Changed {flag}: {reason}")


def types(*words: str, answers: str = "", exit_code: int = 0) -> Result:
    with at_a_terminal():
        done = CliRunner().invoke(main, ["change", *words], input=answers)
    assert done.exit_code == exit_code, done.output
    return done


def test_who_agrees_gets_the_change() -> None:
    done = types("f", "--reason", " fixed  ", answers="y\n")

    assert done.output.endswith("Changed f: fixed\n")


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_who_does_not_agree_reads_that_nothing_was_changed(answer: str) -> None:
    done = types("f", "--reason", "fixed", answers=answer, exit_code=1)

    assert done.stderr.endswith("Nothing was changed.\n")
    assert "Aborted" not in done.output


class CtrlC(io.BytesIO):
    """A keyboard at which Ctrl-C is pressed."""

    def read1(self, _: int | None = -1, /) -> bytes:
        raise KeyboardInterrupt


def test_ctrl_c_at_the_question_changes_nothing() -> None:
    with at_a_terminal():
        done = CliRunner().invoke(main, ["change", "f", "--reason", "fixed"], input=CtrlC())

    assert done.exit_code == 130
    assert done.stderr.endswith("Nothing was changed.\n")
    assert "Aborted" not in done.output


def test_where_nobody_can_be_asked_yes_is_named() -> None:
    done = CliRunner().invoke(main, ["change", "f", "--reason", "fixed"], input="y\n")

    assert done.exit_code == 2
    assert "there is no terminal to ask on; pass --yes" in done.output


def test_a_closed_input_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)

    assert not at_a_terminal_now()


def test_where_nobody_can_be_asked_the_reason_is_named() -> None:
    done = CliRunner().invoke(main, ["change", "f", "--yes"], input="fixed\n")

    assert done.exit_code == 2
    assert "--reason is missing, and there is no terminal to ask on" in done.output


def test_a_reason_that_is_not_given_is_asked_for() -> None:
    done = types("f", "--yes", answers="...\n\nfixed in 4.2\n")

    assert done.output.count("Why may it be on again?: ") == 3
    assert '"..." is a placeholder, not a reason' in done.output
    assert done.output.endswith("Changed f: fixed in 4.2\n")


@pytest.mark.parametrize(
    "placeholder",
    ["...", "<reason>", "<why it is safe>", "WHY", "TODO", "todo: ", "reason", "Reason...", "?!",
     "{reason}", "[why]", "N/A", "-"],
)  # fmt: skip
def test_a_placeholder_is_no_reason(placeholder: str) -> None:
    done = types("f", "--yes", "--reason", placeholder, exit_code=2)

    assert "is a placeholder, not a reason; write why, such as" in done.output
    assert "Changed" not in done.output


@pytest.mark.parametrize("empty", ["", " ", "\t\n"])
def test_blanks_are_no_reason(empty: str) -> None:
    done = types("f", "--yes", "--reason", empty, exit_code=2)

    assert "it is empty; write why, such as" in done.output


@pytest.mark.parametrize("reason", ["why it failed: a typo", "ok", "修正済み", "the TODO is done"])
def test_words_are_a_reason(reason: str) -> None:
    assert types("f", "--yes", "--reason", reason).output == f"Changed f: {reason}\n"


class Sts:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def get_caller_identity(self) -> dict[str, Any]:
        if self.error:
            raise self.error
        return {"Arn": "arn:aws:iam::123456789012:user/ann"}


def test_the_caller_is_known_or_said_to_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Access, "client", lambda *_: Sts())
    assert caller(Access()) == "arn:aws:iam::123456789012:user/ann"

    denied = ClientError({"Error": {"Code": "AccessDenied"}}, "GetCallerIdentity")
    monkeypatch.setattr(Access, "client", lambda *_: Sts(denied))
    assert caller(Access()) is None
