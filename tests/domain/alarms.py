"""Inputs of an execution, generated: any JSON, and JSON that looks like an alarm."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

#: What Python makes of JSON; NaN and infinities too, which its parser lets pass.
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
_FITTING = [
    *["ALARM", "OK", "", "FeatureFlag-a-ErrorRate", "FeatureFlag--ErrorRate", "arn:aws:x"],
    *["a:b:c:d:e", "2026-03-02T17:04:40.989+0000", "0001-01-01T00:00:00+23:59"],
    *["9999-12-31T23:59:59-23:59", "\ud800"],
]


_ANY = st.sampled_from(_FITTING) | JSON


def _shape(*fields: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of the fields that are looked for, each with any JSON or a fitting one."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(fields, _ANY))


_STATE = st.builds(
    lambda value, rest: {"value": value, **rest},
    st.one_of(*[st.just("ALARM")] * 4, _ANY),
    _shape("reason", "timestamp", "actionsSuppressedBy"),
)
_DETAIL = st.builds(
    lambda name, state, rest: {"alarmName": name, "state": state, **rest},
    st.one_of(*[st.just("FeatureFlag-a-ErrorRate")] * 4, _ANY),
    st.one_of(*[_STATE] * 4, _ANY),
    _shape("muteDetail"),
)
_MESSAGE = _shape("AlarmName", "NewStateValue", "StateChangeTime", "AlarmArn").map(json.dumps)


def inputs() -> st.SearchStrategy[Any]:
    """Inputs of any shape, most of them near to an alarm's."""
    return st.one_of(
        JSON,
        _shape("Records", "alarmData", "detail"),
        st.builds(
            lambda around, key, detail: {**around, key: detail},
            _shape("resources", "time", "region", "account", "alarmArn"),
            st.sampled_from(["detail", "alarmData"]),
            _DETAIL,
        ),
        (_MESSAGE | JSON).map(lambda message: {"Records": [{"Sns": {"Message": message}}]}),
        (_MESSAGE | JSON).map(lambda message: {"Message": message}),
        _MESSAGE.map(json.loads),
    )
