"""The functions' settings, their store in memory, and what they log."""

import io
import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from appconfig_rollback.adapters import appconfig, executions, experiments
from appconfig_rollback.adapters.logs import logger
from appconfig_rollback.state import Execution
from tests.steps.fake_experiments import FakeExperiments
from tests.steps.fake_store import FakeStore

LogLines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "APPCONFIG_APPLICATION": "app1234",
        "APPCONFIG_ENVIRONMENT": "env1234",
        "APPCONFIG_PROFILE": "prof123",
        "SNS_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:notices",
        "ALARM_NAME_PREFIX": "FeatureFlag-",
        "ALARM_NAME_SUFFIX": "-ErrorRate",
        "MAX_ALARM_AGE_MINUTES": "15",
        "ROLLBACK_BUDGET_MINUTES": "15",
        "DEPLOYMENT_STRATEGY_ID": "strat12",
        "ROLLBACK_MODE": "auto",
        "BUSY_ENVIRONMENT": "wait",
        "COALESCE_SECONDS": "300",
        "MONITOR_ROLE_ARNS": "",
        "EXPERIMENTS": "stop",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


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
    monkeypatch.setattr(time, "sleep", seconds.append)
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
