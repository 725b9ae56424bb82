"""AWS without AWS: no credentials of a person, no network, clients that are stubbed or mocked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.adapters.aws import client, session
from appconfig_rollback.adapters.settings import settings
from tests.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.stub import Stubber

REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def _nobodys_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture(scope="module", autouse=True)
def _own_clients() -> Iterator[None]:
    """Clients are kept once they are made; no other module's are used here."""
    client.cache_clear()
    session.cache_clear()
    yield
    client.cache_clear()
    session.cache_clear()


@pytest.fixture(scope="module")
def _mocked_aws(_own_clients: None) -> Iterator[None]:
    """Mock all of AWS; import and start are heavy, so only who needs it pays, once a module."""
    from moto import mock_aws

    with mock_aws():
        yield


@pytest.fixture
def appconfig_stub() -> Iterator[Stubber]:
    yield from _stubbed("appconfig")


@pytest.fixture
def stepfunctions_stub() -> Iterator[Stubber]:
    yield from _stubbed("stepfunctions")


def _stubbed(service: str) -> Iterator[Stubber]:
    """Answer each call as the test says; what is not asked, or asked too often, fails the test."""
    from botocore.stub import Stubber

    with Stubber(client(service)) as stub:
        yield stub
        stub.assert_no_pending_responses()
