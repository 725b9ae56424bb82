"""StopRollout stops the deployment that FetchConfig found, and keeps which one it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import stop_rollout
from appconfig_rollback.errors import (
    PermissionDeniedError,
    PersonMustActError,
    RetryLaterError,
    RollbackError,
)
from tests import samples
from tests.samples import CONTEXT, task

if TYPE_CHECKING:
    from appconfig_rollback.state import InTheWay, StoppedDeployment
    from tests.appconfig import AppConfig

_FOUND = samples.in_the_way()
_STOPPED = samples.stopped_deployment()


def _stopped(found: InTheWay = _FOUND, **state: Any) -> list[StoppedDeployment]:
    config = samples.config(decision="stop_rollout", inTheWay=found)
    return stop_rollout.handler(task(config=config, **state), CONTEXT)


@pytest.fixture(autouse=True)
def _rollout(appconfig: AppConfig) -> None:
    appconfig.put(8, "DEPLOYING", 5)


@pytest.mark.parametrize(("state", "revert"), [("DEPLOYING", False), ("BAKING", True)])
def test_the_rollout_that_was_found_is_stopped_as_it_stands_right_before(
    appconfig: AppConfig, state: str, *, revert: bool
) -> None:
    appconfig.put(8, state, 5, description="release 4.1 by Ada")

    assert _stopped() == [_STOPPED]
    assert appconfig.stopped == [(8, revert)]


def test_a_release_that_our_call_undid_is_called_reverted_and_described(
    appconfig: AppConfig,
) -> None:
    appconfig.put(8, "BAKING", 5, description="release 4.1 by Ada")
    appconfig.meanwhile["StopDeployment"] = appconfig.deployments[8].complete

    reverted = samples.stopped_deployment(reverted=True, description="release 4.1 by Ada")
    assert _stopped() == [reverted]


@pytest.mark.parametrize("state", ["BAKING", "COMPLETE", "VALIDATING", "ROLLING_BACK"])
def test_another_profiles_deployment_is_never_reverted(appconfig: AppConfig, state: str) -> None:
    appconfig.put(8, state, 5)
    found = samples.in_the_way(profileName="limits", ours=False)

    assert _stopped(found) == []
    assert appconfig.stopped == []


@pytest.mark.parametrize("state", ["ROLLING_BACK", "ROLLED_BACK", "REVERTED"])
@pytest.mark.parametrize("refused", [True, False])
def test_a_stop_whose_answer_was_lost_is_told_all_the_same(
    appconfig: AppConfig, state: str, *, refused: bool
) -> None:
    if refused:
        appconfig.put(8, "DEPLOYING", 5)
        appconfig.meanwhile["StopDeployment"] = lambda: appconfig.put(8, state, 5, undone_by="USER")
    else:
        appconfig.put(8, state, 5, undone_by="USER")

    found = samples.stopped_deployment(confirmed=False, reverted=state == "REVERTED")
    assert _stopped() == [found]


@pytest.mark.parametrize("state", ["COMPLETE", "VALIDATING", "ROLLING_BACK", "ROLLED_BACK"])
def test_a_rollout_that_has_just_ended_is_neither_stopped_nor_reverted(
    appconfig: AppConfig, state: str
) -> None:
    appconfig.put(8, state, 5)

    assert _stopped() == []
    assert appconfig.stopped == []


def test_a_rollout_that_ends_while_it_is_stopped_is_not_called_stopped(
    appconfig: AppConfig,
) -> None:
    appconfig.meanwhile["StopDeployment"] = appconfig.put(8, "DEPLOYING", 5).complete

    assert _stopped() == []
    appconfig.meanwhile["StopDeployment"] = appconfig.put(10, "DEPLOYING", 5).complete
    later = samples.in_the_way(number=10)
    assert _stopped(later, stoppedDeployments=[_STOPPED]) == [_STOPPED]
    assert appconfig.stopped == []


@pytest.mark.parametrize("error", [PermissionDeniedError("no"), RetryLaterError("later")])
def test_a_rollout_that_cannot_be_stopped_is_an_error(
    appconfig: AppConfig, error: RollbackError
) -> None:
    appconfig.fail(error, "StopDeployment")

    with pytest.raises(type(error)):
        _stopped()


def test_a_stop_is_kept_beside_those_before_it_and_once(appconfig: AppConfig) -> None:
    appconfig.put(9, "DEPLOYING", 5)
    other = samples.in_the_way(number=9, version=None, profileName="limits", ours=False)
    undone = samples.stopped_deployment(number=7, reverted=True, description="4.1")

    first = _stopped(other, stoppedDeployments=[undone])

    assert first == [undone, samples.stopped_deployment(**other)]
    assert _stopped(stoppedDeployments=first) == [*first, _STOPPED]
    appconfig.put(9, "ROLLED_BACK", 5, undone_by="USER")
    assert [each["number"] for each in _stopped(other, stoppedDeployments=first)] == [7, 9]


def test_what_appconfig_lets_be_stopped_is_told_however_it_stands_then(
    appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appconfig, "stop", lambda *_, **__: None)

    assert _stopped() == [_STOPPED]
    assert appconfig.deployments[8].state == "DEPLOYING"


def test_state_data_that_names_no_rollout_is_an_error() -> None:
    with pytest.raises(PersonMustActError, match="name the rollout"):
        stop_rollout.handler(task(config=samples.config()), CONTEXT)
