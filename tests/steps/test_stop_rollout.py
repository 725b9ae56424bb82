"""StopRollout stops the deployment that FetchConfig found, and keeps which one it was."""

from typing import Any

import pytest

import stop_rollout
from appconfig_rollback.errors import (
    PermissionDeniedError,
    PersonMustActError,
    RequestRefusedError,
    RetryLaterError,
    RollbackError,
)
from appconfig_rollback.state import InTheWay, Rollout
from tests.steps.fake_store import FakeStore
from tests.steps.inputs import CONFIG, CONTEXT, task

_FOUND: InTheWay = {
    "number": 8,
    "version": 5,
    "profileName": "flags",
    "baking": False,
    "ours": True,
}
_STOPPED: Rollout = {
    "number": 8,
    "version": 5,
    "profileName": "flags",
    "ours": True,
    "stopped": True,
}


def _stopped(found: InTheWay = _FOUND, **state: Any) -> Rollout:  # noqa: ANN401
    config = {**CONFIG, "decision": "stop_rollout", "rollout": found}
    return stop_rollout.handler(task(config=config, **state), CONTEXT)


@pytest.mark.parametrize("baking", [False, True])
def test_the_rollout_that_was_found_is_stopped(store: FakeStore, *, baking: bool) -> None:
    found: InTheWay = {**_FOUND, "baking": baking}

    assert _stopped(found) == _STOPPED
    assert store.stopped == [(8, baking)]


def test_a_rollout_that_has_just_ended_is_not_called_stopped(store: FakeStore) -> None:
    store.broken_by = RequestRefusedError("it is COMPLETE")

    assert _stopped() == {**_STOPPED, "stopped": False}
    assert _stopped({**_FOUND, "number": 10}, rollout=_STOPPED) == _STOPPED


@pytest.mark.parametrize("error", [PermissionDeniedError("no"), RetryLaterError("later")])
def test_a_rollout_that_cannot_be_stopped_is_an_error(
    store: FakeStore, error: RollbackError
) -> None:
    store.broken_by = error

    with pytest.raises(type(error)):
        _stopped()


def test_the_rollout_of_the_flag_is_remembered_beside_one_that_was_only_in_the_way() -> None:
    other: InTheWay = {**_FOUND, "number": 9, "profileName": "limits", "ours": False}

    assert _stopped(other, rollout=_STOPPED) == _STOPPED
    assert _stopped(rollout={**other, "number": 7}) == _STOPPED
    assert _stopped({**_FOUND, "number": 10}, rollout=_STOPPED)["number"] == 10


def test_a_rollout_of_another_profile_is_kept_as_such() -> None:
    found: InTheWay = {**_FOUND, "version": None, "profileName": "limits", "ours": False}

    assert _stopped(found) == {
        "number": 8,
        "version": None,
        "profileName": "limits",
        "ours": False,
        "stopped": True,
    }


def test_state_data_that_names_no_rollout_is_an_error() -> None:
    with pytest.raises(PersonMustActError, match="name the rollout"):
        stop_rollout.handler(task(config=CONFIG), CONTEXT)
