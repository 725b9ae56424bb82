"""What `make verify-aws` finds where a real event is not as ours."""

from __future__ import annotations

from typing import Any

import pytest

from proofs.aws.differences import Differences, differences

OURS: dict[str, Any] = {
    "a": {"text": "x", "number": 1, "nothing": None},
    "list": [{"id": "m1", "yes": True}],
}


def test_other_values_are_no_difference() -> None:
    real = {"a": {"text": "", "number": 2.5, "nothing": None}, "list": [{"id": "", "yes": False}]}

    found = differences(OURS, real)

    assert found == Differences((), (), ())
    assert found.are_harmless
    assert str(found) == "none"


def test_what_is_beyond_ours_is_a_note_and_no_harm() -> None:
    more = {"id": "m1", "yes": True, "label": "x"}
    real = {**OURS, "list": [more, {"id": 2}], "new": {"in": "it"}}

    found = differences(OURS, real)

    assert found == Differences((), (), ("list[0].label", "new"))
    assert found.are_harmless
    assert str(found) == "beyond ours: list[0].label, new"


@pytest.mark.parametrize(
    ("real", "missing"),
    [
        ({"list": OURS["list"]}, "a"),
        ({**OURS, "a": {"text": "x", "number": 1}}, "a.nothing"),
        ({**OURS, "list": []}, "list[0]"),
        ({**OURS, "list": [{"id": "m1"}]}, "list[0].yes"),
    ],
)
def test_a_field_that_is_missing_is_named_once(real: object, missing: str) -> None:
    found = differences(OURS, real)

    assert found == Differences((missing,), (), ())
    assert not found.are_harmless
    assert str(found) == f"missing: {missing}"


@pytest.mark.parametrize(
    ("real", "otherwise"),
    [
        ({**OURS, "a": []}, "a (list, not object)"),
        ({**OURS, "a": {**OURS["a"], "number": True}}, "a.number (boolean, not number)"),
        ({**OURS, "a": {**OURS["a"], "number": "1"}}, "a.number (text, not number)"),
        ({**OURS, "a": {**OURS["a"], "text": None}}, "a.text (null, not text)"),
        ({**OURS, "list": [{"id": "m1", "yes": 1}]}, "list[0].yes (number, not boolean)"),
        (None, "the document (null, not object)"),
    ],
)
def test_another_type_is_told_with_both(real: object, otherwise: str) -> None:
    found = differences(OURS, real)

    assert found == Differences((), (otherwise,), ())
    assert not found.are_harmless
