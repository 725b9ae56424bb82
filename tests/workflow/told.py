"""What an execution's output and its notices say of each flag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from appconfig_rollback.untyped import Json


def outcomes(told: Json) -> dict[str, str]:
    """How it went for each flag, by an output or the notice of an outcome."""
    return {each["flag"]: each["outcome"] for each in told["flags"]}


def states(notice: Json) -> dict[str, str]:
    """Whether users get each flag, by the notice of a failure: on, off or unknown."""
    return {each["flag"]: each["state"] for each in notice["flags"]}


def only(told: Json) -> dict[str, Any]:
    """What is told of the one flag that it is about."""
    (each,) = told["flags"]
    return dict(each)
