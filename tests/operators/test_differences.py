"""Two documents are compared by what is written in them."""

from __future__ import annotations

import pytest

from flag_rollback.flags.differences import Difference, differences


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (b'{"a": 1}', b'{"a":   1}', []),
        (b'{"a": 1}', b'{"a": 1.0}', [Difference("a", "1", "1.0")]),
        (b'{"a": 1}', b'{"a": "1"}', [Difference("a", "1", '"1"')]),
        (b'{"a": {"b": [1, 2]}}', b'{"a": {"b": [1, 3]}}', [Difference("a.b[1]", "2", "3")]),
        (b'{"a": 1}', b'{"b": null}', [Difference("b", None, "null"), Difference("a", "1", None)]),
        (
            b'{"a": {}}',
            b'{"a": {"b": 1}}',
            [Difference("a.b", None, "1"), Difference("a", "{}", None)],
        ),
    ],
)
def test_differences(before: bytes, after: bytes, found: list[Difference]) -> None:
    assert differences(before, after) == found
