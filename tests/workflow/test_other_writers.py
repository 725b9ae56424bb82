"""Somebody else writes or deploys meanwhile: their change survives, and the flag goes off."""

from __future__ import annotations

import pytest

from local.faults import Fault
from local.site import Site, alarm_event

pytestmark = pytest.mark.cloud


@pytest.mark.parametrize(
    ("action", "step"),
    [
        ("appconfig:CreateHostedConfigurationVersion", "CreateVersion"),
        ("appconfig:StartDeployment", "StartDeployment"),
    ],
)
def test_who_loses_a_race_begins_again_from_what_is_served(
    site: Site, action: str, step: str
) -> None:
    deployments = len(site.deployments())
    site.cloud.faults.set(Fault(action, status=409, code="ConflictException", times=1))

    run = site.run(alarm_event())

    assert run.output["outcome"] == "rolled_back"
    at = run.states.index(step)
    assert run.states[at : at + 3] == [step, "WaitForTurn", "FetchConfig"]
    assert len(site.deployments()) == deployments + 1


def test_a_version_written_by_this_run_is_not_written_twice(site: Site) -> None:
    versions = len(site.versions())
    site.cloud.faults.set(
        Fault("appconfig:StartDeployment", status=409, code="ConflictException", times=1)
    )

    run = site.run(alarm_event())

    assert run.states.count("CreateVersion") == 2
    assert len(site.versions()) == versions + 1
