"""Several flags go off in one version, which is recognised as a rollback and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appconfig_rollback.errors import FlagNotFoundError
from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument
from tests.domain.documents import NOW, WHY, Case, feature_flags, freeform
from tests.domain.generated import documents

if TYPE_CHECKING:
    from appconfig_rollback.untyped import Json

_TWO = '{"version": "1", "flags": {"a": {"enabled": true}, "b": {"enabled": true}, "c": true}}'
_BUSY = {
    "version": "2026.1.1.0000",
    "owner": {"team": "shop", "n": [1.0, 2]},
    "flags": {
        "a": {"enabled": True, "rolloutPercentage": 50, "metadata": {"owner": "x"}, "limit": 7},
        "b": {"enabled": True, "state": "ENABLED", "targeting": {"if": [True, "on"]}},
        "c": {"enabled": False, "metadata": {"lastRollback": "then"}},
    },
}
_NATIVE = {
    "version": "1",
    "flags": {"a": {"name": "A", "attributes": {"limit": {"constraints": {"type": "number"}}}}},
    "values": {
        "a": {"enabled": True, "limit": 7, "metadata": "m", "rolloutPercentage": 3},
        "b": {"_variants": [{"name": "v", "enabled": True, "attributeValues": {"limit": 1}}]},
        "c": {"enabled": False, "_updatedAt": "then"},
    },
}


def _off(document: FlagDocument, flag: str, **also: str) -> FlagDocument:
    content = document.turned_off({**also, flag: WHY}, NOW)
    return FlagDocument(content, document.content_type, document.profile_type)


def test_the_flags_beside_it_go_off_with_a_reason_of_their_own() -> None:
    after = json.loads(_off(freeform(_TWO), "a", b="b fired").content)["flags"]

    assert (after["a"]["enabled"], after["b"]["enabled"]) == (False, False)
    assert (after["a"]["metadata"]["rollbackReason"], after["b"]["metadata"]["rollbackReason"]) == (
        WHY,
        "b fired",
    )
    assert after["c"] is True


def test_the_flag_itself_keeps_its_own_reason_even_if_it_is_named_beside_it() -> None:
    after = json.loads(_off(freeform(_TWO), "a", a="another").content)["flags"]

    assert after["a"]["metadata"]["rollbackReason"] == WHY


def test_a_flag_beside_it_that_is_missing_is_an_error() -> None:
    with pytest.raises(FlagNotFoundError, match="'gone'"):
        _off(freeform(_TWO), "a", gone="x")


@pytest.mark.parametrize(
    ("also", "count"), [({}, 1), ({"b": "x"}, 2), ({"b": "x", "c": "y"}, 3), ({"a": "x"}, 1)]
)
def test_the_flags_that_went_off_are_counted(also: dict[str, str], count: int) -> None:
    before = freeform(_TWO)

    assert len(_off(before, "a", **also).turned_off_since(before)) == count
    assert len(before.turned_off_since(before)) == 0
    assert len(before.turned_off_since(_off(before, "a", **also))) == 0


def test_flags_that_came_went_or_cannot_be_read_do_not_count() -> None:
    before = freeform('{"flags": {"a": true, "b": true, "c": true, "d": 1, "e": true}}')
    after = freeform(
        '{"flags": {"a": true, "x": false, "c": 1, "d": false, "e": false},'
        ' "toggles": {"e": false}}'
    )

    assert after.turned_off_since(before) == []


def test_the_flags_that_a_version_turned_off_are_named_whatever_their_shapes() -> None:
    before = freeform(
        '{"plain": true, "on": true, "off": false, "features": [{"name": "Item", "enabled": true}],'
        ' "flags": {"flagd": {"state": "ENABLED"}, "tools": {"default": false, "rules":'
        ' {"r": {"when_match": true}}}}}'
    )
    also = dict.fromkeys(["Item", "flagd", "tools"], "x")

    after = _off(before, "plain", **also)

    assert after.turned_off_since(before) == ["plain", "Item", "flagd", "tools"]
    assert after.is_rollback_of(before)
    assert not after.is_rollback_of(before, only="plain")
    assert before.turned_off_since(after) == []


def test_an_item_of_a_list_is_one_flag_whichever_of_its_names_the_alarm_has() -> None:
    before = freeform('[{"key": "k", "name": "N", "enabled": true}]')

    after = _off(before, "N")

    assert after.turned_off_since(before) == ["k"]
    assert after.is_rollback_of(before, only="N")
    assert after.is_rollback_of(before, only="k")


def test_a_feature_flag_that_lost_its_value_was_turned_off_but_by_no_rollback() -> None:
    before = feature_flags('{"flags": {"a": {}}, "values": {"a": {"enabled": true}}}')
    after = feature_flags('{"flags": {"a": {}}, "values": {}}')

    assert after.turned_off_since(before) == ["a"]
    assert not after.is_rollback_of(before)


def test_flags_that_hold_one_another_go_off_together() -> None:
    text = '{"features": {"enabled": true, "rolloutPercentage": true, "b": true}}'

    after = freeform(text).turned_off({"features": WHY, "enabled": "x", "b": "y"}, NOW)

    assert json.loads(after) == {"features": {"enabled": False, "rolloutPercentage": 0, "b": False}}


@pytest.mark.documents
@given(documents())
def test_what_turned_off_makes_is_a_rollback(case: Case) -> None:
    was_on = case.document.is_on(case.flag)
    once = case.turned_off()

    # Where the flag was off, whatever else is written is not what a rollback is for.
    same = once.content == case.document.content
    assert once.is_rollback_of(case.document) is (was_on or same)
    assert once.is_rollback_of(once)
    assert (case.flag in once.turned_off_since(case.document)) is was_on


Path = tuple[str | int, ...]


def _paths(value: Json, path: Path = ()) -> list[Path]:
    steps = list(value.items()) if isinstance(value, dict) else []
    steps = list(enumerate(value)) if isinstance(value, list) else steps
    return [path, *(found for key, inner in steps for found in _paths(inner, (*path, key)))]


def _edited(document: Json, path: Path, new: object) -> Json:
    """The document with another value at a path; None takes it out."""
    if not path:
        return new
    copy = document.copy()
    if len(path) == 1 and new is None:
        del copy[path[0]]
    else:
        copy[path[0]] = _edited(copy[path[0]], path[1:], new)
    return copy


_NEW: st.SearchStrategy[object] = st.sampled_from(
    [None, "other", "1.0", "7", 8, False, [], {"enabled": False}]
)


@pytest.mark.parametrize("native", [False, True])
@given(data=st.data())
def test_any_other_edit_is_more_than_a_rollback(native: bool, data: st.DataObject) -> None:
    before = _NATIVE if native else _BUSY
    document = (feature_flags if native else freeform)(json.dumps(before))
    rolled_back = json.loads(_off(document, "a", b="b fired").content)
    path = data.draw(st.sampled_from([path for path in _paths(rolled_back) if path]))
    edited = _edited(rolled_back, path, data.draw(_NEW))

    after = FlagDocument(json.dumps(edited).encode(), "application/json", document.profile_type)

    harmless = edited == rolled_back or _is_harmless(path, after, before)
    assert after.is_rollback_of(document) is harmless


def _is_harmless(path: Path, after: FlagDocument, before: Json) -> bool:
    """Whether an edit of flag `a` or `b` touches only what turning it off may change."""
    native = "values" in before
    match path:
        case ["version"]:
            return not native
        case ["values" | "flags" as holder, "a" | "b" as flag, *keys] if native == (
            holder == "values"
        ):
            if native:
                return False
            flags = json.loads(after.content)["flags"]
            if keys == ["metadata"] and flag == "b":  # it had none before
                return flags["b"].get("metadata") in (None, {})
            if keys == ["rolloutPercentage"]:
                return "rolloutPercentage" in flags["a"]
            return tuple(keys) in _NOTES
    return False


_NOTES = {("metadata", "lastRollback"), ("metadata", "rollbackReason")}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('{"a": true}', '{"a": false, "b": {}}', id="a flag more"),
        pytest.param('{"a": true, "b": {}}', '{"a": false}', id="a flag less"),
        pytest.param('{"a": {"enabled": false}}', '{"a": {"enabled": true}}', id="turned on"),
        pytest.param('{"a": 1}', '{"a": 2}', id="no flag"),
        pytest.param('{"a": true}', '{"a": {"enabled": false}}', id="another shape"),
        pytest.param('{"a": {}}', '{"a": {"enabled": false}}', id="a switch that was not there"),
        pytest.param(
            '{"a": {"n": 1, "enabled": true}}',
            '{"a": {"n": 1.0, "enabled": false}}',
            id="a number",
        ),
        pytest.param(
            '{"a": {"n": 1, "enabled": true}}',
            '{"a": {"n": "1", "enabled": false}}',
            id="now a text",
        ),
        pytest.param(
            '{"a": {"n": 1, "enabled": true}}',
            '{"a": {"n": true, "enabled": false}}',
            id="now true, which equals 1 to Python",
        ),
        pytest.param(
            '{"a": {"n": 1.0, "enabled": true}}',
            '{"a": {"n": 1.00, "enabled": false}}',
            id="a number that is written otherwise",
        ),
        pytest.param(
            '{"a": {"enabled": true}}',
            '{"a": {"enabled": false, "rolloutPercentage": 0}}',
            id="a percentage that was not there",
        ),
    ],
)
def test_a_version_that_does_more_or_other_things_is_no_rollback(before: str, after: str) -> None:
    one, other = (freeform(f'{{"flags": {flags}}}') for flags in (before, after))

    assert not other.is_rollback_of(one)


def test_the_time_that_appconfig_notes_on_saving_does_not_count() -> None:
    before, after = (
        feature_flags(f'{{"values": {{"a": {{"enabled": {on}, "_updatedAt": "{at}"}}}}}}')
        for on, at in (("true", "then"), ("false", "now"))
    )

    assert after.profile_type == FEATURE_FLAGS
    assert after.is_rollback_of(before)


@pytest.mark.parametrize("after", ["flags: {}", "\ufeff", '{"flags": {"a": {"enabled": false}}'])
def test_what_cannot_be_read_is_no_rollback(after: str) -> None:
    before = freeform('{"flags": {"a": {"enabled": true}}}')

    assert not freeform(after).is_rollback_of(before)


@pytest.mark.parametrize(
    ("before", "after", "is_rollback"),
    [
        ('{"version": "1", "a": true}', '{"version": "2", "a": false}', False),
        (
            '{"version": "1", "flags": {"a": true}}',
            '{"version": "2", "flags": {"a": false}}',
            False,
        ),
        (
            '{"version": "1", "flags": {"a": {"enabled": true}}}',
            '{"version": "2", "flags": {"a": {"enabled": false}}}',
            True,
        ),
    ],
)
def test_stamps_count_where_no_rollback_writes_them(
    before: str, after: str, *, is_rollback: bool
) -> None:
    assert freeform(after).is_rollback_of(freeform(before)) is is_rollback


def test_a_byte_order_mark_is_no_difference() -> None:
    text = '{"flags": {"a": {"enabled": true}}}'

    assert _off(freeform(f"\ufeff{text}"), "a").is_rollback_of(freeform(text))
