"""The functions' settings, their store in memory, and what they log."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.adapters import appconfig, clock, executions, experiments
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.adapters.task import logger
from tests.settings import SETTINGS
from tests.steps.fake_experiments import FakeExperiments
from tests.steps.fake_store import FakeStore

if TYPE_CHECKING:
    from datetime import datetime

    from appconfig_rollback.state import Execution

LogLines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings that are read anew in each test."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    store = FakeStore()
    monkeypatch.setattr(appconfig, "connect", lambda: store)
    return store


@pytest.fixture(autouse=True)
def runs(monkeypatch: pytest.MonkeyPatch) -> FakeExperiments:
    """The experiments on the profile, whatever its type."""
    runs = FakeExperiments()
    monkeypatch.setattr(experiments, "connect", lambda: runs)
    monkeypatch.setattr(experiments, "of_profile", lambda _: runs)
    return runs


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the functions paused, without waiting for it."""
    seconds: list[float] = []
    monkeypatch.setattr(clock, "time", SimpleNamespace(sleep=seconds.append))
    return seconds


@pytest.fixture(autouse=True)
def log_lines(monkeypatch: pytest.MonkeyPatch) -> LogLines:
    """Give the log's lines, parsed."""
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def redrives(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When the execution was redriven; nobody has redriven it until a test adds a time."""
    times: list[datetime] = []

    def redriven_at(execution: Execution, since: datetime) -> datetime | None:
        assert execution["Name"] == "run-1"
        return next((time for time in times if time > since), None)

    monkeypatch.setattr(executions, "redriven_at", redriven_at)
    monkeypatch.setattr("check_deployment.redriven_at", redriven_at)
    return times
