"""A warm-up makes a function's clients, and does nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import create_version
import start_deployment
from appconfig_rollback.adapters import aws
from tests.samples import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.appconfig import AppConfig
    from tests.steps.conftest import LogLines


@pytest.mark.parametrize(
    ("handler", "services"),
    [
        (create_version.handler, ["appconfig", "cloudwatch"]),
        (start_deployment.handler, ["appconfig"]),
    ],
)
def test_a_warm_up_makes_the_clients_and_does_nothing_else(
    handler: Callable[[Any, object], object],
    services: list[str],
    appconfig: AppConfig,
    log_lines: LogLines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    monkeypatch.setattr(aws, "client", made.append)

    assert handler({"warmUp": True}, CONTEXT) is None

    assert made == services
    assert (appconfig.created, appconfig.started, log_lines()) == ([], [], [])


def test_only_a_warm_up_is_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(aws, "client", made.append)

    @aws.ready_on_warm_up("appconfig", "sns")
    def echo(event: Any, context: object) -> tuple[Any, object]:  # noqa: ANN401 - what came
        """Say what came."""
        return event, context

    others: list[Any] = [{"warmUp": False}, {"state": {}}, {"warmUp": True, "state": {}}]
    for event in others:
        assert echo(event, CONTEXT) == (event, CONTEXT)
    assert made == []
    assert echo({"warmUp": True}, CONTEXT) is None
    assert made == ["appconfig", "sns"]
    assert (echo.__name__, echo.__doc__) == ("echo", "Say what came.")
