"""`make demo EXPERIMENT=1`: on until the experiment is stopped, and not after."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from flag_rollback.execution.visits import Visit
from flag_rollback.waiting import wait_for
from local.cloud import REPOSITORY, EmbeddedCloud
from local.demo_client import DemoClient, NotAsPromisedError, Reading, milestones
from local.demo_experiments import start_run
from local.demo_flags import release
from tests.local.experimenting import FLAG, document, native_flags

BEGUN = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
VISITS = [
    ("Begin", 0, 0),
    ("CheckDeployment", 3, 4),
    ("StopExperiment", 6, 7),
    ("CheckDeployment", 8, 9),
]


def at(second: float) -> datetime:
    return BEGUN + timedelta(seconds=second)


def visits(*left_out: str) -> list[Visit]:
    return [
        Visit(name, "Task", 0, at(entered), left=at(left))
        for name, entered, left in VISITS
        if name not in left_out
    ]


def readings(*on: tuple[float, bool]) -> list[Reading]:
    """Readings that take 0.1 s, by when they were asked for."""
    return [Reading(at(second), at(second + 0.1), is_on) for second, is_on in on]


KEPT = readings((1, True), (3, True), (4.5, True), (5.5, True), (6.5, False), (7.5, False))


def test_it_shows_what_the_client_read_when_the_rollback_had_done_each_thing() -> None:
    found = milestones(visits(), KEPT)

    assert [(each.at, each.reading) for each in found] == [
        (at(0), KEPT[0]),
        (at(4), KEPT[2]),
        (at(7), KEPT[5]),
    ]


@pytest.mark.parametrize(
    ("read", "broken"),
    [
        (readings((1, True), (3, False), (4.5, True), (7.5, False)), "on until its run"),
        (readings((1, True), (4.5, False), (7.5, False)), "on until its run"),
        (readings((1, True), (3, True), (7.5, False)), "on until its run"),
        (readings((1, True), (4.5, True), (7.5, True)), "on after its run"),
        (readings((1, True), (4.5, True), (7.5, False), (8, True)), "on after its run"),
        (readings((1, True), (4.5, True)), "on after its run"),
    ],
    ids=["off early", "off once deployed", "not looked", "not off", "on again", "not looked after"],
)
def test_a_client_that_read_anything_else_breaks_the_promise(
    read: list[Reading], broken: str
) -> None:
    with pytest.raises(NotAsPromisedError, match=broken):
        milestones(visits(), read)


@pytest.mark.parametrize("state", ["CheckDeployment", "StopExperiment"])
def test_a_rollback_that_went_another_way_is_not_shown_as_this_one(state: str) -> None:
    with pytest.raises(NotAsPromisedError, match=f"did not come to {state}"):
        milestones(visits(state), KEPT)


@pytest.mark.cloud
def test_a_client_reads_until_it_is_over_and_once_more(
    filled_cloud: EmbeddedCloud,
) -> None:
    flags = native_flags(filled_cloud)
    release(filled_cloud, flags, document())
    run = start_run(filled_cloud, flags, FLAG)

    with DemoClient(filled_cloud, flags, FLAG) as client:
        wait_for(lambda: client.readings, "a reading", seconds=60)
        run.stop()

    assert client.readings[0].on is True
    assert client.readings[-1].on is False
    assert all(reading.asked <= reading.answered for reading in client.readings)


@pytest.mark.parametrize(
    ("said", "environment", "act"),
    [
        (["EXPERIMENT=1"], {}, "experiment"),
        ([], {"EXPERIMENT": "1"}, "experiment"),
        ([], {"EXPERIMENT": "0"}, "name"),
        ([], {}, "name"),
        (["ALARM=tag"], {}, "tag"),
        ([], {"ALARM": "contributor"}, "contributor"),
    ],
)
def test_make_demo_takes_what_it_shows_from_its_command_line_and_the_environment(
    said: list[str], environment: dict[str, str], act: str
) -> None:
    others = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", "-n", "demo", *said],
        cwd=REPOSITORY,
        env=others | environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"-m local.demo {act}\n" in done.stdout
