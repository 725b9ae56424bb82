"""Reads that do not need each other's answers are made at the same time."""

from __future__ import annotations

from threading import Barrier
from typing import TYPE_CHECKING

import create_version
import fetch_config
from appconfig_rollback.adapters import alarms
from tests import samples
from tests.samples import CONTEXT, task

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from appconfig_rollback.adapters.appconfig import AppConfigStore
    from appconfig_rollback.adapters.experiments import ExperimentStore
    from tests.appconfig import AppConfig


_LONGEST_SECONDS = 5


def _meet(monkeypatch: pytest.MonkeyPatch, *calls: tuple[object, str]) -> None:
    """Let each of these calls answer only once all of them have been made."""
    barrier = Barrier(len(calls))

    def joining(call: Callable[..., object]) -> Callable[..., object]:
        def joined(*given: object) -> object:
            barrier.wait(_LONGEST_SECONDS)
            return call(*given)

        return joined

    for owner, name in calls:
        monkeypatch.setattr(owner, name, joining(getattr(owner, name)))


def test_fetch_config_reads_the_profile_and_the_deployments_at_once(
    store: AppConfigStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _meet(monkeypatch, (store, "profile_type"), (store, "served"))

    assert fetch_config.handler(task(), CONTEXT)["decision"] == "roll_back"


def test_fetch_config_reads_the_experiments_and_the_document_at_once(
    store: AppConfigStore, runs: ExperimentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _meet(monkeypatch, (runs, "running"), (store, "document"), (store, "deployment"))

    assert fetch_config.handler(task(), CONTEXT)["decision"] == "roll_back"


def test_fetch_config_reads_the_document_its_deployment_and_the_versions_at_once(
    store: AppConfigStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _meet(monkeypatch, (store, "document"), (store, "deployment"), (store, "versions"))

    assert fetch_config.handler(task(), CONTEXT)["decision"] == "roll_back"


def test_behind_a_deployment_in_progress_no_list_of_versions_is_asked_for(
    appconfig: AppConfig, store: AppConfigStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    appconfig.put(8, "DEPLOYING", 1, ours=False)

    asked: list[str] = []
    monkeypatch.setattr(store, "versions", lambda: asked.append("versions"))

    answer = fetch_config.handler(task(), CONTEXT)

    assert (answer["decision"], asked) == ("wait", []), "AppConfig allows ten lists a second"


def test_create_version_reads_the_document_and_the_alarms_at_once(
    store: AppConfigStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "firing", lambda _: [])
    _meet(monkeypatch, (store, "document"), (alarms, "firing"))

    assert create_version.handler(task(config=samples.config()), CONTEXT)["toVersion"] == 6
