"""An alarm that guards several flags, by its tags or by its series: they go off together."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from flag_rollback.waiting import wait_for
from local.demo_alarms import breach_service, create_series_alarm, create_tagged_alarm
from local.demo_flags import create_alarm
from local.faults import Fault
from local.following import started_execution
from local.mailbox import mails
from local.site import DOCUMENT, FLAG, Site, alarm_event, new_flags
from tests.workflow.told import outcomes, states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

TWO = (FLAG, "search-v2")
TAG = {"feature-flag": " ".join(TWO)}
ALARM = "storefront"


def on(site: Site) -> set[str]:
    return {name for name, flag in site.served()["flags"].items() if flag["enabled"]}


def metrics(cloud: EmbeddedCloud) -> set[tuple[str, ...]]:
    listed = cloud.client("cloudwatch").list_metrics(Namespace="FeatureFlags")["Metrics"]
    return {(one["MetricName"], *(d["Value"] for d in one["Dimensions"])) for one in listed}


def test_a_tagged_alarm_turns_its_flags_off_by_one_deployment_and_one_notice(
    cloud: EmbeddedCloud,
) -> None:
    flags = new_flags(cloud, {"flags": {name: {"enabled": True} for name in ("a", "b", "c")}})
    site = Site.build(cloud, flags, "by-tag", NotificationEmail="on-call@example.com")
    create_tagged_alarm(cloud, "service-errors", {"feature-flag": "a b"})

    breach_service(cloud, "service-errors")
    run = site.await_end(started_execution(cloud, site.stack.outputs["StateMachineArn"]))

    assert run.output == {
        "outcome": "rolled_back",
        "flags": [
            {"flag": "a", "outcome": "rolled_back"},
            {"flag": "b", "outcome": "rolled_back"},
        ],
        "reason": run.output["reason"],
        "fromVersion": 1,
        "toVersion": 2,
        "deploymentNumber": 2,
        "alarmName": "service-errors",
    }
    assert on(site) == {"c"}
    assert len(site.deployments()) == len(site.versions()) == 2
    (notice,) = site.notices(run.arn)
    assert (notice["namedBy"], outcomes(notice)) == ("tag", outcomes(run.output))
    assert {("AutomatedRollback", "a"), ("AutomatedRollback", "b")} <= metrics(cloud)
    mail = wait_for(
        lambda: next((m for m in mails(cloud) if run.arn in m.text), None), "the mail", seconds=60
    )
    assert mail.subject == "OFF production 2 flags: rolled back (a, b)"
    assert "Its tags name the flags." in mail.text
    assert "flags=2" in str(site.deployment(2)["Description"])


def test_fail_fix_redrive(site: Site) -> None:
    deployments = len(site.deployments())
    site.cloud.faults.set(
        Fault("appconfig:CreateHostedConfigurationVersion", 403, "AccessDeniedException")
    )

    failed = site.run(alarm_event(name=ALARM, tags=TAG))

    assert failed.error == "PermissionDeniedError"
    (notice,) = site.notices(failed.arn)
    assert (notice["failedState"], states(notice)) == (
        "CreateVersion",
        dict.fromkeys(TWO, "on"),
    )
    site.cloud.faults.clear()
    fixed = site.redrive(failed.arn)
    assert outcomes(fixed.output) == dict.fromkeys(TWO, "rolled_back")
    assert on(site) == set()
    assert len(site.deployments()) == deployments + 1
    (notice,) = site.notices(failed.arn)
    assert outcomes(notice) == outcomes(fixed.output)


def test_what_became_of_each_flag_is_told(site: Site) -> None:
    document: dict[str, Any] = {
        "flags": {
            "on": {"enabled": True},
            "off": {"enabled": False},
            "left": {"enabled": True, "metadata": {"rollback": "off"}},
            "told": {"enabled": True, "metadata": {"rollback": "notify"}},
        }
    }
    site.release(document)
    names = ["on", "off", "left", "told", "gone"]

    run = site.run(alarm_event(name=ALARM, tags={"feature-flag": " ".join(names)}))

    expected = ["rolled_back", "already_off", "opted_out", "dry_run", "not_found"]
    assert outcomes(run.output) == dict(zip(names, expected, strict=True))
    assert run.output["outcome"] == "rolled_back"
    assert on(site) == {"left", "told"}
    (notice,) = site.notices(run.arn)
    assert outcomes(notice) == outcomes(run.output)


def test_where_none_of_the_names_exists_the_run_is_red(site: Site) -> None:
    run = site.run(alarm_event(name=ALARM, tags={"feature-flag": "gone neither"}))

    assert run.error == "FlagNotFoundError"


def test_a_second_delivery_is_a_duplicate_and_the_next_transition_is_not(site: Site) -> None:
    event = alarm_event(name=ALARM, tags=TAG)
    assert site.run(event).output["outcome"] == "rolled_back"
    deployments = len(site.deployments())

    assert site.run(event).output["outcome"] == "duplicate"
    assert site.run(alarm_event(name=ALARM, tags=TAG)).output["outcome"] == "already_off"
    assert len(site.deployments()) == deployments


def test_two_alarms_with_a_flag_in_common_turn_all_their_flags_off(site: Site) -> None:
    site.release({"flags": {name: {"enabled": True} for name in ("a", "b", "c")}})

    executions = [
        site.start(alarm_event(name=name, tags={"feature-flag": flags}))
        for name, flags in (("one", "a b"), ("other", "b c"))
    ]
    ends = [site.await_end(each) for each in executions]

    assert [end.status for end in ends] == ["SUCCEEDED", "SUCCEEDED"]
    assert on(site) == set()
    assert len(site.notices(*executions, expected=2)) == 2


@pytest.mark.parametrize(("policy", "outcome"), [("notify", "dry_run"), ("off", "ignored")])
def test_an_alarm_s_tag_holds_the_rollback_back(site: Site, policy: str, outcome: str) -> None:
    versions = site.versions()

    run = site.run(alarm_event(name=ALARM, tags=TAG | {"feature-flag-rollback": policy}))

    assert run.output["outcome"] == outcome
    assert site.versions() == versions


def test_the_tags_of_an_alarm_that_is_known_by_its_name_are_read_where_they_stay_at_home(
    site: Site,
) -> None:
    flag = "held-back"
    site.release({"flags": {flag: {"enabled": True}}})
    cloudwatch = site.cloud.client("cloudwatch")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[create_alarm(site.cloud, flag)])[
        "MetricAlarms"
    ]
    cloudwatch.tag_resource(
        ResourceARN=alarm["AlarmArn"],
        Tags=[{"Key": "feature-flag-rollback", "Value": "notify"}],
    )

    run = site.run(alarm_event(flag))

    assert run.output["outcome"] == "dry_run"
    assert json.loads(run.state_data["Done"])["config"]["aboutTags"] is None


def test_tags_that_failed_to_come_along_are_read(site: Site) -> None:
    create_tagged_alarm(site.cloud, "unread", TAG)
    event = alarm_event(name="unread", tags={})
    event["detail"] |= {"alarmTagsStatus": "RETRIEVAL_FAILED"}

    run = site.run(event)

    assert outcomes(run.output) == dict.fromkeys(TWO, "rolled_back")


@pytest.mark.parametrize("flag", [FLAG, "of-another-stack"])
def test_an_alarm_of_series_that_opted_out_by_its_tag_does_nothing(site: Site, flag: str) -> None:
    """`make verify-aws` rests on it: every rollback stack of an account hears its alarm."""
    arn = create_series_alarm(site.cloud, "left-alone")
    site.cloud.client("cloudwatch").tag_resource(
        ResourceARN=arn, Tags=[{"Key": "feature-flag-rollback", "Value": "off"}]
    )
    deployments = len(site.deployments())

    run = site.run(alarm_event(name="left-alone", contributor={"FeatureFlagName": flag}))

    assert run.output["outcome"] == "ignored"
    assert len(site.deployments()) == deployments
    assert site.notices(run.arn, expected=0) == []


@pytest.fixture
def _no_alarm_starts_anything(site: Site) -> Iterator[None]:
    """Let alarms fire without an execution, so that the test decides which one goes first."""
    events, rule = site.cloud.client("events"), site.stack.outputs["AlarmRuleName"]
    events.disable_rule(Name=rule)
    yield
    events.enable_rule(Name=rule)


@pytest.mark.usefixtures("_no_alarm_starts_anything")
def test_the_series_of_one_alarm_that_fire_go_off_together(site: Site) -> None:
    create_series_alarm(site.cloud, "by-flag-together")
    series = [{"FeatureFlagName": flag} for flag in TWO]
    site.cloud.contributors.set("by-flag-together", series)
    deployments = len(site.deployments())
    first, second = (alarm_event(name="by-flag-together", contributor=each) for each in series)

    one, other = site.run(first), site.run(second)

    assert outcomes(one.output) == {FLAG: "rolled_back"}
    (told,) = other.output["flags"]
    assert (told["outcome"], told["sweptBy"]) == ("rolled_back", one.description["name"])
    assert on(site) == set()
    assert len(site.deployments()) == deployments + 1
    notices = {
        notice["executionArn"]: notice for notice in site.notices(one.arn, other.arn, expected=2)
    }
    assert notices[one.arn]["sweptFlags"] == 1
    assert notices[one.arn]["namedBy"] == "contributor"


def test_an_old_event_of_a_series_acts_only_while_that_series_is_in_alarm(site: Site) -> None:
    alarm, (quiet, firing) = "by-flag-old", TWO
    create_series_alarm(site.cloud, alarm)
    old = datetime.now(UTC) - timedelta(minutes=20)
    known = frozenset(site.executions())
    site.cloud.contributors.set(alarm, [{"FeatureFlagName": firing}])
    site.await_end(
        started_execution(site.cloud, site.stack.outputs["StateMachineArn"], known=known)
    )
    site.release(DOCUMENT)

    ignored, acted = (
        site.run(alarm_event(name=alarm, at=old, contributor={"FeatureFlagName": flag}))
        for flag in (quiet, firing)
    )

    assert ignored.output["outcome"] == "ignored"
    assert acted.output["outcome"] == "rolled_back"


def test_state_data_of_twenty_flags_is_small(site: Site) -> None:
    flags = [f"a-flag-with-a-long-name-{number:02}" for number in range(20)]
    site.release({"flags": {flag: {"enabled": True} for flag in flags}})
    tags = {"feature-flag": " ".join(flags[:9]), "feature-flag-2": " ".join(flags[9:18])}
    tags |= {"feature-flag-3": " ".join(flags[18:])}

    run = site.run(alarm_event(name=ALARM, tags=tags))

    assert outcomes(run.output) == dict.fromkeys(flags, "rolled_back")
    assert max(map(len, run.state_data.values())) < 8 * 1024
    assert len(site.notices(run.arn)) == 1
