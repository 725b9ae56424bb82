"""What people call the system is told where it can be had, and never keeps a notice waiting."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.adapters import names
from appconfig_rollback.adapters.names import named_target
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.target import Names
from tests.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator


class Client:
    """AppConfig, as far as names go; `refuses` is what it does not answer."""

    def __init__(self, refuses: str = "") -> None:
        self.asked: list[str] = []
        self.refuses = refuses

    def get_application(self, **which: str) -> dict[str, Any]:
        assert which == {"ApplicationId": "app1234"}
        return self._answer("Shop")

    def get_environment(self, **which: str) -> dict[str, Any]:
        assert which == {"ApplicationId": "app1234", "EnvironmentId": "env1234"}
        return self._answer("prod")

    def get_configuration_profile(self, **which: str) -> dict[str, Any]:
        assert which == {"ApplicationId": "app1234", "ConfigurationProfileId": "prof123"}
        return self._answer("flags")

    def _answer(self, name: str) -> dict[str, Any]:
        self.asked.append(name)
        return {} if name == self.refuses else {"Name": name}


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(names, "_known", {})
    settings.cache_clear()
    yield
    settings.cache_clear()


def _reached(monkeypatch: pytest.MonkeyPatch, client: object) -> None:
    monkeypatch.setattr(names, "client", {"appconfig": client}.__getitem__)


def test_a_system_is_called_what_people_call_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _reached(monkeypatch, Client())

    assert named_target().names == Names("Shop", "prod", "flags")


def test_names_are_read_once_for_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    _reached(monkeypatch, client)

    named_target()
    named_target()

    assert sorted(client.asked) == ["Shop", "flags", "prod"]


@pytest.mark.parametrize("refused", ["Shop", "prod", "flags"])
def test_a_name_that_cannot_be_read_leaves_the_ids_and_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    client = Client(refused)
    _reached(monkeypatch, client)

    assert named_target().names is None
    client.refuses = ""
    assert named_target().names == Names("Shop", "prod", "flags")


def test_a_client_that_cannot_be_made_leaves_the_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    _reached(monkeypatch, None)

    assert named_target().called.environment == SETTINGS["APPCONFIG_ENVIRONMENT"]


def test_an_answer_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    come = Event()

    class Slow(Client):
        def get_environment(self, **_: str) -> dict[str, Any]:
            come.wait(60)
            return {"Name": "prod"}

    monkeypatch.setattr(names, "_PATIENCE_SECONDS", 0.01)
    _reached(monkeypatch, Slow())
    try:
        assert named_target().names is None
        assert not come.is_set()
    finally:
        come.set()
