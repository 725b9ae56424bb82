"""The functions' settings, their AppConfig in memory, and what they log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]

from appconfig_rollback.adapters import appconfig as profile
from appconfig_rollback.adapters import clock, executions, experiments
from appconfig_rollback.adapters.settings import settings
from tests.appconfig import AppConfig
from tests.appconfig_client import open_experiments, open_store
from tests.settings import SETTINGS

if TYPE_CHECKING:
    from datetime import datetime

    from appconfig_rollback.adapters.appconfig import AppConfigStore
    from appconfig_rollback.adapters.experiments import ExperimentStore
    from appconfig_rollback.experiments import ExperimentRun
    from appconfig_rollback.state import Execution, Experiment

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
def appconfig() -> AppConfig:
    return AppConfig.serving()


@pytest.fixture(autouse=True)
def store(appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch) -> AppConfigStore:
    """The profile, as every function opens it."""
    store = open_store(appconfig)
    monkeypatch.setattr(profile, "connect", lambda: store)
    return store


@pytest.fixture(autouse=True)
def runs(appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch) -> ExperimentStore:
    """The experiments on the profile, whatever its type."""
    runs = open_experiments(appconfig)
    monkeypatch.setattr(experiments, "connect", lambda: runs)

    def of_profile(kind: str) -> ExperimentStore:
        assert kind == appconfig.type
        return runs

    monkeypatch.setattr(experiments, "of_profile", of_profile)
    return runs


@pytest.fixture
def known_runs(runs: ExperimentStore, monkeypatch: pytest.MonkeyPatch) -> list[Experiment | None]:
    """The run that was read by its number, each time that those RUNNING were looked for."""
    asked: list[Experiment | None] = []
    running = runs.running

    def noting(flag: str, known: Experiment | None = None) -> list[ExperimentRun]:
        asked.append(known)
        return running(flag, known)

    monkeypatch.setattr(runs, "running", noting)
    return asked


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the functions paused, without waiting for it."""
    seconds: list[float] = []
    monkeypatch.setattr(clock, "time", SimpleNamespace(sleep=seconds.append))
    return seconds


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[LogLines]:
    """Give the log's lines as Lambda's runtime writes them, parsed."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.terminator = ""  # the formatter ends a line itself
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    root.setLevel("INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.setLevel(level)
    root.removeHandler(handler)


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
