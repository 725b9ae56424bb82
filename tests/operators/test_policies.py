"""The policy of each command allows what the command calls at its busiest, and nothing else."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from flag_rollback.cli import main
from flag_rollback.waiting import wait_for
from local.cloud import EmbeddedCloud
from local.demo_alarms import create_series_alarm
from local.demo_experiments import start_run
from local.demo_flags import create_alarm
from local.faults import Fault
from local.following import started_execution
from local.operators import Operators
from local.policies import DEPLOYER, names, policy
from local.site import DOCUMENT, FLAG, Site, alarm_event, new_flags, other_alarm
from local.template_permissions import as_list
from proofs.permissions.calls import keep
from tests.operators.profiles import feature_flags
from tests.operators.test_dashboard import ask
from tests.operators.test_dashboard_command import dashboard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.operators.person import Person

ON, OFF = feature_flags(new_checkout=True), feature_flags(new_checkout=False)
WHY = ("--reason", "fixed", "--yes")
#: Whoever has credentials may ask who they are (STS API reference, GetCallerIdentity).
NEEDS_NOTHING = {"sts:GetCallerIdentity"}
#: What a stack with monitors or keys takes besides.
ADDITIONS = ("keys", "monitors")
ROLE = "arn:aws:iam::123456789012:role/monitors"
KEY = "arn:aws:kms:us-east-1:123456789012:key/theirs"


@pytest.fixture(scope="module")
def cloud() -> Iterator[EmbeddedCloud]:
    with EmbeddedCloud(iam=True, wait_scale=0.02) as running:
        yield running


@pytest.fixture(scope="module")
def shared_site(cloud: EmbeddedCloud) -> Site:
    """Feature flags, whose rollbacks are watched, and which an alarm that is muted guards, too."""
    flags = new_flags(cloud, json.loads(OFF), profile_type="AWS.AppConfig.FeatureFlags")
    site = Site.build(cloud, flags, "permitted", WatchMinutes="15")
    create_alarm(cloud, FLAG)
    other_alarm(cloud, "muted", "OK")
    cloud.client("cloudwatch").put_alarm_mute_rule(
        Name="weekend",
        Rule={"Schedule": {"Expression": "cron(* * * * *)", "Duration": "PT1H"}},
        MuteTargets={"AlarmNames": ["muted"]},
    )
    return site


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    """The flag is on, by a version with a label, and an experiment shows it."""
    _release(shared_site, ON)
    run = start_run(shared_site.cloud, shared_site.flags, FLAG)
    yield shared_site
    if run.read()["Status"] == "RUNNING":
        run.stop()


def _release(site: Site, text: str, key: str = "") -> None:
    """Release a document by its version's label, encrypted with a key if one is given."""
    appconfig, profile = site.cloud.client("appconfig"), site.flags.profile_id
    label = f"release-{len(site.versions())}"
    appconfig.create_hosted_configuration_version(
        ApplicationId=site.flags.application_id,
        ConfigurationProfileId=profile,
        Content=text.encode(),
        ContentType="application/json",
        VersionLabel=label,
    )
    encrypted = {"KmsKeyIdentifier": key} if key else {}
    number = appconfig.start_deployment(
        **site.environment,
        ConfigurationProfileId=profile,
        ConfigurationVersion=label,
        DeploymentStrategyId=site.flags.strategy_id,
        **encrypted,  # type: ignore[arg-type]
    )["DeploymentNumber"]
    wait_for(lambda: site.deployment(number)["State"] == "COMPLETE", label, seconds=60)


def _alarm(site: Site, person: Person) -> None:  # noqa: ARG001
    person.types("alarm", FLAG, "--namespace", "Shop")


def _executions(site: Site, person: Person) -> None:
    site.run(alarm_event())
    person.types("executions")


def _inspect(site: Site, person: Person) -> None:
    person.types("inspect", "latest")
    site.run(alarm_event())
    person.types("inspect", "latest", "--html", "page.html")


def _redrive(site: Site, person: Person) -> None:
    action = "appconfig:CreateHostedConfigurationVersion"
    site.cloud.faults.set(Fault(action, 403, "AccessDeniedException"))
    failed = site.run(alarm_event())
    assert failed.status == "FAILED"
    site.cloud.faults.clear()
    person.types("redrive", "latest", "--yes", "--follow")
    person.types("redrive", "--all-failed", "--yes", "--follow")


def _drill(site: Site, person: Person) -> None:  # noqa: ARG001
    person.types("drill", FLAG, "--max-percentage", "100", "--yes")


def _off(site: Site, person: Person) -> None:
    person.types("off", FLAG, *WHY)
    site.roll_out(json.loads(ON))
    person.types("off", FLAG, *WHY)


def _restore(site: Site, person: Person) -> None:
    tagged, cloudwatch = "storefront", site.cloud.client("cloudwatch")
    site.run(alarm_event(name=tagged, tags={"feature-flag": FLAG}))
    other_alarm(site.cloud, tagged, "ALARM")
    arn = f"arn:aws:cloudwatch:{site.cloud.region}:{site.cloud.account_id}:alarm:{tagged}"
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "feature-flag", "Value": FLAG}])
    person.types("restore", FLAG, *WHY, exit_code=1)
    cloudwatch.delete_alarms(AlarmNames=[tagged])
    site.release(ON)
    alarm, series = "by-flag", {"FeatureFlagName": FLAG}
    create_series_alarm(site.cloud, alarm)
    known = frozenset(site.executions())
    site.cloud.contributors.set(alarm, [series])
    machine = site.stack.outputs["StateMachineArn"]
    site.await_end(started_execution(site.cloud, machine, known=known))
    person.types("restore", FLAG, *WHY, exit_code=1)
    site.cloud.contributors.set(alarm, [series], state="OK")
    run = start_run(site.cloud, site.flags, FLAG, treatments=[False])
    person.types("restore", FLAG, *WHY, "--strategy", "at-once", "--follow")
    run.stop()


def _doctor(site: Site, person: Person) -> None:
    site.run(alarm_event())  # what it knows of an execution, it looks up; this one stops the run
    run = start_run(site.cloud, site.flags, FLAG)
    person.types("doctor")
    run.stop()


def _replay(site: Site, person: Person) -> None:
    run = site.run(alarm_event("no-such-flag"))
    event = {
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": run.arn,
            "status": "FAILED",
            "error": "FlagNotFoundError",
            "input": run.description["input"],
        },
    }
    for letter in (alarm_event(), {"requestPayload": event, "responsePayload": {}}):
        site.cloud.client("sqs").send_message(
            QueueUrl=site.stack.outputs["DeadLetterQueueUrl"], MessageBody=json.dumps(letter)
        )
    person.types("replay", "--yes")
    site.cloud.client("sqs").send_message(
        QueueUrl=site.stack.outputs["DeadLetterQueueUrl"], MessageBody=json.dumps(alarm_event())
    )
    person.types("replay", answers="n\n", exit_code=1)


def _dashboard(site: Site, person: Person) -> None:
    assert person.operators
    as_user = person.operators.user("dashboard").environment
    with patch.dict(os.environ, as_user), dashboard(site) as (address, _):
        ask(address, "/flags")
        name = site.run(alarm_event()).arn.rpartition(":")[2]
        for page in ("/", f"/?flag={FLAG}", f"/runs/{name}/", "/flags"):
            ask(address, page)
    person.operators.assert_nothing_was_denied("dashboard")


SCENES: dict[str, Callable[[Site, Person], None]] = {
    "alarm": _alarm,
    "dashboard": _dashboard,
    "doctor": _doctor,
    "drill": _drill,
    "executions": _executions,
    "inspect": _inspect,
    "off": _off,
    "redrive": _redrive,
    "replay": _replay,
    "restore": _restore,
}


def _granted(command: str) -> set[str]:
    statements = policy(command)["Statement"]
    return {action for each in statements for action in as_list(each["Action"])}


def test_every_command_has_a_policy_and_a_scene_and_no_other_policy_is_there() -> None:
    assert set(main.commands) == set(SCENES)
    assert set(names()) == {*SCENES, *ADDITIONS, *DEPLOYER}


@pytest.mark.cloud
@pytest.mark.parametrize("command", SCENES)
def test_a_command_calls_all_that_its_policy_allows_and_nothing_else(
    command: str, site: Site, person: Person, operators: Operators
) -> None:
    SCENES[command](site, person)

    called = {question.action for question in operators.user(command).asked} - NEEDS_NOTHING
    keep(command, operators.user(command))
    granted = _granted(command)
    assert called - granted == set(), f"policies/{command}.json lacks what was called"
    assert granted - called == set(), (
        f"policies/{command}.json allows what was not called: take it out, or let the scene call it"
    )


@pytest.mark.cloud
def test_with_monitors_and_keys_two_more_policies_are_needed(
    cloud: EmbeddedCloud, person: Person
) -> None:
    flags = new_flags(cloud)
    more = Site.build(cloud, flags, "permitted-more", MonitorRoleArns=ROLE, KmsKeyArns=KEY)
    _release(more, json.dumps(DOCUMENT), KEY)
    other_alarm(cloud, "firing", "ALARM")
    alarm = f"arn:aws:cloudwatch:{cloud.region}:{cloud.account_id}:alarm:firing"
    cloud.client("appconfig").update_environment(
        **more.environment, Monitors=[{"AlarmArn": alarm, "AlarmRoleArn": ROLE}]
    )
    operators = Operators(cloud, more.stack, *ADDITIONS)

    replace(person, stack=more.stack.name, operators=operators).types("off", FLAG, *WHY)

    called = {question.action for question in operators.user("off").asked} - NEEDS_NOTHING
    additions = set().union(*map(_granted, ADDITIONS))
    for name in ADDITIONS:
        keep(name, operators.user("off"), _granted(name))
    assert additions <= called <= additions | _granted("off")


@pytest.mark.cloud
def test_a_call_that_the_policy_lacks_is_noticed(
    site: Site, person: Person, operators: Operators
) -> None:
    user = operators.user("executions")
    iam = site.cloud.client("iam")
    weaker = {**policy("executions"), "Statement": []}
    weaker["Statement"] = [
        {"Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": "*"}
    ]
    name = user.arn.rpartition("/")[2]
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps(weaker))

    with pytest.raises(AssertionError, match="states:ListExecutions"):
        person.types("executions", exit_code=1)
