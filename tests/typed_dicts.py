"""Which keys a TypedDict needs, where its annotations are text: then it does not know itself."""

from __future__ import annotations

from functools import cache
from typing import Any, NotRequired, get_origin, get_type_hints


@cache
def optional_keys(kind: Any) -> frozenset[str]:  # noqa: ANN401 - a type hint
    """The keys that may be left out (typing's documentation, `TypedDict.__required_keys__`)."""
    hints = get_type_hints(kind, include_extras=True)
    left_out = {key for key, hint in hints.items() if get_origin(hint) is NotRequired}
    return frozenset(kind.__optional_keys__) | left_out


@cache
def required_keys(kind: Any) -> frozenset[str]:  # noqa: ANN401 - a type hint
    """The keys that must be there."""
    return frozenset(get_type_hints(kind)) - optional_keys(kind)
