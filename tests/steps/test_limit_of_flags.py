"""What MaxFlagsPerHour allows is counted by FetchConfig, and kept by CreateVersion."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest

import create_version
import fetch_config
from appconfig_rollback.adapters import alarms, executions
from appconfig_rollback.adapters.alarms import FiringAlarm
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.experiments import reason_to_stop
from tests import samples
from tests.appconfig import OFF, SHOWING, AppConfig
from tests.samples import CONTEXT, mark, marked, task

if TYPE_CHECKING:
    from appconfig_rollback.state import Config

pytestmark = pytest.mark.usefixtures("redrives")


@pytest.fixture(autouse=True)
def _two_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_FLAGS_PER_HOUR", "2")
    settings.cache_clear()
    monkeypatch.setattr(executions, "is_running", lambda *_: False)


def _fetched() -> Config:
    return cast("Config", fetch_config.handler(task(alarm=samples.alarm_begun()), CONTEXT))


def _deployed(appconfig: AppConfig, number: int, minutes_ago: float) -> None:
    """Another execution turned a flag off some time ago."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    appconfig.put(number, version=3, description=mark(2, f"run-{number}", "z"), started_at=at)


def _outcome(config: Config) -> str:
    return config["result"]["outcome"] if config["result"] else config["decision"]


@pytest.mark.parametrize(
    ("minutes_ago", "left", "outcome"),
    [((), 2, "roll_back"), ((59,), 1, "roll_back"), ((59, 58), None, "held_back")],
)
def test_what_went_off_within_the_hour_is_counted(
    appconfig: AppConfig, minutes_ago: tuple[float, ...], left: int | None, outcome: str
) -> None:
    for number, each in enumerate(minutes_ago, start=9):
        _deployed(appconfig, number, each)

    config = _fetched()

    assert (_outcome(config), config.get("left")) == (outcome, left)
    assert config["flags"] == ([] if outcome == "held_back" else [samples.flag_result()])


def test_what_went_off_before_is_not_counted(appconfig: AppConfig) -> None:
    for number in (9, 10):
        _deployed(appconfig, number, minutes_ago=61)

    assert _fetched()["left"] == 2


def test_experiments_that_were_stopped_within_the_hour_are_counted(appconfig: AppConfig) -> None:
    appconfig.runs, appconfig.on = [SHOWING], {SHOWING.definition: "z"}
    appconfig.end_runs(reason_to_stop(marked(3, "run-0", "z"), "FeatureFlag-z-ErrorRate", "high"))
    appconfig.ended_at[SHOWING.definition] = datetime.now(UTC) - timedelta(minutes=59)
    assert _fetched()["left"] == 1

    appconfig.ended_at[SHOWING.definition] = datetime.now(UTC) - timedelta(minutes=61)
    assert _fetched()["left"] == 2


def test_without_a_limit_nobody_is_asked_what_has_ended(
    appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_FLAGS_PER_HOUR", "0")
    settings.cache_clear()
    appconfig.runs, appconfig.on = [SHOWING], {SHOWING.definition: "z"}

    assert _fetched()["left"] is None
    assert {each.get("Status") for each in appconfig.asked["ListExperimentRuns"]} <= {"RUNNING"}


def test_what_is_adopted_needs_no_count(appconfig: AppConfig) -> None:
    appconfig.versions[6], appconfig.written_by[6] = OFF, mark(3)

    config = _fetched()

    assert config["own"] is not None
    assert config["left"] is None


@pytest.mark.parametrize(("left", "swept"), [(None, 3), (5, 3), (3, 2), (2, 1), (1, 0), (0, 0)])
def test_no_more_is_swept_along_than_is_left(
    appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch, left: int | None, swept: int
) -> None:
    names = ("new-checkout", "a", "b", "c")
    appconfig.versions[3] = json.dumps({"flags": {name: {"enabled": True} for name in names}})
    at = datetime.now(UTC)
    firing = [FiringAlarm(f"FeatureFlag-{n}-ErrorRate", "high", at, f"arn:{n}") for n in names[1:]]
    monkeypatch.setattr(alarms, "firing", lambda _: firing)
    monkeypatch.setattr(alarms, "muted", set)
    monkeypatch.setattr(alarms, "tags", lambda _: {})

    answer = create_version.handler(task(config=samples.config(left=left)), CONTEXT)

    assert len(appconfig.created) == 1 + bool(swept)
    content, _, _, description = appconfig.created[-1]
    off = [name for name, flag in json.loads(content)["flags"].items() if not flag["enabled"]]
    assert answer["sweptFlags"] == swept
    assert off == list(names[: swept + 1])
    assert description.startswith(f"Automated rollback: flags={swept + 1} ")
