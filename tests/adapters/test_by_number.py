"""Deployments that are read by their numbers tell what is served, or leave it to a list."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.mark import Mark
from tests.appconfig import IN_PROGRESS, OFF, RELEASED_AT, UNDONE, AppConfig, refusal
from tests.appconfig_client import open_by_number
from tests.samples import FIRED

if TYPE_CHECKING:
    from appconfig_rollback.adapters.by_number import DeploymentsByNumber
    from appconfig_rollback.deployments import Served

MARK = str(Mark(1, "another alarm", None, "2026-03-02T17:04:40.989Z", "another", 3))
LATER = FIRED + timedelta(seconds=1)


@pytest.fixture
def appconfig() -> AppConfig:
    """Deployment 9 is another execution's: since a second after the alarm the flag is off."""
    made = AppConfig.serving()
    made.put(8, "ROLLED_BACK", 1, ours=False, started_at=RELEASED_AT)
    made.release(9, 6, OFF, by=MARK)
    return made


@pytest.fixture
def numbers(appconfig: AppConfig) -> DeploymentsByNumber:
    return open_by_number(appconfig)


def _served(numbers: DeploymentsByNumber, known: int = 9) -> Served | None:
    return numbers.served(known, FIRED, FIRED - timedelta(minutes=5))


@pytest.mark.parametrize("known", [7, 8, 9])
def test_a_deployment_since_the_moment_is_what_is_served_whichever_is_known(
    numbers: DeploymentsByNumber, known: int
) -> None:
    served = _served(numbers, known)

    assert served
    assert (served.latest_deployment, served.version, served.in_progress) == (9, 6, None)
    assert [completed.number for completed in served.completed][:1] == [9]
    assert [details.description for details in served.details][:1] == [MARK]


def test_the_newest_counts_and_those_before_are_told(
    appconfig: AppConfig, numbers: DeploymentsByNumber
) -> None:
    appconfig.release(10, 7, OFF, by=MARK)

    served = _served(numbers)

    assert served
    assert [completed.number for completed in served.completed] == [10, 9]
    assert served.version == 7


def test_the_one_that_is_not_there_is_read_after_all_that_are(
    appconfig: AppConfig, numbers: DeploymentsByNumber
) -> None:
    """Else one might begin, and be complete, between the two reads, and stay unseen."""
    read_before: list[int] = []
    reads = appconfig.asked["GetDeployment"]
    appconfig.found_none_after = lambda _: read_before.extend(
        asked["DeploymentNumber"] for asked in reads
    )

    assert _served(numbers, 8)

    assert read_before == [8, 9]


@pytest.mark.parametrize("state", IN_PROGRESS)
def test_one_in_progress_is_left_to_a_list(
    appconfig: AppConfig, numbers: DeploymentsByNumber, state: str
) -> None:
    appconfig.put(10, state, 7, description=MARK, started_at=LATER)

    assert _served(numbers) is None


@pytest.mark.parametrize("state", UNDONE[1:])
def test_one_that_was_undone_serves_nothing(
    appconfig: AppConfig, numbers: DeploymentsByNumber, state: str
) -> None:
    appconfig.put(9, state, 6, description=MARK, started_at=LATER)

    assert _served(numbers) is None


def test_the_last_release_before_the_alarm_is_told_and_nothing_before_it(
    appconfig: AppConfig, numbers: DeploymentsByNumber
) -> None:
    appconfig.put(8, version=3, started_at=FIRED - timedelta(minutes=1))

    served = _served(numbers)

    assert served
    assert [completed.number for completed in served.completed] == [9, 8]
    read = [asked["DeploymentNumber"] for asked in appconfig.asked["GetDeployment"]]
    assert 7 not in read


def test_what_a_person_released_since_is_left_to_a_list(
    appconfig: AppConfig, numbers: DeploymentsByNumber
) -> None:
    appconfig.put(10, version=5, description="by hand", started_at=LATER)

    assert _served(numbers) is None


def test_another_profiles_deployment_changes_nothing(
    appconfig: AppConfig, numbers: DeploymentsByNumber
) -> None:
    appconfig.put(10, version=1, ours=False, started_at=LATER)

    served = _served(numbers)

    assert served
    assert (served.latest_deployment, served.deployment) == (10, 9)


@pytest.mark.parametrize("known", [0, 11, 99])
def test_a_number_that_is_wrong_tells_nothing(numbers: DeploymentsByNumber, known: int) -> None:
    assert _served(numbers, known) is None


def test_many_reads_are_left_to_a_list(appconfig: AppConfig, numbers: DeploymentsByNumber) -> None:
    for number in range(10, 30):
        appconfig.release(number, 7, OFF, by=MARK)

    assert _served(numbers) is None
    assert _served(numbers, 29) is None
    assert len(appconfig.asked["GetDeployment"]) <= 2 * 9


def test_a_release_that_is_still_the_newest_is_left_to_a_list(
    appconfig: AppConfig, numbers: DeploymentsByNumber
) -> None:
    """It may be AppConfig's own: a read does not tell."""
    appconfig.put(9, version=6, description="", started_at=RELEASED_AT)

    assert _served(numbers) is None


@pytest.mark.parametrize(
    ("description", "noted"),
    [
        ("", None),
        ("At once to everybody, with no bake time", None),
        ("Last used by deployment nine", None),
        ("At once to everybody. Last used by deployment 9", 9),
    ],
)
def test_the_last_number_is_read_from_the_strategys_description(
    appconfig: AppConfig, numbers: DeploymentsByNumber, description: str, noted: int | None
) -> None:
    appconfig.strategy = description

    assert numbers.last_noted() == noted


def test_what_is_noted_is_read_again(numbers: DeploymentsByNumber) -> None:
    numbers.note_last(12)

    assert numbers.last_noted() == 12


def test_that_a_number_cannot_be_noted_hinders_nothing(
    appconfig: AppConfig, numbers: DeploymentsByNumber
) -> None:
    error = refusal("UpdateDeploymentStrategy", 403, "AccessDeniedException")
    appconfig.fail(error, "UpdateDeploymentStrategy")

    numbers.note_last(12)

    assert numbers.last_noted() is None
