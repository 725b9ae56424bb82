"""A person's run leaves nothing half done, also where they press Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flag_rollback.access import Access
from flag_rollback.by_hand import turning_off
from flag_rollback.by_hand.turning_off import Person, turn_off
from flag_rollback.by_hand.walk import definition
from flag_rollback.watched import Watched
from tests import samples

if TYPE_CHECKING:
    from collections.abc import Callable

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:shop"


def pressed(_: object) -> None:
    raise KeyboardInterrupt


def interrupted(
    monkeypatch: pytest.MonkeyPatch, put_back: Callable[[object], object]
) -> tuple[list[str], list[str]]:
    """Press Ctrl-C while the deployment is checked, with a monitor off the environment."""
    done: list[str] = []
    suspended = {"suspended": [samples.FIRING], "restored": False}

    def restore(given: object) -> object:
        done.append("RestoreMonitors")
        return put_back(given)

    instead = {
        **turning_off.INSTEAD,
        "SuspendMonitors": lambda _: suspended,
        "FetchConfig": pressed,
        "RestoreMonitors": restore,
    }
    monkeypatch.setattr(turning_off, "INSTEAD", instead)
    monkeypatch.setattr(turning_off, "START", "SuspendMonitors")
    monkeypatch.setattr(turning_off, "variables", lambda _: {})
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        turn_off(Access(), Watched(MACHINE, "shop"), ["a"], Person("ann", "why"), said.append)
    return done, said


def test_a_monitor_is_put_back_where_somebody_presses_ctrl_c(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    back = {"suspended": [samples.FIRING], "restored": True}

    done, said = interrupted(monkeypatch, lambda _: back)

    assert done == ["RestoreMonitors"]
    assert not any("still off" in text for text in said)


def test_a_monitor_that_cannot_be_put_back_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: object) -> None:
        raise PermissionError

    done, said = interrupted(monkeypatch, denied)

    assert done
    assert any("arn:firing" in text for text in said)


def test_what_a_person_does_otherwise_are_states_of_the_machine() -> None:
    assert turning_off.INSTEAD.keys() < definition()["States"].keys()
