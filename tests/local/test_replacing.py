"""The one tool that fills gaps."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable


def doubling_module() -> Any:  # noqa: ANN401 - its attributes are made here
    module = ModuleType("doubling")
    module.double = lambda number: number * 2  # type: ignore[attr-defined]
    return module


def test_ours_takes_the_place_and_may_call_the_original() -> None:
    module = doubling_module()

    @replace(module, "double")
    def plus_one(original: Callable[[int], int], number: int) -> int:
        return original(number) + 1

    assert module.double(4) == 9


def test_a_name_that_is_gone_is_an_error() -> None:
    with pytest.raises(AttributeError, match="halve"):
        replace(doubling_module(), "halve")
