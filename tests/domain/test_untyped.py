"""What is read without a type is a number or nothing, and never what JSON cannot write."""

from __future__ import annotations

from math import inf, nan

import pytest

from appconfig_rollback.untyped import finite


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7.0),
        (-0.5, -0.5),
        (inf, None),
        (-inf, None),
        (nan, None),
        (10**400, None),
        (True, None),
        ("7", None),
        (None, None),
    ],
)
def test_a_number_that_json_can_write_is_read(value: object, number: float | None) -> None:
    assert finite(value) == number
