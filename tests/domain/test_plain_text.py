"""What steers a terminal or a mail is written as an escape, which is seen and does nothing."""

from __future__ import annotations

import json

from appconfig_rollback.plain_text import ascii_line, one_line, plain, whole


def test_what_steers_is_seen() -> None:
    assert plain("a\x1b[31mb\nc") == r"a\x1b[31mb\nc"
    assert plain("a\nb\x1b", but="\n") == "a\nb\\x1b"
    assert one_line("a\nb\r\nc") == "a b c"


def test_half_characters_are_question_marks_and_all_else_stays() -> None:
    assert whole({"a": ["b \ud800", "ü", 1]}) == {"a": ["b ?", "ü", 1]}
    untouched = {"a": "ü"}
    assert whole(untouched) is untouched


def test_a_deep_value_is_left_as_it_is() -> None:
    deep: object = []
    for _ in range(5_000):
        deep = [deep]
    assert whole(deep) is deep
    assert json.loads(json.dumps(whole("\ud83d"))) == "?"


def test_a_line_of_ascii_escapes_what_is_not() -> None:
    assert ascii_line("für", 8) == r"f\xfcr"
