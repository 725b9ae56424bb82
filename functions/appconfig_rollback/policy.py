"""What a rollback may do by itself, as a stack, an alarm or a flag's owner says it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

#: `auto` turns flags off, `notify` says what would be turned off, `off` does nothing.
Policy = Literal["auto", "notify", "off"]

_STRICTEST_FIRST: tuple[Policy, ...] = ("off", "notify")


def strictest(texts: Iterable[str | None]) -> Policy:
    """Choose the strictest of several; what is no policy's name counts as `auto`.

    A slip of the pen must not disarm the rollback.
    """
    chosen = set(texts)
    return next((policy for policy in _STRICTEST_FIRST if policy in chosen), "auto")
