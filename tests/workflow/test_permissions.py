"""The functions' roles are enforced: what the template does not grant, fails by name."""

from __future__ import annotations

import pytest

from local.permissions import taken_away
from local.site import Site, alarm_event

pytestmark = pytest.mark.cloud


def test_a_permission_taken_away_is_a_named_failure(site: Site) -> None:
    versions = site.versions()
    action = "appconfig:CreateHostedConfigurationVersion"

    with taken_away(site.cloud, site.stack, "CreateVersionFunction", action):
        run = site.run(alarm_event())

    assert run.error == "PermissionDeniedError"
    assert action in run.cause
    assert site.versions() == versions
    assert site.redrive(run.arn).output["outcome"] == "rolled_back"
