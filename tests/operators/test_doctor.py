"""Each thing that is wrong with a stack is one line, with its remedy."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from appconfig_rollback.errors import PermissionDeniedError
from appconfig_rollback.shapes.known import SHAPES
from flag_rollback import other_stack_checks
from flag_rollback.access import Access
from flag_rollback.checks import concurrency, mute_rules
from flag_rollback.checkup import CHECKS
from flag_rollback.other_stack_checks import one_stack
from flag_rollback.surroundings import Surroundings
from flag_rollback.watched import find
from local.demo_flags import create_alarm
from local.faults import Fault
from local.site import DOCUMENT, FLAG, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloud import EmbeddedCloud
    from tests.operators.person import Person

pytestmark = pytest.mark.cloud


def lines(person: Person, *, exit_code: int = 0) -> str:
    return person.types("doctor", exit_code=exit_code).output


def test_a_stack_in_order_is_ready(site: Site, person: Person) -> None:
    told = lines(person)

    assert told.count("✓") == len(CHECKS)
    assert f"Stack {site.stack.name} is ready for the next rollback.\n" in told
    assert "With alarm FeatureFlag-new-checkout-ErrorRate users are exposed for up to" in told
    person.types("doctor", "--strict")


def test_a_warning_is_an_error_only_to_the_strict(site: Site, person: Person) -> None:
    site.release({"flags": {**DOCUMENT["flags"], "unwatched": {"enabled": True}}})

    assert f"Stack {site.stack.name} is ready for the next rollback; 1 warning(s)." in lines(person)
    person.types("doctor", "--strict", exit_code=1)


def test_nobody_confirmed(site: Site, person: Person) -> None:
    topic = site.stack.outputs["NotificationTopicArn"]
    listed = (
        "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions><member>"
        f"<TopicArn>{topic}</TopicArn><Protocol>email</Protocol><Owner>1</Owner>"
        "<SubscriptionArn>PendingConfirmation</SubscriptionArn>"
        "<Endpoint>on-call@example.com</Endpoint></member></Subscriptions>"
        "</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
    )
    site.cloud.faults.set(
        Fault("sns:ListSubscriptionsByTopic", status=200, body=listed, from_root=True)
    )

    told = lines(person)

    assert "on-call@example.com has not confirmed" in told
    assert "→ follow the link in the mail" in told


@pytest.mark.parametrize(
    ("logical", "effect", "exit_code"),
    [
        ("RollbackStateMachineAlarmFired", "no alarm starts a rollback", 1),
        ("NotifyFailureFunctionExecutionFailed", "failures are told by one path only", 0),
        (
            "StartAftercareFunctionRollbackSucceeded",
            "nobody looks whether a rollback helped",
            0,
        ),
        ("WarmUpRule", "a rollback waits for each of its functions to start", 0),
    ],
)
def test_a_rule_is_disabled(
    site: Site, person: Person, logical: str, effect: str, exit_code: int
) -> None:
    events = site.cloud.client("events")
    resource = site.cloud.client("cloudformation").describe_stack_resource(
        StackName=site.stack.name, LogicalResourceId=logical
    )
    rule = resource["StackResourceDetail"]["PhysicalResourceId"]
    events.disable_rule(Name=rule)
    try:
        told = lines(person, exit_code=exit_code)
    finally:
        events.enable_rule(Name=rule)

    assert f"is disabled: {effect}" in " ".join(told.split())
    assert f"aws events enable-rule --name {rule}" in " ".join(told.split())


def test_flags_without_an_alarm_and_alarms_without_a_flag(site: Site, person: Person) -> None:
    site.release(
        {
            "flags": {
                FLAG: {"enabled": True},
                "unwatched": {"enabled": True},
                "asleep": {"enabled": False},
                "on-its-own": {"enabled": True, "metadata": {"rollback": "off"}},
            }
        }
    )

    told = " ".join(lines(person, exit_code=1).split())

    assert "! flag unwatched has no alarm" in told
    assert "FeatureFlag-unwatched-ErrorRate" in told
    assert "· flag on-its-own says rollback: off: its alarm does nothing" in told
    assert "asleep" not in told
    assert "✗ alarm FeatureFlag-search-v2-ErrorRate names search-v2, no flag that is ser" in told


@pytest.mark.parametrize("by", ["a tag", "a series"])
def test_a_flag_that_is_guarded_by_a_tag_or_by_a_series_has_an_alarm(
    site: Site, person: Person, by: str
) -> None:
    site.release({"flags": {FLAG: {"enabled": True}, "unwatched": {"enabled": True}}})
    cloudwatch = site.cloud.client("cloudwatch")
    query = 'SELECT SUM(Errors) FROM SCHEMA("Shop", FeatureFlagName) GROUP BY FeatureFlagName'
    cloudwatch.put_metric_alarm(
        AlarmName="of the shop",
        Tags=[{"Key": "feature-flag-2", "Value": "other unwatched"}] if by == "a tag" else [],
        Metrics=[{"Id": "q", "Expression": query, "Period": 60}]
        if by == "a series"
        else [{"Id": "q", "Expression": "TIME_SERIES(1)", "Period": 60}],
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    try:
        assert "flag unwatched has no alarm" not in lines(person, exit_code=1)
    finally:
        cloudwatch.delete_alarms(AlarmNames=["of the shop"])
    assert "flag unwatched has no alarm" in lines(person, exit_code=1)


OTHER = {"search-v2": {"enabled": True}}


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (f"flags:\n  {FLAG}: true\n", "the document that is served cannot be read"),
        ({"ours": {FLAG: {"mode": "on"}}}, "the document that is served has no switch"),
        ({"flags": {FLAG: {"mode": "on"}, **OTHER}}, "names, cannot be turned off"),
        ({"flags": OTHER, "features": {FLAG: True}, "toggles": {FLAG: True}}, "has a switch at"),
        ({"flags": OTHER, "ours": {FLAG: True}}, "is not where flags are looked for"),
    ],
    ids=["no JSON", "no switch", "no switch of the flag", "two places", "another place"],
)
def test_what_cannot_be_read_is_named_with_the_shapes_and_no_alarm_is_blamed(
    site: Site, person: Person, document: object, what: str
) -> None:
    site.release(document)

    told = " ".join(lines(person, exit_code=1).split())

    assert what in told
    assert "These shapes are served:" in told
    for shape in SHAPES:
        assert shape.recognised_by in told
    assert "delete the alarm" not in told
    assert f"flag {FLAG} has no alarm" not in told


def test_what_off_means_to_clients_is_told_where_it_is_not_just_off(
    site: Site, person: Person
) -> None:
    states = {"state": "ENABLED", "variants": {"on": True}, "defaultVariant": "on"}
    site.release({"flags": {FLAG: states, **OTHER}})

    told = " ".join(lines(person).split())

    assert f"once flag {FLAG} is off, clients then get the default in their own code" in told
    assert "once flag search-v2" not in told


def test_monitors_that_cannot_be_taken_off(site: Site, person: Person) -> None:
    appconfig = site.cloud.client("appconfig")
    alarm = site.cloud.client("cloudwatch").describe_alarms(
        AlarmNames=[create_alarm(site.cloud, FLAG)]
    )["MetricAlarms"][0]["AlarmArn"]
    role = f"arn:aws:iam::{site.cloud.account_id}:role/monitor"
    with monitored(site, [{"AlarmArn": alarm, "AlarmRoleArn": role}]):
        told = " ".join(lines(person, exit_code=1).split())

    assert (
        appconfig.get_environment(
            ApplicationId=site.flags.application_id, EnvironmentId=site.flags.environment_id
        ).get("Monitors", [])
        == []
    )
    assert f"AppConfig watches alarm FeatureFlag-{FLAG}-ErrorRate" in told
    assert f"add {role} to the stack's parameter MonitorRoleArns" in told


@contextmanager
def monitored(site: Site, monitors: list[dict[str, str]]) -> Iterator[None]:
    def update(wanted: list[dict[str, str]]) -> None:
        site.cloud.client("appconfig").update_environment(
            ApplicationId=site.flags.application_id,
            EnvironmentId=site.flags.environment_id,
            Monitors=wanted,  # type: ignore[arg-type]
        )

    update(monitors)
    try:
        yield
    finally:
        update([])


def test_dead_letters(site: Site, person: Person) -> None:
    sqs, queue = site.cloud.client("sqs"), site.stack.outputs["DeadLetterQueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="{}")
    try:
        told = " ".join(lines(person).split())
    finally:
        sqs.purge_queue(QueueUrl=queue)

    assert "1 dead letter(s) wait" in told
    assert f"flag-rollback replay --stack {site.stack.name}" in told


def test_what_cannot_be_looked_at_is_told_and_the_rest_is_looked_at(
    site: Site, person: Person
) -> None:
    site.cloud.faults.set(Fault("sqs:GetQueueAttributes", 403, "AccessDenied", from_root=True))

    told = lines(person)

    assert "? no dead letters wait: unknown, because" in told
    assert told.count("✓") == len(CHECKS) - 1


@pytest.mark.parametrize(
    ("names", "starts", "is_told"),
    [
        ([{"wildcard": "FeatureFlag-*-ErrorRate"}], "stateMachine:another", True),
        ([{"prefix": "FeatureFlag-"}], "stateMachine:another", True),
        (["FeatureFlag-new-checkout-ErrorRate"], "stateMachine:another", True),
        ([{"wildcard": "Other-*-ErrorRate"}], "stateMachine:another", False),
        ([{"wildcard": "FeatureFlag-*-Latency"}], "stateMachine:another", False),
        ([{"prefix": ""}], "activity:a-log-of-all-alarms", False),
    ],
)
def test_another_rule_on_the_same_alarms(
    site: Site, person: Person, names: list[object], starts: str, *, is_told: bool
) -> None:
    with another_rule(site, names, starts) as rule:
        found = list(one_stack(surroundings(person)))

    assert any(rule in finding.what for finding in found) is is_told


@contextmanager
def another_rule(site: Site, names: list[object], starts: str) -> Iterator[str]:
    """A rule that starts something on alarms of some names."""
    events, rule = site.cloud.client("events"), "another-stack"
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": names}}
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    target = f"arn:aws:states:{site.cloud.region}:{site.cloud.account_id}:{starts}"
    events.put_targets(Rule=rule, Targets=[{"Id": "only", "Arn": target}])
    try:
        yield rule
    finally:
        events.remove_targets(Rule=rule, Ids=["only"])
        events.delete_rule(Name=rule)


@contextmanager
def another_stack(site: Site, **other_ids: str) -> Iterator[str]:
    """A stack with this one's ids but for some, whose rule listens to alarms of other names."""
    cloudformation, name = site.cloud.client("cloudformation"), "hurried"
    ids = site.flags.parameters() | other_ids
    template = {
        "Parameters": {key: {"Type": "String"} for key in ids},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}},
    }
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in ids.items()],
    )
    try:
        with another_rule(site, [{"prefix": "Hurried-"}], f"stateMachine:{name}"):
            yield name
    finally:
        cloudformation.delete_stack(StackName=name)


def test_another_stack_of_the_same_flags(site: Site, person: Person) -> None:
    with another_stack(site) as name:
        told = " ".join(lines(person, exit_code=1).split())

    assert f"✗ stack {name} watches the same profile in the same environment" in told
    assert f"give {name} the ids of its own environment, or delete it, or this one" in told


def test_another_stack_of_another_environment(site: Site, person: Person) -> None:
    with another_stack(site, EnvironmentId="staging"):
        assert "✓ no other stack listens to these alarms" in lines(person)


def test_another_stack_that_the_person_may_not_read(
    site: Site, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionDeniedError("no")

    monkeypatch.setattr(other_stack_checks, "place_of", refuse)
    with another_stack(site) as name:
        told = " ".join(lines(person).split())

    assert f"? whether stack {name} turns off the same flags is unknown" in told
    assert "cloudformation:DescribeStacks of that stack" in told


def test_a_region_without_mute_rules(site: Site, person: Person) -> None:
    site.cloud.faults.set(
        Fault("cloudwatch:ListAlarmMuteRules", 400, "InvalidAction", from_root=True)
    )

    told = " ".join(lines(person).split())

    assert "flags whose alarms fire together go off one after the other, each in a " in told
    assert "where the region has no mute rules, set SweepSeconds to 0" in told


def test_mute_rules_that_the_person_may_not_read(site: Site, person: Person) -> None:
    site.cloud.faults.set(
        Fault("cloudwatch:ListAlarmMuteRules", 403, "AccessDenied", from_root=True)
    )

    told = " ".join(lines(person).split())

    assert "whether flags whose alarms fire together go off together is unknown" in told
    assert "allow yourself cloudwatch:ListAlarmMuteRules and GetAlarmMuteRule" in told


def test_who_sweeps_nothing_needs_no_mute_rules(site: Site, person: Person) -> None:
    site.cloud.faults.set(
        Fault("cloudwatch:ListAlarmMuteRules", 400, "InvalidAction", from_root=True)
    )
    at = surroundings(person)
    parameters = {**at.watched.parameters, "SweepSeconds": "0"}

    assert not list(mute_rules(Surroundings(at.access, replace(at.watched, parameters=parameters))))


def of_concurrency(person: Person, monkeypatch: pytest.MonkeyPatch, free: int | None) -> list[str]:
    """What doctor says of an account with so much concurrency; None: the person may not know."""
    at = surroundings(person)
    functions = at.access.client("lambda")
    stub = Stubber(functions)
    if free is None:
        stub.add_client_error("get_account_settings", "AccessDeniedException", "no")
    else:
        limit = {"ConcurrentExecutions": free + 50, "UnreservedConcurrentExecutions": free}
        stub.add_response("get_account_settings", {"AccountLimit": limit})
    stub.activate()
    monkeypatch.setattr(Access, "client", lambda *_: functions)
    return [f"{found.what} -> {found.remedy}" for found in concurrency(at)]


def test_an_account_that_runs_few_functions_at_once(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    (told,) = of_concurrency(person, monkeypatch, 10)

    assert told.startswith("this account runs 10 functions at once, all stacks together")
    assert "a rollback waits, up to RollbackBudgetMinutes -> ask AWS for more" in told


def test_an_account_that_runs_many(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    assert of_concurrency(person, monkeypatch, 100) == []


def test_an_account_whose_limit_the_person_may_not_read(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    (told,) = of_concurrency(person, monkeypatch, None)

    assert told.endswith("allow yourself lambda:GetAccountSettings")


def surroundings(person: Person) -> Surroundings:
    access = Access(stack=person.stack)
    return Surroundings(access, find(access))


def test_a_profile_that_is_not_hosted_and_an_environment_that_serves_nothing(
    cloud: EmbeddedCloud, site: Site, person: Person
) -> None:
    appconfig = cloud.client("appconfig")
    empty = appconfig.create_environment(ApplicationId=site.flags.application_id, Name="empty")[
        "Id"
    ]
    elsewhere = appconfig.create_configuration_profile(
        ApplicationId=site.flags.application_id, Name="elsewhere", LocationUri="s3://bucket/flags"
    )["Id"]
    at = surroundings(person)
    parameters = {**at.watched.parameters, "EnvironmentId": empty}

    def found(check: str, **changes: str) -> list[str]:
        watched = type(at.watched)(
            at.watched.state_machine_arn, at.watched.stack, at.watched.outputs, parameters | changes
        )
        return [f.what for f in CHECKS[check](Surroundings(at.access, watched))]

    (told,) = found("the profile is hosted", ConfigurationProfileId=elsewhere)
    assert "its documents are at s3://bucket/flags, where this rollback cannot write" in told
    assert found("a document is served") == [
        "no deployment of this profile has completed in the environment"
    ]
    assert found("the profile is hosted") == []


def test_the_stacks_own_alarms_are_no_alarms_of_flags(site: Site, person: Person) -> None:
    at = surroundings(person)
    named_alike = {"AlarmNamePrefix": f"{site.stack.name}-", "AlarmNameSuffix": ""}
    watched = replace(at.watched, parameters={**at.watched.parameters, **named_alike})

    assert Surroundings(at.access, watched).alarms == {}
