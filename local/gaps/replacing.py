"""How a gap is filled: a function of MiniStack is replaced by one of ours that may call it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


def replace(module: ModuleType, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put the decorated function in the place of ``module.name``, whose original it gets first.

    MiniStack looks its own functions up in their modules at each call, so this reaches them all.
    A name that is gone raises AttributeError: a new version of MiniStack must not silently leave
    a gap open.
    """
    original = getattr(module, name)

    def install(ours: Callable[..., Any]) -> Callable[..., Any]:
        bound = functools.partial(ours, original)
        setattr(module, name, bound)
        return bound

    return install
