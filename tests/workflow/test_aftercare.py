"""What becomes of a rollback is told: the watch on the embedded cloud, with its real roles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from appconfig_rollback.aftercare.watch import machine_of_watches, watch_of
from flag_rollback.cli import main
from flag_rollback.waiting import wait_for
from local.demo_alarms import create_series_alarm
from local.demo_experiments import start_run
from local.faults import Fault
from local.following import started_execution
from local.site import EndedExecution, Site, alarm_event, new_flags, other_alarm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

PREFIX = "After-"
ON = {"enabled": True}


@pytest.fixture(scope="module")
def watching(cloud: EmbeddedCloud) -> Site:
    """A stack that watches for three minutes, which are less than four seconds here."""
    more = {"WatchMinutes": "3", "AlarmNamePrefix": PREFIX, "SweepSeconds": "0"}
    return Site.build(cloud, new_flags(cloud), "watching", **more)


@pytest.fixture(autouse=True)
def _no_faults(cloud: EmbeddedCloud) -> Iterator[None]:
    """No test leaves a fault, or a step that is held, to the next one."""
    yield
    cloud.faults.clear()


def fire(site: Site, flag: str) -> EndedExecution:
    """Release a flag and have its alarm fire; follow the rollback that it starts.

    Each test has a flag and an alarm of its own. The watch's looks are held until `watched` is
    called: what happens in between is there at the first look.
    """
    site.release({"flags": {flag: ON}})
    site.hold("LookAfter")
    known = frozenset(site.executions())
    other_alarm(site.cloud, alarm(flag), "ALARM")
    machine = site.stack.outputs["StateMachineArn"]
    run = site.await_end(started_execution(site.cloud, machine, known=known))
    assert run.output["outcome"] == "rolled_back"
    return run


def alarm(flag: str) -> str:
    return f"{PREFIX}{flag}-ErrorRate"


def watched(site: Site, run: EndedExecution) -> EndedExecution:
    """Let the watch over a rollback look, and follow it to its end."""
    site.let_go("LookAfter")
    arn = watch_of(run.arn)
    wait_for(lambda: arn in watches(site, run.arn), f"the watch {arn}", seconds=60)
    return site.await_end(arn)


def watches(site: Site, rollback: str) -> list[str]:
    listed = site.cloud.client("stepfunctions").list_executions(
        stateMachineArn=machine_of_watches(rollback)
    )
    return [each["executionArn"] for each in listed["executions"]]


def aftercare(site: Site, run: EndedExecution, expected: int = 1) -> list[dict[str, Any]]:
    """Wait for what was told of a rollback after its own notice."""
    found = site.notices(run.arn, expected=expected + 1)
    return [each for each in found if each["action"] == "aftercare"]


def helped(site: Site, flag: str) -> set[str]:
    """The results that were counted for a flag."""
    metrics = site.cloud.client("cloudwatch").list_metrics(MetricName="RollbackHelped")["Metrics"]
    found = [{each["Name"]: each["Value"] for each in one["Dimensions"]} for one in metrics]
    return {each["Result"] for each in found if each["FeatureFlagName"] == flag}


def test_an_alarm_that_recovers_is_told_once_and_measured(watching: Site) -> None:
    run = fire(watching, "recovers")
    watching.cloud.client("cloudwatch").set_alarm_state(
        AlarmName=alarm("recovers"), StateValue="OK", StateReason="all is well"
    )

    watch = watched(watching, run)

    assert watch.output["told"] == ["recovered"]
    (told,) = aftercare(watching, run)
    assert told["outcome"] == "recovered"
    assert (told["action"], told["environmentName"]) == ("aftercare", "production")
    assert told["flags"] == [{"flag": "recovers", "state": "off"}]
    assert [each["reason"] for each in told["alarms"]] == ["all is well"]
    assert told["secondsToRecovery"] >= 0
    assert told["deploymentNumber"] == run.output["deploymentNumber"]
    assert helped(watching, "recovers") == {"recovered"}


def test_an_alarm_that_still_fires_is_told_when_the_time_is_over(watching: Site) -> None:
    run = fire(watching, "fires-on")

    watch = watched(watching, run)

    assert (watch.output["told"], watch.output["waitedSeconds"]) == (["still_firing"], 180)
    (told,) = aftercare(watching, run)
    assert told["outcome"] == "still_firing"
    assert told["flags"] == [{"flag": "fires-on", "state": "off"}]
    assert helped(watching, "fires-on") == {"still_firing"}


def test_of_an_alarm_without_data_nothing_is_said(watching: Site) -> None:
    run = fire(watching, "silent")
    watching.cloud.client("cloudwatch").set_alarm_state(
        AlarmName=alarm("silent"), StateValue="INSUFFICIENT_DATA", StateReason="no data"
    )

    assert watched(watching, run).output["told"] == ["no_data"]

    (told,) = aftercare(watching, run)
    assert told["recoveredAt"] is told["secondsToRecovery"] is None
    assert helped(watching, "silent") == {"no_data"}


def test_a_pipeline_that_turns_the_flag_on_again_is_told_at_once_and_the_end_besides(
    watching: Site,
) -> None:
    run = fire(watching, "released-again")
    document = watching.served()
    document["flags"]["released-again"]["enabled"] = True
    version = watching.release(document)
    (newest, *_) = watching.deployments()

    watch = watched(watching, run)

    assert watch.output["told"] == ["turned_on_again", "still_firing"]
    first, last = aftercare(watching, run, expected=2)
    assert first["outcome"] == "turned_on_again"
    assert first["flags"] == [{"flag": "released-again", "state": "on"}]
    again = first["turnedOnAgain"]
    assert (again["version"], again["deploymentNumber"]) == (version, newest["DeploymentNumber"])
    assert [each["state"] for each in first["alarms"]] == ["ALARM"]
    assert last["flags"] == [{"flag": "released-again", "state": "on"}]
    assert helped(watching, "released-again") == {"turned_on_again"}


def test_a_fault_in_aftercare_is_red_and_leaves_the_rollback_green(watching: Site) -> None:
    look = Fault("cloudwatch:DescribeAlarms", 403, "AccessDenied")
    run = fire(watching, "faulty")
    watching.cloud.faults.set(look)
    watch = watched(watching, run)
    watching.cloud.faults.clear()

    assert (watch.status, watch.error) == ("FAILED", "PermissionDeniedError")
    assert watching.await_end(run.arn).status == "SUCCEEDED"
    assert [each["action"] for each in watching.notices(run.arn)] == ["rollback"]
    assert watching.redrive(watch.arn).output["told"] == ["still_firing"]


def test_news_that_come_twice_begin_one_watch(watching: Site) -> None:
    run = fire(watching, "twice")
    watch = watched(watching, run)
    cloud = watching.cloud
    function = cloud.client("cloudformation").describe_stack_resource(
        StackName="watching", LogicalResourceId="StartAftercareFunction"
    )["StackResourceDetail"]["PhysicalResourceId"]
    # Without the output, as an event is that is too long for EventBridge.
    event = {"detail": {"executionArn": run.arn, "output": None}}

    answer = cloud.client("lambda").invoke(
        FunctionName=function, Payload=json.dumps(event).encode()
    )

    told = json.loads(answer["Payload"].read())
    assert told == {"begun": False, "reason": "it is watched already"}
    assert watches(watching, run.arn).count(watch.arn) == 1


def test_news_that_cannot_be_delivered_wait_in_the_queue_of_aftercare(
    cloud: EmbeddedCloud,
) -> None:
    more = {"WatchMinutes": "2", "AlarmNamePrefix": "Missed-"}
    site = Site.build(cloud, new_flags(cloud, {"flags": {"missed": ON}}), "missed", **more)
    function, queue = (
        cloud.client("cloudformation").describe_stack_resource(
            StackName="missed", LogicalResourceId=name
        )["StackResourceDetail"]["PhysicalResourceId"]
        for name in ("StartAftercareFunction", "AftercareDeadLetterQueue")
    )
    cloud.client("lambda").delete_function(FunctionName=function)

    run = site.run(alarm_event("missed", name="Missed-missed-ErrorRate"))

    assert run.output["outcome"] == "rolled_back"
    sqs = cloud.client("sqs")
    (letter,) = wait_for(
        lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), "the letter", seconds=60
    )
    assert json.loads(letter["Body"])["detail"]["executionArn"] == run.arn
    assert watches(site, run.arn) == []


def test_what_turned_nothing_off_itself_is_not_watched(watching: Site) -> None:
    off = alarm_event("off-already", name=alarm("off-already"))
    watching.release({"flags": {"off-already": {"enabled": False}}})
    run = watching.run(off)
    assert run.output["outcome"] == "already_off"
    before = watches(watching, run.arn)

    ended = fire_by_hand_and_watch(watching)

    # The later one was watched, and so the earlier one would have been by now.
    assert set(watches(watching, run.arn)) - set(before) == {watch_of(ended.arn)}


def fire_by_hand_and_watch(site: Site) -> EndedExecution:
    site.release({"flags": {"drill": {"enabled": True}}})
    run = site.run(alarm_event("drill", name=alarm("drill")))
    watch = watched(site, run)
    # Nobody has made this alarm: nothing can be said of it.
    assert watch.output["told"] == ["no_data"]
    return run


def test_many_alarms_start_as_many_watches_as_there_were_deployments(
    cloud: EmbeddedCloud,
) -> None:
    names = [f"flag-{number}" for number in range(8)]
    flags = new_flags(cloud, {"flags": {name: {"enabled": True} for name in names}})
    more = {"WatchMinutes": "2", "AlarmNamePrefix": "Many-"}
    site = Site.build(cloud, flags, "watching-many", **more)
    site.hold("CreateVersion")
    for name in names:
        other_alarm(cloud, f"Many-{name}-ErrorRate", "ALARM")
    wait_for(lambda: len(site.executions()) == len(names), "all executions", seconds=60)
    site.let_go("CreateVersion")

    ended = [site.await_end(arn, seconds=120) for arn in site.executions()]

    assert {run.output["outcome"] for run in ended} == {"rolled_back"}
    made = [run for run in ended if any("sweptBy" not in each for each in run.output["flags"])]
    deployments = site.deployments()[:-1]  # the oldest released the flags
    runs = [watched(site, run) for run in made]
    assert len(watches(site, ended[0].arn)) == len(made) == len(deployments)
    seen = [each["flag"] for run in runs for each in run.output["flags"]]
    assert sorted(seen) == sorted(names)
    assert sum(len(run.output["alarms"]) for run in runs) == len(names)


def test_the_series_of_one_alarm_are_watched_together(cloud: EmbeddedCloud) -> None:
    document = {"flags": {name: {"enabled": True} for name in ("a", "b")}}
    more = {"WatchMinutes": "2", "AlarmNamePrefix": "Series-"}
    site = Site.build(cloud, new_flags(cloud, document), "watching-series", **more)
    site.hold("LookAfter")
    create_series_alarm(cloud, "watched-by-flag")
    cloud.contributors.set("watched-by-flag", [{"FeatureFlagName": name} for name in ("a", "b")])
    wait_for(lambda: len(site.executions()) == 2, "an execution for each", seconds=60)
    ended = [site.await_end(arn, seconds=120) for arn in site.executions()]
    made = [run for run in ended if any("sweptBy" not in each for each in run.output["flags"])]
    cloud.contributors.set("watched-by-flag", [{"FeatureFlagName": "b"}], state="OK")

    seen = [each for run in made for each in watched(site, run).output["alarms"]]

    assert {each["series"]: each["state"] for each in seen} == {"a": "ALARM", "b": "OK"}


def test_an_experiment_that_shows_the_flag_again_is_told_and_a_label_is_read(
    cloud: EmbeddedCloud,
) -> None:
    document = {"version": "1", "flags": {"exp": {"name": "exp"}}, "values": {"exp": ON}}
    flags = new_flags(cloud, document, profile_type="AWS.AppConfig.FeatureFlags")
    more = {"WatchMinutes": "3", "AlarmNamePrefix": "Exp-"}
    site = Site.build(cloud, flags, "watching-experiments", **more)
    site.hold("LookAfter")
    run = site.run(alarm_event("exp", name="Exp-exp-ErrorRate"))
    off = {**document, "values": {"exp": {"enabled": False}}}
    release_by_label(site, "off-again", off)
    experiment = start_run(cloud, site.flags, "exp")

    watch = watched(site, run)

    again = watch.output["turnedOnAgain"]
    assert (again["flags"], again["deploymentNumber"]) == (["exp"], None)
    assert experiment.read()["ExperimentDefinitionSnapshot"]["Name"] in again["reason"]


def release_by_label(site: Site, label: str, document: object) -> None:
    """Release a document as a version with a label, by that label."""
    appconfig = site.cloud.client("appconfig")
    appconfig.create_hosted_configuration_version(
        ApplicationId=site.flags.application_id,
        ConfigurationProfileId=site.flags.profile_id,
        Content=json.dumps(document).encode(),
        ContentType="application/json",
        VersionLabel=label,
    )
    number = appconfig.start_deployment(
        **site.environment,
        ConfigurationProfileId=site.flags.profile_id,
        ConfigurationVersion=label,
        DeploymentStrategyId=site.flags.strategy_id,
    )["DeploymentNumber"]
    wait_for(lambda: site.deployment(number)["State"] == "COMPLETE", label, seconds=60)


def test_what_became_of_a_rollback_is_in_inspect_and_executions(watching: Site) -> None:
    run = fire(watching, "inspected")
    watched(watching, run)
    place = ["--stack", "watching", "--json"]
    runner = CliRunner(env=watching.cloud.environment())

    inspected = json.loads(runner.invoke(main, ["inspect", run.arn, *place]).stdout)
    listed = json.loads(runner.invoke(main, ["executions", "--flag", "inspected", *place]).stdout)
    words = runner.invoke(main, ["inspect", run.arn, "--stack", "watching"]).stdout

    (one,) = listed["executions"]
    assert inspected["aftercare"] == one["aftercare"]
    assert one["aftercare"]["results"] == ["still_firing"]
    assert one["told"].endswith("; its alarm still fired at the end: probably not this flag")
    assert "afterwards" in words
