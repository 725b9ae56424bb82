"""StopRollout stops the deployment that FetchConfig found, and keeps which one it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import stop_rollout
from appconfig_rollback.errors import (
    PermissionDeniedError,
    PersonMustActError,
    RequestRefusedError,
    RetryLaterError,
    RollbackError,
)
from tests.steps.inputs import CONFIG, CONTEXT, task

if TYPE_CHECKING:
    from appconfig_rollback.state import InTheWay, StoppedDeployment
    from tests.steps.fake_store import FakeStore

_FOUND: InTheWay = {
    "number": 8,
    "version": 5,
    "profileName": "flags",
    "ours": True,
}
_STOPPED: StoppedDeployment = {**_FOUND, "confirmed": True, "reverted": False, "description": ""}


def _stopped(found: InTheWay = _FOUND, **state: Any) -> list[StoppedDeployment]:
    config = {**CONFIG, "decision": "stop_rollout", "inTheWay": found}
    return stop_rollout.handler(task(config=config, **state), CONTEXT)


@pytest.fixture(autouse=True)
def _rollout(store: FakeStore) -> None:
    store.with_deployment(8, "DEPLOYING", 5)


@pytest.mark.parametrize(("state", "revert"), [("DEPLOYING", False), ("BAKING", True)])
def test_the_rollout_that_was_found_is_stopped_as_it_stands_right_before(
    store: FakeStore, state: str, *, revert: bool
) -> None:
    store.with_deployment(8, state, 5)

    assert _stopped() == [_STOPPED]
    assert store.stopped == [(8, revert)]


def test_a_release_that_our_call_undid_is_called_reverted_and_described(store: FakeStore) -> None:
    store.with_deployment(8, "BAKING", 5, description="release 4.1 by Ada")
    store.stops_as = "REVERTED"

    assert _stopped() == [{**_STOPPED, "reverted": True, "description": "release 4.1 by Ada"}]


@pytest.mark.parametrize("state", ["BAKING", "COMPLETE", "VALIDATING", "ROLLING_BACK"])
def test_another_profiles_deployment_is_never_reverted(store: FakeStore, state: str) -> None:
    store.with_deployment(8, state, 5)
    found: InTheWay = {**_FOUND, "profileName": "limits", "ours": False}

    assert _stopped(found) == []
    assert store.stopped == []


@pytest.mark.parametrize("state", ["ROLLING_BACK", "ROLLED_BACK", "REVERTED"])
@pytest.mark.parametrize("refused", [True, False])
def test_a_stop_whose_answer_was_lost_is_told_all_the_same(
    store: FakeStore, state: str, *, refused: bool
) -> None:
    if refused:
        store.broken_by = RequestRefusedError("it is stopped already")
        store.with_deployment(8, "DEPLOYING", 5)
        store.ends_as = (state, "USER")
    else:
        store.with_deployment(8, state, 5, undone_by="USER")

    found = {**_STOPPED, "confirmed": False, "reverted": state == "REVERTED"}
    assert _stopped() == [found]


@pytest.mark.parametrize("state", ["COMPLETE", "VALIDATING", "ROLLING_BACK", "ROLLED_BACK"])
def test_a_rollout_that_has_just_ended_is_neither_stopped_nor_reverted(
    store: FakeStore, state: str
) -> None:
    store.with_deployment(8, state, 5)

    assert _stopped() == []
    assert store.stopped == []


def test_a_rollout_that_ends_while_it_is_stopped_is_not_called_stopped(store: FakeStore) -> None:
    store.broken_by = RequestRefusedError("it is COMPLETE")
    store.with_deployment(10, "DEPLOYING", 5)

    assert _stopped() == []
    assert _stopped({**_FOUND, "number": 10}, stoppedDeployments=[_STOPPED]) == [_STOPPED]


@pytest.mark.parametrize("error", [PermissionDeniedError("no"), RetryLaterError("later")])
def test_a_rollout_that_cannot_be_stopped_is_an_error(
    store: FakeStore, error: RollbackError
) -> None:
    store.broken_by = error

    with pytest.raises(type(error)):
        _stopped()


def test_a_stop_is_kept_beside_those_before_it_and_once(store: FakeStore) -> None:
    store.with_deployment(9, "DEPLOYING", 5)
    other: InTheWay = {"number": 9, "version": None, "profileName": "limits", "ours": False}
    undone: StoppedDeployment = {**_STOPPED, "number": 7, "reverted": True, "description": "4.1"}

    first = _stopped(other, stoppedDeployments=[undone])

    assert first == [undone, {**_STOPPED, **other}]
    assert _stopped(stoppedDeployments=first) == [*first, _STOPPED]
    store.with_deployment(9, "ROLLED_BACK", 5, undone_by="USER")
    assert [each["number"] for each in _stopped(other, stoppedDeployments=first)] == [7, 9]


def test_what_appconfig_lets_be_stopped_is_told_however_it_stands_then(store: FakeStore) -> None:
    store.stops_as = "DEPLOYING"

    assert _stopped() == [_STOPPED]


def test_state_data_that_names_no_rollout_is_an_error() -> None:
    with pytest.raises(PersonMustActError, match="name the rollout"):
        stop_rollout.handler(task(config=CONFIG), CONTEXT)
