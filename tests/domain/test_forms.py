"""Each form of a notice has room for so much, and a command in it is whole or not there."""

from __future__ import annotations

import json

import pytest

from appconfig_rollback.notices.sns import Notice, Step, in_all_forms

_LOOK = Step("See what happened", "flag-rollback inspect run-1")
_POINTER = "(by mail, or see flag-rollback inspect run-1)"


def _notice(*steps: Step, look: Step = _LOOK, title: str = "OFF prod a: rolled back") -> Notice:
    document = {"action": "rolled_back", "executionArn": "arn"}
    return in_all_forms(title, document, {"Users": "a is off"}, steps, look, {"outcome": "x"})


def _on_card(step: Step, look: Step = _LOOK) -> str:
    (shown,) = json.loads(_notice(step, look=look).messages["https"])["content"]["nextSteps"]
    return str(shown)


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        (Step("x" * 350), "x" * 350),
        (Step("x" * 351), f"{'x' * 347}..."),
        (Step("do", "c" * 346), f"do: {'c' * 346}"),
        (Step("do", "c" * 347), f"do {_POINTER}"),
        (Step("do", "c <d>"), f"do {_POINTER}"),
        (Step("do <d>", "c"), "do \u2039d>: c"),
        (Step("x" * 120, "c" * 347), f"{'x' * 120} {_POINTER}"),
        (Step("x" * 121, "c" * 347), f"{'x' * 117}... {_POINTER}"),
    ],
)
def test_a_step_on_a_card_is_whole_or_says_where_its_command_is(step: Step, shown: str) -> None:
    assert _on_card(step) == shown


@pytest.mark.parametrize(
    ("command", "look", "shown"),
    [
        ("c <d>", "inspect x", "do: c <d>"),
        ("c \x1b[2J", "inspect x", "do (see inspect x)"),
        ("c \x1b[2J", "inspect \x1b[2J", "do"),
        ("", "inspect x", "do"),
    ],
)
def test_a_command_that_would_steer_a_terminal_is_not_in_the_mail(
    command: str, look: str, shown: str
) -> None:
    mail = _notice(Step("do", command), look=Step("See", look)).messages["email"]

    assert mail.endswith(f"What to do next:\n  1. {shown}")


def test_a_chat_calls_nobody_by_the_name_of_everybody() -> None:
    card = json.loads(_notice(title="OFF @Here and @herein").messages["https"])

    assert card["metadata"]["summary"] == "OFF \uff20Here and @herein"


@pytest.mark.parametrize(
    ("look", "shown"),
    [
        ("l" * 329, f"do (by mail, or see {'l' * 329})"),
        ("l" * 330, "do (the mail has how to)"),
        ("inspect <x>", "do (the mail has how to)"),
    ],
)
def test_where_there_is_no_room_for_the_look_either_the_mail_is_named(
    look: str, shown: str
) -> None:
    assert _on_card(Step("do", "c" * 347), Step("See", look)) == shown
    assert len(_on_card(Step("do", "c" * 347), Step("See", look))) <= 350


def test_a_long_step_without_room_is_cut_before_the_mail_is_named() -> None:
    shown = _on_card(Step("x" * 350, "c"), Step("See", "l" * 350))

    assert shown == f"{'x' * 325}... (the mail has how to)"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([Step("Do", "c" * 110)], f". Do: {'c' * 110}"),
        ([Step("Do", "c" * 112)], ". See what happened: flag-rollback inspect run-1"),
        ([Step("\u00fc")], ". See what happened: flag-rollback inspect run-1"),
        ([Step("\u00fc"), Step("second")], ". See what happened: flag-rollback inspect run-1"),
        ([], ". See what happened: flag-rollback inspect run-1"),
    ],
)
def test_a_phone_is_told_the_first_step_or_where_to_look(steps: list[Step], told: str) -> None:
    assert _notice(*steps).messages["sms"] == f"OFF prod a: rolled back{told}"


def test_a_phone_has_room_for_140_characters() -> None:
    room = 140 - len("OFF prod a: rolled back. Do: ")
    fits, too_long = Step("Do", "c" * room), Step("Do", "c" * (room + 1))

    assert len(_notice(fits).messages["sms"]) == 140
    assert "See what happened" in _notice(too_long).messages["sms"]
