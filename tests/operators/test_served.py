"""What is served is read as the rollback reads it: in every shape, where FlagsAt says."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from flag_rollback.flags.served import Profile
from flag_rollback.watched import Watched
from tests.appconfig import AppConfig
from tests.appconfig_client import AppConfigClient

PARAMETERS = {"ApplicationId": "app", "EnvironmentId": "env", "ConfigurationProfileId": "prof"}
TEXT = json.dumps(
    {
        "DE": {"pay": {"enabled": True, "metadata": {"rollback": "off"}}, "odd": 7},
        "toggles": {"other": True, "pay": False},
    }
)


def _profile(**parameters: str) -> Profile:
    place = Watched("arn", "stack", parameters=PARAMETERS | parameters).known_place
    return Profile(cast("Any", AppConfigClient(AppConfig({1: TEXT}))), place)


@pytest.mark.parametrize(
    ("parameters", "flags", "opted_out", "is_on"),
    [({"FlagsAt": "DE"}, ["pay"], True, True), ({}, ["other", "pay"], False, False)],
)
def test_flags_are_read_where_the_stack_looks_for_them(
    parameters: dict[str, str], flags: list[str], opted_out: bool, is_on: bool
) -> None:
    profile = _profile(**parameters)

    document = profile.document(1)
    assert document.flags() == flags
    assert (document.policy("pay") == "off") is opted_out
    assert document.is_on("pay") is is_on
