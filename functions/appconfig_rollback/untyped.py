"""What has no type of its own: a word for what it is, where `Any` would be all that is said."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, TypeAlias

#: What `json.loads` returns: a value whose shape is looked at, not declared.
Json: TypeAlias = Any

#: What an AWS service answers, or a part of it, where the stubs have no type or not yet.
AwsAnswer: TypeAlias = Any

#: A client of an AWS service that the caller names.
AwsClient: TypeAlias = Any


def json_or_none(text: object) -> Json:
    """Read JSON; None where the text is none, or is nested or has numbers beyond what is read."""
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def finite(value: object) -> float | None:
    """Read a number that JSON can write again; None where it is none, or too large for one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:  # an integer of more than 308 digits
        return None
