"""FetchConfig finds what is served, what this execution wrote before, what is in the way."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import fetch_config
from adapters.appconfig import HostedVersion, Served
from rollback.errors import (
    FlagNotFoundError,
    NothingDeployedError,
    RollbackBudgetSpentError,
    UnreadableDocumentError,
)
from rollback.state import Config
from tests.steps.fake_store import OFF, FakeStore
from tests.steps.inputs import CONFIG, CONTEXT, alarm, mark, task

pytestmark = pytest.mark.usefixtures("redrives")


def _fetched() -> Config:
    return fetch_config.handler(task(), CONTEXT)


def test_a_flag_that_is_on_needs_a_rollback_of_what_is_served() -> None:
    config = _fetched()

    assert 1 <= config.pop("backoffSeconds") <= 2  # type: ignore[misc]
    assert config == {
        "profileType": "AWS.Freeform",
        "servedVersion": 3,
        "servedDeployment": 7,
        "latestVersion": 5,
        "latestDeployment": 8,
        "own": None,
        "environmentBusy": False,
        "rollbackNeeded": True,
        "attempt": 1,
    }


def test_a_flag_that_is_off_needs_none_even_if_a_draft_has_it_on(store: FakeStore) -> None:
    store.texts[3] = OFF
    store.with_deployment(7, "COMPLETE", 3, "released by hand")

    config = _fetched()

    assert (config["rollbackNeeded"], config["environmentBusy"]) == (False, False)


def test_a_flag_that_another_execution_turned_off_needs_none(store: FakeStore) -> None:
    store.texts[3] = OFF
    store.with_deployment(7, "COMPLETE", 3, mark(base=2, execution="run-0"))

    config = _fetched()

    assert (config["own"], config["rollbackNeeded"]) == (None, False)


def test_a_flag_that_this_execution_turned_off_is_taken_up_where_it_was_left(
    store: FakeStore,
) -> None:
    store.texts[3] = OFF
    store.with_deployment(7, "COMPLETE", 3, mark(base=2))

    config = _fetched()

    assert config["own"] == {"fromVersion": 2, "toVersion": 3, "deploymentNumber": 7}
    assert (config["rollbackNeeded"], config["environmentBusy"]) == (True, False)


def test_own_work_is_found_behind_another_profiles_deployment(store: FakeStore) -> None:
    store.texts[3] = OFF
    store.with_running("DEPLOYING", ours=False)
    store.with_deployment(7, "COMPLETE", 3, mark(base=2))

    config = _fetched()

    assert config["own"] == {"fromVersion": 2, "toVersion": 3, "deploymentNumber": 7}
    assert (config["rollbackNeeded"], config["environmentBusy"]) == (True, False)


@pytest.mark.parametrize("state", ["DEPLOYING", "BAKING", "VALIDATING", "ROLLING_BACK"])
def test_a_deployment_of_this_execution_that_still_runs_is_taken_up(
    store: FakeStore, state: str
) -> None:
    store.with_running(state, ours=True, description=mark(base=3))

    config = _fetched()

    assert config["own"] == {"fromVersion": 3, "toVersion": 6, "deploymentNumber": 8}
    assert (config["rollbackNeeded"], config["environmentBusy"]) == (True, False)


def test_a_version_that_this_execution_wrote_on_what_is_served_is_taken_up(
    store: FakeStore,
) -> None:
    store.newest = HostedVersion(6, mark(base=3))

    assert _fetched()["own"] == {"fromVersion": 3, "toVersion": 6, "deploymentNumber": None}


@pytest.mark.parametrize(
    "description",
    [
        pytest.param(mark(base=2), id="its own, on a version that is served no more"),
        pytest.param(mark(base=3, execution="run-0"), id="of another execution"),
        pytest.param("", id="of a person"),
    ],
)
def test_a_version_of_anything_else_is_not_taken_up(store: FakeStore, description: str) -> None:
    store.newest = HostedVersion(6, description)

    config = _fetched()

    assert (config["own"], config["latestVersion"], config["rollbackNeeded"]) == (None, 6, True)


@pytest.mark.parametrize(
    ("flag_is_on", "ours", "busy"),
    [
        pytest.param(True, True, True, id="a release of this profile may change the flag"),
        pytest.param(False, True, True, id="a release of this profile may turn the flag on"),
        pytest.param(True, False, True, id="another profile's release is in the way of ours"),
        pytest.param(False, False, False, id="another profile's release hinders nothing"),
    ],
)
def test_somebody_elses_deployment_has_to_end_first_where_it_matters(
    store: FakeStore, *, flag_is_on: bool, ours: bool, busy: bool
) -> None:
    if not flag_is_on:
        store.texts[3] = OFF
        store.with_deployment(7, "COMPLETE", 3)
    store.with_running("BAKING", ours=ours)

    config = _fetched()

    assert (config["environmentBusy"], config["own"]) == (busy, None)
    assert config["rollbackNeeded"] is flag_is_on


def test_an_own_version_still_waits_for_another_profiles_deployment(store: FakeStore) -> None:
    store.newest = HostedVersion(6, mark(base=3))
    store.with_running("DEPLOYING", ours=False)

    config = _fetched()

    assert config["environmentBusy"]
    assert config["own"] == {"fromVersion": 3, "toVersion": 6, "deploymentNumber": None}


@pytest.mark.parametrize(
    ("running", "waiting_for"),
    [
        (True, "deployment 8 of profile 'limits' (BAKING)"),
        (False, "a moment without other writers"),
    ],
)
def test_a_spent_budget_ends_the_rollback_and_says_what_it_waited_for(
    store: FakeStore, *, running: bool, waiting_for: str
) -> None:
    if running:
        store.with_running("BAKING", ours=False)

    with pytest.raises(RollbackBudgetSpentError) as raised:
        fetch_config.handler(task(alarm=alarm(started_minutes_ago=15.1)), CONTEXT)

    assert "not confirmed off 15 minutes after" in str(raised.value)
    assert str(raised.value).endswith(f"waiting for {waiting_for}")


def test_the_budget_begins_anew_with_a_redrive(redrives: list[datetime]) -> None:
    redrives.append(datetime.now(UTC) - timedelta(minutes=1))

    config = fetch_config.handler(task(alarm=alarm(started_minutes_ago=600)), CONTEXT)

    assert config["rollbackNeeded"]


def test_a_spent_budget_does_not_matter_once_the_flag_is_off(store: FakeStore) -> None:
    store.texts[3] = OFF
    store.with_deployment(7, "COMPLETE", 3)

    config = fetch_config.handler(task(alarm=alarm(started_minutes_ago=600)), CONTEXT)

    assert not config["rollbackNeeded"]


@pytest.mark.parametrize(
    ("earlier", "longest"), [(None, 2), (1, 4), (2, 8), (3, 16), (4, 30), (500, 30)]
)
def test_each_turn_waits_longer_up_to_a_bound_and_never_the_same(
    monkeypatch: pytest.MonkeyPatch, earlier: int | None, longest: int
) -> None:
    bounds: list[tuple[int, int]] = []

    def randint(low: int, high: int) -> int:
        bounds.append((low, high))
        return high

    monkeypatch.setattr(random, "randint", randint)
    before = {} if earlier is None else {"config": {**CONFIG, "attempt": earlier}}

    config = fetch_config.handler(task(**before), CONTEXT)

    assert bounds == [(1, longest)]
    assert (config["attempt"], config["backoffSeconds"]) == ((earlier or 0) + 1, longest)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"flags": {"other": {"enabled": true}}}', FlagNotFoundError),
        ("flags: {}", UnreadableDocumentError),
    ],
)
def test_a_document_without_the_flag_is_an_error(
    store: FakeStore, text: str, error: type[Exception]
) -> None:
    store.texts[3] = text

    with pytest.raises(error):
        _fetched()


def test_an_environment_that_serves_nothing_is_an_error(store: FakeStore) -> None:
    store.broken_by = NothingDeployedError("nothing")

    with pytest.raises(NothingDeployedError):
        _fetched()


def test_the_version_that_is_read_is_the_served_one(store: FakeStore) -> None:
    store.texts[4] = OFF
    store.now_served = replace(Served(4, 9, 12, None))
    store.with_deployment(9, "COMPLETE", 4)

    config = _fetched()

    assert (config["servedVersion"], config["servedDeployment"]) == (4, 9)
    assert (config["latestDeployment"], config["rollbackNeeded"]) == (12, False)
