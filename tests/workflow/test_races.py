"""Several executions at once, and what dead ones leave behind."""

from __future__ import annotations

import json

import pytest

from flag_rollback.waiting import wait_for
from local.faults import Fault
from local.site import FLAG, Site, alarm_event

pytestmark = pytest.mark.cloud

BOTH = {"flags": {FLAG: {"enabled": True}, "search-v2": {"enabled": True}}}


def test_the_same_transition_twice_at_once_is_one_deployment_and_one_notice(site: Site) -> None:
    deployments, event = len(site.deployments()), alarm_event()

    executions = [site.start(event), site.start(event)]
    outcomes = sorted(site.await_end(each).output["outcome"] for each in executions)

    assert outcomes == ["duplicate", "rolled_back"]
    assert len(site.deployments()) == deployments + 1
    assert [notice["outcome"] for notice in site.notices(*executions)] == ["rolled_back"]


def test_the_same_transition_later_is_a_duplicate_and_another_one_is_already_off(
    site: Site,
) -> None:
    event = alarm_event()
    assert site.run(event).output["outcome"] == "rolled_back"

    again = site.run(event)
    assert again.output["outcome"] == "duplicate"
    assert "Notify" not in again.states
    assert site.run(alarm_event()).output["outcome"] == "already_off"


def test_two_flags_at_once_both_go_off(site: Site) -> None:
    site.release(BOTH)

    executions = [site.start(alarm_event(flag)) for flag in BOTH["flags"]]
    ends = [site.await_end(each) for each in executions]

    assert [end.output["outcome"] for end in ends] == ["rolled_back", "rolled_back"]
    assert not any(flag["enabled"] for flag in site.served()["flags"].values())


def test_a_version_left_behind_by_a_dead_run_is_deployed_by_the_next(site: Site) -> None:
    versions = len(site.versions())
    site.cloud.faults.set(Fault("appconfig:StartDeployment", 403, "AccessDeniedException"))
    dead = site.run(alarm_event())
    assert dead.error == "PermissionDeniedError"
    site.cloud.faults.clear()

    run = site.run(alarm_event())

    assert run.output["outcome"] == "rolled_back"
    assert len(site.versions()) == versions + 1


def test_a_version_left_behind_for_another_flag_does_not_block(site: Site) -> None:
    site.release(BOTH)
    site.cloud.faults.set(Fault("appconfig:StartDeployment", 403, "AccessDeniedException"))
    assert site.run(alarm_event("search-v2")).error == "PermissionDeniedError"
    site.cloud.faults.clear()

    assert site.run(alarm_event()).output["outcome"] == "rolled_back"

    flags = site.served()["flags"]
    assert (flags[FLAG]["enabled"], flags["search-v2"]["enabled"]) == (False, True)


def test_a_version_of_a_run_that_is_still_at_it_is_waited_for(site: Site) -> None:
    versions, deployments = len(site.versions()), len(site.deployments())
    site.hold("StartDeployment")
    first = site.start(alarm_event())
    wait_for(lambda: len(site.versions()) > versions, "the version", seconds=60)

    waiting = site.start(alarm_event())
    site.await_state(waiting, "WaitForTurn")
    site.let_go("StartDeployment")
    second = site.await_end(waiting)

    assert "CreateVersion" not in second.states
    assert second.output["outcome"] == "already_off"
    assert site.await_end(first).output["outcome"] == "rolled_back"
    assert len(site.deployments()) == deployments + 1


def test_a_release_in_between_survives(site: Site) -> None:
    site.hold("StartDeployment")
    execution = site.start(alarm_event())
    site.await_state(execution, "StartDeployment")
    document = {"flags": {FLAG: {"enabled": True}, "brand-new": {"enabled": True}}}
    site.release(document)
    site.let_go("StartDeployment")

    run = site.await_end(execution)

    assert run.output["outcome"] == "rolled_back"
    assert json.loads(run.state_data["Done"])["config"]["attempt"] == 2
    flags = site.served()["flags"]
    assert (flags[FLAG]["enabled"], flags["brand-new"]["enabled"]) == (False, True)
