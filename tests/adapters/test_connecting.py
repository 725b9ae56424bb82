"""What is opened is what the stack's settings name."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.adapters import appconfig, experiments
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.errors import FlagNotFoundError

if TYPE_CHECKING:
    from botocore.stub import Stubber


def test_the_experiments_of_the_watched_profile_are_listed_once_a_look(
    appconfig_stub: Stubber,
) -> None:
    appconfig_stub.add_response(
        "list_experiment_definitions",
        {"Items": []},
        {
            "ApplicationIdentifier": "app1234",
            "EnvironmentIdentifier": "env1234",
            "ConfigurationProfileIdentifier": "prof123",
        },
    )

    found = experiments.connect()

    assert (found.running("a"), found.running("b")) == ([], [])


def test_flags_are_looked_for_where_the_stack_says(
    appconfig_stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGS_AT", "config.features")
    settings.cache_clear()
    appconfig_stub.add_response(
        "get_hosted_configuration_version",
        {
            "Content": io.BytesIO(b'{"config": {"features": {"a": true}}, "b": true}'),
            "ContentType": "application/json",
        },
        {
            "ApplicationId": "app1234",
            "ConfigurationProfileId": "prof123",
            "VersionNumber": 3,
        },
    )

    document = appconfig.connect().document(3, "AWS.Freeform")

    assert document.is_on("a")
    with pytest.raises(FlagNotFoundError):
        document.is_on("b")
