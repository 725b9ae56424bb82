"""What is served is read as the rollback reads it: in every shape, where FlagsAt says."""

from __future__ import annotations

import io
import json
from typing import Any, cast

import pytest

from flag_rollback.flags.served import Profile
from flag_rollback.watched import Watched

PARAMETERS = {"ApplicationId": "app", "EnvironmentId": "env", "ConfigurationProfileId": "prof"}
TEXT = json.dumps(
    {
        "DE": {"pay": {"enabled": True, "metadata": {"rollback": "off"}}, "odd": 7},
        "toggles": {"other": True, "pay": False},
    }
)


class _AppConfig:
    """A profile with one version."""

    def get_configuration_profile(self, **_: str) -> dict[str, str]:
        return {"Type": "AWS.Freeform", "LocationUri": "hosted"}

    def get_hosted_configuration_version(self, **_: object) -> dict[str, Any]:
        return {"Content": io.BytesIO(TEXT.encode()), "ContentType": "application/json"}


def _profile(**parameters: str) -> Profile:
    place = Watched("arn", "stack", parameters=PARAMETERS | parameters).known_place
    return Profile(cast("Any", _AppConfig()), place)


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
