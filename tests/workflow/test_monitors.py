"""The environment's monitors undo the rollback: they are suspended, and put back on every path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from flag_rollback.waiting import wait_for
from local.faults import Fault
from local.site import FLAG, Site, alarm_event, new_flags, other_alarm
from tests.operators.person import Person
from tests.workflow.told import outcomes, states

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

ROLE = "arn:aws:iam::123456789012:role/monitors"


@pytest.fixture(scope="module")
def shared(cloud: EmbeddedCloud) -> Site:
    return Site.build(cloud, new_flags(cloud), "monitored", MonitorRoleArns=ROLE)


@pytest.fixture
def site(shared: Site) -> Site:
    """A flag that is on, in an environment with one monitor that fires and one that is OK."""
    shared.cloud.faults.clear()
    set_monitors(shared, [])
    shared.release({"flags": {FLAG: {"enabled": True}}})
    other_alarm(shared.cloud, "firing", "ALARM")
    other_alarm(shared.cloud, "quiet", "OK")
    set_monitors(shared, ["firing", "quiet"])
    return shared


def arn(name: str) -> str:
    return f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}"


def set_monitors(site: Site, names: list[str]) -> None:
    site.cloud.client("appconfig").update_environment(
        **site.environment,
        Monitors=[{"AlarmArn": arn(name), "AlarmRoleArn": ROLE} for name in names],
    )


def monitors(site: Site) -> set[str]:
    answer = site.cloud.client("appconfig").get_environment(**site.environment)
    assert all(monitor["AlarmRoleArn"] == ROLE for monitor in answer["Monitors"])
    return {monitor["AlarmArn"].rpartition(":")[-1] for monitor in answer["Monitors"]}


def test_a_firing_monitor_is_suspended_and_put_back(site: Site) -> None:
    versions = len(site.versions())

    run = site.run(alarm_event())

    assert run.output["outcome"] == "rolled_back", run.cause
    assert site.served()["flags"][FLAG]["enabled"] is False
    at = run.states.index("FindMonitors")
    assert run.states[at : at + 3] == ["FindMonitors", "SuspendMonitors", "FetchConfig"]
    assert run.states.index("RestoreMonitors") < run.states.index("Notify")
    assert monitors(site) == {"firing", "quiet"}
    assert len(site.versions()) == versions + 1
    state = json.loads(run.state_data["SuspendMonitors"])
    assert [monitor["AlarmArn"] for monitor in state["monitors"]["suspended"]] == [arn("firing")]
    assert site.notices(run.arn)[0]["suspendedMonitors"] == [arn("firing")]


def hold_suspension(site: Site) -> str:
    """Start a run and hold it in SuspendMonitors; returns its ARN."""
    site.hold("SuspendMonitors")
    execution = site.start(alarm_event())
    site.await_state(execution, "SuspendMonitors")
    return execution


def hold_while_suspended(site: Site) -> str:
    """Start a run and hold it in FetchConfig, with its monitors off; returns its ARN."""
    execution = hold_suspension(site)
    site.hold("FetchConfig")
    site.let_go("SuspendMonitors")
    wait_for(lambda: monitors(site) == {"quiet"}, "the suspension", seconds=60)
    return execution


def test_monitors_are_put_back_when_the_run_fails_in_between(site: Site) -> None:
    execution = hold_suspension(site)
    site.cloud.faults.set(Fault("appconfig:StartDeployment", 403, "AccessDeniedException"))
    site.let_go("SuspendMonitors")

    run = site.await_end(execution)

    assert run.error == "PermissionDeniedError", run.states
    assert run.states[-5:-2] == [
        "WhatRemains?",
        "RestoreMonitors",
        "WhatRemains?",
    ]
    assert monitors(site) == {"firing", "quiet"}
    notice = site.notices(run.arn)[0]
    assert (notice["failedState"], notice["missingMonitors"]) == ("StartDeployment", [])
    site.cloud.faults.clear()
    assert site.redrive(run.arn).output["outcome"] == "rolled_back"
    assert monitors(site) == {"firing", "quiet"}


def test_monitors_that_cannot_be_put_back_make_the_run_red_and_are_listed(site: Site) -> None:
    refused = Fault("appconfig:UpdateEnvironment", 403, "AccessDeniedException", about="firing")
    site.cloud.faults.set(refused)

    run = site.run(alarm_event())

    assert (run.status, run.error) == ("FAILED", "PermissionDeniedError"), run.states
    assert monitors(site) == {"quiet"}
    notice = site.notices(run.arn)[0]
    assert (notice["failedState"], states(notice)) == ("RestoreMonitors", {FLAG: "off"})
    assert notice["missingMonitors"] == [arn("firing")]
    for told in ("update-environment", arn("firing"), arn("quiet")):
        assert told in notice["restoreMonitorsCommand"]

    site.cloud.faults.clear()
    assert site.redrive(run.arn).output["outcome"] == "rolled_back"
    assert monitors(site) == {"firing", "quiet"}


def test_a_run_stopped_while_monitors_are_off_lists_them(site: Site) -> None:
    execution = hold_while_suspended(site)
    site.cloud.client("stepfunctions").stop_execution(executionArn=execution)
    site.let_go("FetchConfig")

    notice = site.notices(execution)[0]

    assert notice["missingMonitors"] == [arn("firing")]
    assert site.redrive(execution).output["outcome"] == "rolled_back"
    assert monitors(site) == {"firing", "quiet"}


def test_putting_back_keeps_what_somebody_changed_meanwhile(site: Site) -> None:
    other_alarm(site.cloud, "new", "OK")
    execution = hold_while_suspended(site)
    set_monitors(site, ["new"])
    site.let_go("FetchConfig")

    assert site.await_end(execution).output["outcome"] == "rolled_back"
    assert monitors(site) == {"new", "firing"}


def test_without_the_roles_an_undone_rollback_is_red_and_says_what_to_set(
    cloud: EmbeddedCloud,
) -> None:
    site = Site.build(cloud, new_flags(cloud), "no-roles")
    other_alarm(cloud, "firing", "ALARM")
    set_monitors(site, ["firing"])

    run = site.run(alarm_event())

    assert run.error == "RolledBackByAppConfigError"
    for told in ("CLOUDWATCH_ALARM", arn("firing"), "MonitorRoleArns"):
        assert told in run.cause
    assert monitors(site) == {"firing"}
    assert states(site.notices(run.arn)[0]) == {FLAG: "on"}


def test_a_firing_monitor_is_suspended_for_two_flags_of_one_alarm(site: Site) -> None:
    set_monitors(site, [])
    site.release({"flags": {flag: {"enabled": True} for flag in (FLAG, "other")}})
    set_monitors(site, ["firing", "quiet"])
    deployments = len(site.deployments())

    run = site.run(alarm_event(name="storefront", tags={"feature-flag": f"{FLAG} other"}))

    assert outcomes(run.output) == {FLAG: "rolled_back", "other": "rolled_back"}
    assert not any(flag["enabled"] for flag in site.served()["flags"].values())
    assert len(site.deployments()) == deployments + 2, "the first of them was undone"
    assert monitors(site) == {"firing", "quiet"}


def test_a_person_who_turns_it_off_by_hand_suspends_and_restores_them_too(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in site.cloud.environment().items():
        monkeypatch.setenv(name, value)

    Person(site.stack.name).types("off", FLAG, "--reason", "double charges", "--yes")

    assert site.served()["flags"][FLAG]["enabled"] is False
    assert monitors(site) == {"firing", "quiet"}
