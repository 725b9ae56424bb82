"""Powertools for AWS Lambda reads a feature as off, in every context that a rule names."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.feature_flags import FeatureFlags, RuleAction
from aws_lambda_powertools.utilities.feature_flags.base import StoreProvider
from hypothesis import given
from hypothesis import strategies as st

from tests.documents import document
from tests.domain.documents import NOW, WHY, freeform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.flag_document import FlagDocument

#: Another library is loaded for it.
pytestmark = pytest.mark.thorough

Context = dict[str, Any]
Features = dict[str, Any]


class _Store(StoreProvider):
    """What AppConfigStore makes of a document, without AppConfig."""

    def __init__(self, features: Features) -> None:
        self._features = features

    @property
    def get_raw_configuration(self) -> Features:
        return self._features

    def get_configuration(self) -> Features:
        return self._features


def _features(read: FlagDocument, envelope: str = "") -> Features:
    parsed: Features = json.loads(read.content)
    return parsed[envelope] if envelope else parsed


def _evaluated(features: Features, name: str, context: Context) -> object:
    return FeatureFlags(_Store(features)).evaluate(name=name, context=context, default="missing")


def _contexts(feature: Features) -> Iterator[Context]:
    """The empty context, and all that meet a rule's conditions, or would but for one key."""
    yield {}
    for rule in feature.get("rules", {}).values():
        named = [(each["key"], _meeting(each)) for each in rule["conditions"]]
        for values in product(*(values for _, values in named)):
            context = {key: value for (key, _), value in zip(named, values, strict=True)}
            yield context
            for key in context:
                yield {**context, key: "something else"}


def _meeting(condition: dict[str, Any]) -> list[object]:
    value = condition["value"]
    match condition["action"]:
        case "EQUALS":
            return [value]
        case "STARTSWITH":
            return [value, f"{value}x"]
        case "KEY_IN_VALUE" | "IN":
            return list(value)
        case "NOT_EQUALS":
            return [f"not {value}"]
        case "KEY_NOT_IN_VALUE":
            return ["none of these"]
    raise AssertionError(condition)


@pytest.mark.parametrize(
    ("name", "feature", "envelope"),
    [
        ("powertools.json", "free_shipping", ""),
        ("powertools.json", "gift_notes", ""),
        ("powertools_in_an_envelope.json", "gift_notes", "features"),
    ],
)
def test_a_feature_is_off_in_every_context(name: str, feature: str, envelope: str) -> None:
    before = document(name)
    contexts = list(_contexts(_features(before, envelope)[feature]))
    assert any(_evaluated(_features(before, envelope), feature, each) for each in contexts)

    after = replace(before, content=before.turned_off({feature: WHY}, NOW))

    told = {
        json.dumps(each): _evaluated(_features(after, envelope), feature, each) for each in contexts
    }
    assert set(told.values()) == {False}, told


_TEXTS = st.sampled_from(["gold", "staff", "eu", "x"])
_CONDITIONS = st.one_of(
    st.builds(
        lambda action, key, value: {"action": action, "key": key, "value": value},
        st.sampled_from(["EQUALS", "STARTSWITH", "NOT_EQUALS"]),
        st.sampled_from(["tier", "role", "region"]),
        _TEXTS,
    ),
    st.builds(
        lambda action, key, value: {"action": action, "key": key, "value": value},
        st.sampled_from(["KEY_IN_VALUE", "KEY_NOT_IN_VALUE", "IN"]),
        st.sampled_from(["tier", "role", "region"]),
        st.lists(_TEXTS, min_size=1, max_size=3),
    ),
)
_RULES = st.dictionaries(
    st.sampled_from(["first", "a rule", "wh\u00e9n"]),
    st.builds(
        lambda match, conditions: {"when_match": match, "conditions": conditions},
        st.booleans(),
        st.lists(_CONDITIONS, min_size=1, max_size=2),
    ),
    min_size=1,
    max_size=3,
)
_FEATURES = st.one_of(
    st.builds(lambda default: {"default": default}, st.booleans()),
    st.builds(
        lambda default, rules: {"default": default, "rules": rules, "boolean_type": True},
        st.booleans(),
        _RULES,
    ),
)


@pytest.mark.documents
@given(feature=_FEATURES, other=_FEATURES)
def test_any_feature_is_off_is_restored_and_leaves_others_alone(
    feature: Features, other: Features
) -> None:
    before = freeform(json.dumps({"a": feature, "b": other}))

    off = replace(before, content=before.turned_off({"a": WHY}, NOW))
    back = replace(off, content=off.restored(before, "a", NOW))

    for each in [*_contexts(feature), *_contexts(other)]:
        was = {name: _evaluated(_features(before), name, each) for name in ("a", "b")}
        assert _evaluated(_features(off), "a", each) is False
        assert _evaluated(_features(off), "b", each) == was["b"]
        assert _evaluated(_features(back), "a", each) == was["a"]
        assert before.is_on("a") or was["a"] is False


def test_the_contexts_that_are_tried_use_actions_that_exist() -> None:
    actions = {action.value for action in RuleAction}

    assert actions >= {"EQUALS", "STARTSWITH", "NOT_EQUALS", "IN", "KEY_IN_VALUE"}
    assert actions >= {"KEY_NOT_IN_VALUE"}


def test_a_feature_that_is_not_boolean_has_no_value_that_is_off() -> None:
    """The reason for refusing it: whatever is written, clients get a value, and not `False`."""
    features = _features(document("powertools_not_boolean.json"))

    assert _evaluated(features, "badges", {"status": "regular"}) == ["regular", "early"]
    assert _evaluated(features, "badges", {}) == ["new"]
