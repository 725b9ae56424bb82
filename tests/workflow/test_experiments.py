"""A flag is off only where users no longer get it from an experiment either."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.mark import read_mark
from local.demo_experiments import start_run
from local.demo_flags import read_as_client
from local.permissions import taken_away
from local.site import FLAG, Site, alarm_event, new_flags, other_alarm
from tests.workflow.told import only, outcomes, states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

ON: dict[str, Any] = {
    "version": "1",
    "flags": {FLAG: {"name": FLAG}, "other": {"name": "other"}},
    "values": {FLAG: {"enabled": True}, "other": {"enabled": True}},
}
OFF: dict[str, Any] = {**ON, "values": {FLAG: {"enabled": False}, "other": {"enabled": True}}}


def _site(cloud: EmbeddedCloud, name: str, **parameters: str) -> Site:
    flags = new_flags(cloud, ON, profile_type="AWS.AppConfig.FeatureFlags")
    return Site.build(cloud, flags, name, **parameters)


@pytest.fixture(scope="module")
def site(cloud: EmbeddedCloud) -> Site:
    return _site(cloud, "experiments")


def _clients_get(site: Site, flag: str = FLAG) -> bool:
    return bool(read_as_client(site.cloud, site.flags)[flag]["enabled"])


def _metrics(site: Site) -> set[tuple[str, ...]]:
    listed = site.cloud.client("cloudwatch").list_metrics(Namespace="FeatureFlags")["Metrics"]
    return {(one["MetricName"], *(d["Value"] for d in one["Dimensions"])) for one in listed}


def test_a_flag_that_only_an_experiment_shows_goes_off_by_stopping_the_experiment(
    site: Site,
) -> None:
    version = site.release(OFF)
    run = start_run(site.cloud, site.flags, FLAG)
    assert _clients_get(site), "whatever is deployed"

    ended = site.run(alarm_event())

    assert not _clients_get(site)
    result = run.read()
    noted = {
        "definition": run.definition_id,
        "name": result["ExperimentDefinitionSnapshot"]["Name"],
        "run": run.number,
    }
    assert ended.output == {
        "outcome": "experiment_stopped",
        "flags": [{"flag": FLAG, "outcome": "experiment_stopped", "stoppedExperiment": noted}],
        "reason": ended.output["reason"],
        "fromVersion": version,
        "toVersion": None,
        "deploymentNumber": None,
        "alarmName": f"FeatureFlag-{FLAG}-ErrorRate",
    }
    assert result["Status"] == "DONE"
    mark = read_mark(result["Result"]["ReasonsNotToLaunch"])
    assert mark
    assert mark.written_by(ended.arn.rpartition(":")[2])
    (notice,) = site.notices(ended.arn)
    assert (notice["outcome"], notice["stoppedExperiments"]) == ("experiment_stopped", [noted])
    assert max(site.versions()) == version, "nothing was written"
    assert {("AutomatedRollback", FLAG), ("AlarmToFlagOff",)} <= _metrics(site)


def test_a_flag_that_is_on_is_turned_off_in_what_is_deployed_before_its_experiment_is_stopped(
    site: Site,
) -> None:
    site.release(ON)
    run = start_run(site.cloud, site.flags, FLAG)

    ended = site.run(alarm_event())

    assert ended.output["outcome"] == "rolled_back"
    assert only(ended.output)["stoppedExperiment"]["run"] == run.number
    assert not _clients_get(site)
    assert site.served()["values"][FLAG]["enabled"] is False
    deployment: Any = site.deployment(ended.output["deploymentNumber"])
    completed, stopped = deployment["CompletedAt"], run.read()["EndedAt"]
    assert isinstance(completed, datetime)
    assert completed.replace(microsecond=0) <= stopped
    assert ended.states.index("CheckDeployment") < ended.states.index("StopExperiment")


def test_a_second_delivery_of_the_alarm_is_a_duplicate_and_told_nobody(site: Site) -> None:
    site.release(OFF)
    start_run(site.cloud, site.flags, FLAG)
    event = alarm_event()
    first = site.run(event)

    second = site.run(event)

    assert first.output["outcome"] == "experiment_stopped"
    assert second.output["outcome"] == "duplicate"
    assert len(site.notices(first.arn, second.arn)) == 1
    assert site.notices(second.arn, expected=0) == []


@pytest.fixture
def _no_alarm_starts_anything(site: Site) -> Iterator[None]:
    """Let alarms fire without an execution, so that the test decides which one goes first."""
    events, rule = site.cloud.client("events"), site.stack.outputs["AlarmRuleName"]
    events.disable_rule(Name=rule)
    yield
    site.cloud.client("cloudwatch").delete_alarms(AlarmNames=["FeatureFlag-other-ErrorRate"])
    events.enable_rule(Name=rule)


@pytest.mark.usefixtures("_no_alarm_starts_anything")
def test_a_flag_that_went_off_with_another_one_loses_its_experiment_too(site: Site) -> None:
    site.release(ON)
    start_run(site.cloud, site.flags, "other")
    other_alarm(site.cloud, "FeatureFlag-other-ErrorRate", "ALARM")
    event = alarm_event("other")
    assert site.run(alarm_event()).output["outcome"] == "rolled_back"
    assert site.served()["values"]["other"]["enabled"] is False
    assert _clients_get(site, "other"), "its own execution stops the experiment"

    ended = site.run(event)

    assert (ended.output["outcome"], "sweptBy" in only(ended.output)) == ("rolled_back", True)
    assert only(ended.output)["stoppedExperiment"]
    assert not _clients_get(site, "other")


def test_a_rollout_that_was_stopped_leaves_no_experiment_behind(site: Site) -> None:
    site.release(OFF)
    run = start_run(site.cloud, site.flags, FLAG)
    site.roll_out(ON)

    ended = site.run(alarm_event())

    assert ended.output["outcome"] == "rollout_stopped"
    assert only(ended.output)["stoppedExperiment"]["run"] == run.number
    assert not _clients_get(site)


def test_another_flags_experiment_goes_on(site: Site) -> None:
    site.release(ON)
    run = start_run(site.cloud, site.flags, "other")

    ended = site.run(alarm_event())

    assert outcomes(ended.output) == {FLAG: "rolled_back"}
    assert "stoppedExperiment" not in only(ended.output)
    assert run.read()["Status"] == "RUNNING"
    run.stop()


def test_an_experiment_that_shows_the_flag_to_nobody_goes_on(site: Site) -> None:
    site.release(OFF)
    run = start_run(site.cloud, site.flags, FLAG, treatments=[False])

    assert site.run(alarm_event()).output["outcome"] == "already_off"
    assert run.read()["Status"] == "RUNNING"
    run.stop()


@pytest.mark.parametrize("deployed", [ON, OFF], ids=["on", "off"])
def test_who_only_wants_to_be_told_is_told_that_the_run_would_be_stopped(
    site: Site, deployed: dict[str, Any]
) -> None:
    document = copy.deepcopy(deployed)
    document["values"][FLAG]["rollback"] = "notify"
    site.release(document)
    run = start_run(site.cloud, site.flags, FLAG)

    ended = site.run(alarm_event())

    assert ended.output["outcome"] == "dry_run"
    assert _clients_get(site)
    assert run.read()["Status"] == "RUNNING"
    run.stop()


def test_a_run_that_cannot_be_stopped_is_red_under_a_name_of_its_own(site: Site) -> None:
    site.release(OFF)
    run = start_run(site.cloud, site.flags, FLAG)

    with taken_away(site.cloud, site.stack, "StopExperimentFunction", "appconfig:StartDeployment"):
        failed = site.run(alarm_event())
        (notice,) = site.notices(failed.arn)

    assert failed.error == "ExperimentNotStoppedError"
    assert (states(notice), notice["failedState"]) == ({FLAG: "on"}, "StopExperiment")
    (shown,), (command,) = notice["experiments"], notice["stopExperimentCommands"]
    assert f"experiment {run.read()['ExperimentDefinitionSnapshot']['Name']!r}" in shown
    assert command == (
        f"aws appconfig stop-experiment-run --region {site.cloud.region} "
        f"--application-identifier {site.flags.application_id} "
        f"--experiment-definition-identifier {run.definition_id} --run {run.number}"
    )
    assert _clients_get(site)
    assert site.redrive(failed.arn).output["outcome"] == "experiment_stopped"
    assert not _clients_get(site)


def test_experiments_that_cannot_be_read_leave_the_flag_off_but_unconfirmed(site: Site) -> None:
    site.release(ON)
    action = "appconfig:ListExperimentDefinitions"

    with (
        taken_away(site.cloud, site.stack, "FetchConfigFunction", action),
        taken_away(site.cloud, site.stack, "CheckDeploymentFunction", action),
        taken_away(site.cloud, site.stack, "NotifyFailureFunction", action),
    ):
        failed = site.run(alarm_event())
        (notice,) = site.notices(failed.arn)

    assert (failed.error, notice["failedState"]) == ("PermissionDeniedError", "CheckDeployment")
    assert states(notice) == {FLAG: "unknown"}
    assert site.served()["values"][FLAG]["enabled"] is False, "it was deployed all the same"
    assert site.redrive(failed.arn).output["outcome"] == "rolled_back"


def test_a_stack_that_leaves_experiments_alone_is_red_until_a_person_stops_the_run(
    cloud: EmbeddedCloud,
) -> None:
    site = _site(cloud, "experiments-left", Experiments="leave")
    run = start_run(site.cloud, site.flags, FLAG)

    failed = site.run(alarm_event())

    assert failed.error == "ExperimentLeftRunningError"
    assert site.served()["values"][FLAG]["enabled"] is False
    assert (run.read()["Status"], _clients_get(site)) == ("RUNNING", True)
    (notice,) = site.notices(failed.arn)
    assert states(notice) == {FLAG: "on"}
    assert f"--run {run.number}" in notice["stopExperimentCommands"][0]
    run.stop()
    redriven = site.redrive(failed.arn).output
    assert (redriven["outcome"], "stoppedExperiment" in only(redriven)) == ("rolled_back", False)


def test_the_experiments_of_two_flags_of_one_alarm_are_both_stopped(site: Site) -> None:
    site.release(OFF)
    runs = {flag: start_run(site.cloud, site.flags, flag) for flag in (FLAG, "other")}

    ended = site.run(alarm_event(name="storefront", tags={"feature-flag": f"{FLAG} other"}))

    assert outcomes(ended.output) == {FLAG: "experiment_stopped", "other": "rolled_back"}
    stopped = {each["flag"]: each["stoppedExperiment"]["run"] for each in ended.output["flags"]}
    assert stopped == {flag: run.number for flag, run in runs.items()}
    assert [run.read()["Status"] for run in runs.values()] == ["DONE", "DONE"]
    assert not any(_clients_get(site, flag) for flag in runs)
    (notice,) = site.notices(ended.arn)
    assert len(notice["stoppedExperiments"]) == 2
