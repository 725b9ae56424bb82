"""Restoring brings a flag's switches back as they were, and changes nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from appconfig_rollback.errors import FlagNotFoundError
from tests.contract.shipped import FUNCTIONS
from tests.domain.documents import NOW, WHY, Case, feature_flags, freeform
from tests.domain.generated import documents

if TYPE_CHECKING:
    from appconfig_rollback.flag_document import FlagDocument

LATER = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def restored(now: FlagDocument, before: FlagDocument, flag: str = "a") -> str:
    return now.restored(before, flag, LATER).decode()


def _without_stamps(text: str) -> str:
    return re.sub(r'("(?:version|lastUpdated)"\s*:\s*)"(?:[^"\\]|\\.)*"', r"\1", text)


@pytest.mark.documents
@given(documents())
def test_restoring_what_the_switch_alone_turned_off_gives_the_original_byte_for_byte(
    case: Case,
) -> None:
    document = case.document
    off = replace(document, content=document.switched_off(case.flag))

    back, original = restored(off, document, case.flag), document.content.decode()

    if "feature flag" in case.shapes and _lacks_a_switch(document, off):
        assert replace(document, content=back.encode()).is_on(case.flag)
    elif "workshop" in case.shapes:
        assert _without_stamps(back) == _without_stamps(original)
    else:
        assert back == original


def _lacks_a_switch(document: FlagDocument, off: FlagDocument) -> bool:
    """Whether turning off added an `enabled`: only feature flags may have none."""
    return off.content.count(b'"enabled"') > document.content.count(b'"enabled"')


@pytest.mark.documents
@given(documents())
def test_a_flag_that_was_on_is_on_again_and_the_notes_stay(case: Case) -> None:
    off = case.turned_off()

    back = replace(off, content=off.restored(case.document, case.flag, LATER))

    assert back.is_on(case.flag) is case.document.is_on(case.flag)
    alone = replace(back, content=back.switched_off(case.flag))
    assert _without_stamps(alone.content.decode()) == _without_stamps(off.content.decode())


def _workshop(flag: dict[str, object], **others: object) -> FlagDocument:
    return freeform(json.dumps({"flags": {"a": flag, **others}}))


@pytest.mark.parametrize(
    ("before", "off"),
    [
        ({"enabled": True, "rolloutPercentage": 12.50}, {"enabled": False, "rolloutPercentage": 0}),
        ({"enabled": True}, {"enabled": False, "owner": "somebody"}),
        ({"enabled": True}, {"enabled": False, "rolloutPercentage": 0}),
        ({"enabled": True, "rolloutPercentage": 5}, {"enabled": False}),
    ],
)
def test_each_switch_is_as_it_was(before: dict[str, object], off: dict[str, object]) -> None:
    now = json.loads(restored(_workshop(off), _workshop(before)))["flags"]["a"]

    assert now == {**off, **before}


def test_a_percentage_that_is_added_is_written_as_it_was() -> None:
    before = freeform('{"a": {"rolloutPercentage":  12.50, "enabled": true}}')

    now = restored(freeform('{"a": {"enabled": false}}'), before)

    assert now == '{"a": {"enabled": true, "rolloutPercentage": 12.50}}'


def test_variants_come_back_by_their_names_wherever_they_stand() -> None:
    def document(*variants: tuple[str, bool]) -> FlagDocument:
        held = [{"name": name, "enabled": enabled} for name, enabled in variants]
        return feature_flags(json.dumps({"version": "1", "values": {"a": {"_variants": held}}}))

    before = document(("x", True), ("y", False))

    now = json.loads(restored(document(("y", False), ("x", False)), before))

    assert [each["enabled"] for each in now["values"]["a"]["_variants"]] == [False, True]


@pytest.mark.parametrize(
    ("now", "before", "after"),
    [
        (
            '"enabled": false, "enabled": false',
            '"enabled": true',
            '"enabled": true, "enabled": true',
        ),
        ('"enabled": false', '"enabled": false, "enabled": true', '"enabled": true'),
        ('"enabled": false', '"enabled": true, "enabled": false', '"enabled": false'),
    ],
)
def test_where_a_key_appears_twice_the_last_one_counts(now: str, before: str, after: str) -> None:
    def document(flag: str) -> FlagDocument:
        return freeform(f'{{"a": {{{flag}}}}}')

    assert restored(document(now), document(before)) == f'{{"a": {{{after}}}}}'


_RULES: dict[str, Any] = {
    "gold": {"when_match": True, "conditions": [1]},
    "staff": {"when_match": False, "conditions": [2]},
}


@pytest.mark.parametrize(
    ("make", "before", "now", "after"),
    [
        pytest.param(
            freeform,
            {"a": {"default": False, "rules": _RULES}},
            {
                "a": {
                    "default": False,
                    "rules": {
                        "new": {"when_match": False},
                        "gold": {"when_match": False, "conditions": [3]},
                    },
                }
            },
            {
                "a": {
                    "default": False,
                    "rules": {
                        "new": {"when_match": False},
                        "gold": {"when_match": True, "conditions": [3]},
                    },
                }
            },
            id="rules by their names, with the conditions of today",
        ),
        pytest.param(
            feature_flags,
            {"values": {"a": {"_variants": [{"name": "x", "enabled": True}, {"name": "y"}]}}},
            {
                "values": {
                    "a": {
                        "_variants": [
                            {"name": "y", "enabled": False, "rule": "new"},
                            {"name": "x", "enabled": False},
                            {"name": "z", "enabled": False},
                        ]
                    }
                }
            },
            {
                "values": {
                    "a": {
                        "_variants": [
                            {"name": "y", "enabled": True, "rule": "new"},
                            {"name": "x", "enabled": True},
                            {"name": "z", "enabled": False},
                        ]
                    }
                }
            },
            id="variants by their names, with the rules of today",
        ),
        pytest.param(
            feature_flags,
            {"values": {"a": {"enabled": "true"}}},
            {"values": {"a": {"limit": 3}}},
            {"values": {"a": {"limit": 3, "enabled": "true"}}},
            id="a switch that is missing now",
        ),
        pytest.param(
            freeform,
            {"toggles": {"a": {"enabled": True}}},
            {"flags": {"a": {"enabled": False, "metadata": {"lastRollback": "then"}}}},
            {"flags": {"a": {"enabled": True, "metadata": {"lastRollback": "then"}}}},
            id="a flag that has moved",
        ),
        pytest.param(
            freeform,
            {"a": True},
            {"a": {"enabled": False}},
            {"a": {"enabled": False}},
            id="a flag that had another shape says nothing",
        ),
    ],
)
def test_switches_come_back_one_by_one(make: Any, before: Any, now: Any, after: Any) -> None:  # noqa: ANN401
    text = restored(make(json.dumps(now)), make(json.dumps(before)))

    assert json.loads(text) == after


def test_others_keep_what_they_have_now() -> None:
    served = _workshop({"enabled": False}, other={"enabled": False})
    before = _workshop({"enabled": True}, other={"enabled": True})

    assert json.loads(restored(served, before))["flags"]["other"] == {"enabled": False}


def test_the_stamps_of_a_workshops_document_are_brought_up_to_date() -> None:
    before = freeform('{"version": "1", "flags": {"a": {"enabled": true}}}')
    off = replace(before, content=before.turned_off({"a": WHY}, NOW))

    assert '"version": "2026.3.3.0900"' in restored(off, before)


def test_a_flag_that_was_not_there_before_is_an_error() -> None:
    with pytest.raises(FlagNotFoundError):
        restored(freeform('{"a": false}'), freeform('{"b": true}'))


def test_nothing_that_runs_in_lambda_can_turn_a_flag_on() -> None:
    for path in FUNCTIONS.rglob("*.py"):
        text = path.read_text()
        assert "flag_rollback" not in text, path
        assert ".restored(" not in text, path
