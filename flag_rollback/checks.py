"""What would keep the next rollback from working, one check each."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from appconfig_rollback.adapters.alarms import muted
from appconfig_rollback.errors import NotHostedError, PermissionDeniedError, RollbackError
from flag_rollback.flag_checks import (
    document_readable,
    every_alarm_has_a_flag,
    every_flag_that_is_on_has_an_alarm,
    off_is_off,
)
from flag_rollback.flags.experiments import Rules
from flag_rollback.sentences import sentence
from flag_rollback.surroundings import Finding, Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from appconfig_rollback.untyped import AwsAnswer

#: What accounts have that are not new: Lambda keeps this many for functions without a reservation
#: (Lambda developer guide, "Configuring reserved concurrency for a function").
_FUNCTIONS_AT_ONCE = 100

#: What does not happen while a rule of the stack is disabled.
_WITHOUT_RULE = {
    "RollbackStateMachineAlarmFired": "no alarm starts a rollback",
    "NotifyFailureFunctionExecutionFailed": "failures are told by one path only",
    "WarmUpRule": "a rollback waits for each of its functions to start",
}


def subscriptions(at: Surroundings) -> Iterator[Finding]:
    """Somebody is told, and has confirmed that they want to be."""
    sns: SNSClient = at.access.client("sns")
    topic = at.watched.outputs["NotificationTopicArn"]
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    found = [item for page in pages for item in page["Subscriptions"]]
    if not found:
        yield Finding(
            "nobody is told: the topic has no subscription",
            "set the parameter NotificationEmail, or subscribe a chat or a program",
        )
    for item in found:
        if item["SubscriptionArn"] in ("PendingConfirmation", "pending confirmation"):
            yield Finding(
                f"{item['Endpoint']} has not confirmed its subscription, so it hears nothing",
                "follow the link in the mail from AWS Notifications",
            )


def rules_enabled(at: Surroundings) -> Iterator[Finding]:
    """The rules that start rollbacks, warm them up, and announce failed ones are enabled."""
    ours = {logical: name for logical, name in at.resources.items() if name in at.rules}
    if not ours:
        yield Finding("the stack has no rule of its own any more", "deploy the stack again")
    for logical, name in ours.items():
        if at.rules[name].get("State") == "DISABLED":
            effect = _WITHOUT_RULE.get(logical, "it starts nothing")
            yield Finding(
                f"rule {name} is disabled: {effect}",
                f"aws events enable-rule --name {name}",
            )


def hosted(at: Surroundings) -> Iterator[Finding]:
    """The profile's documents are in AppConfig's hosted store."""
    try:
        at.profile.store.profile_type()
    except NotHostedError as error:
        yield Finding(
            str(error), "move them to a hosted profile, and set ConfigurationProfileId to it"
        )


def deployed(at: Surroundings) -> Iterator[Finding]:
    """The environment serves something of this profile."""
    if at.document is None:
        yield Finding(
            "no deployment of this profile has completed in the environment",
            "deploy a version, or look whether EnvironmentId is the right one",
        )


def monitors(at: Surroundings) -> Iterator[Finding]:
    """Alarms that AppConfig watches itself can be taken off while a flag is turned off."""
    allowed = at.watched.parameters.get("MonitorRoleArns", "")
    for monitor in at.profile.store.monitors():
        role = monitor.get("AlarmRoleArn", "")
        if not role or role not in [item.strip() for item in allowed.split(",")]:
            name = monitor["AlarmArn"].split(":alarm:")[-1]
            yield Finding(
                f"AppConfig watches alarm {name} in this environment: while it is in ALARM, it "
                "undoes a rollback",
                f"add {role or 'its role'} to the stack's parameter MonitorRoleArns",
            )


def experiments(at: Surroundings) -> Iterator[Finding]:
    """No experiment would keep a flag on after its alarm; each that is running is told."""
    rules, store = Rules.of(at.watched.parameters), at.profile.experiments
    try:
        runs = [(flag, run) for flag in store.flags() for run in store.running(flag)]
    except PermissionDeniedError as error:
        yield Finding(
            f"whether experiments show flags to users is unknown: {sentence(error)}",
            "allow yourself appconfig:ListExperimentDefinitions, ListExperimentRuns and "
            "GetExperimentRun",
        )
        return
    for flag, run in runs:
        prospect = rules.prospect(run, flag, at.document)
        yield Finding(prospect.what, prospect.remedy)


def one_stack(at: Surroundings) -> Iterator[Finding]:
    """No other rule starts a state machine on the same alarms."""
    own = at.watched.outputs.get("AlarmRuleName", "")
    ours = _wildcards(at.rules.get(own, {})) or [f"{at.watched.prefix}*{at.watched.suffix}"]
    for name, rule in at.rules.items():
        theirs = _wildcards(rule) if name != own and rule.get("State") != "DISABLED" else []
        if any(_overlap(a, b) for a in ours for b in theirs) and _starts_a_machine(at, name):
            yield Finding(
                f"rule {name} listens to {' and '.join(theirs)} as well: an alarm would start both",
                "give each stack an AlarmNamePrefix of its own, or delete one",
            )


def mute_rules(at: Surroundings) -> Iterator[Finding]:
    """Flags whose alarms fire together can go off together: mute rules can be read."""
    if at.watched.parameters.get("SweepSeconds") == "0":
        return  # they are not meant to
    try:
        muted(at.access.client("cloudwatch"))
    except PermissionDeniedError as error:
        yield Finding(
            f"whether flags whose alarms fire together go off together is unknown: "
            f"{sentence(error)}",
            "allow yourself cloudwatch:ListAlarmMuteRules and GetAlarmMuteRule",
        )
    except RollbackError as error:
        yield Finding(
            "flags whose alarms fire together go off one after the other, each in a deployment of "
            f"its own: {sentence(error)}",
            "try again later; where the region has no mute rules, set SweepSeconds to 0 to say "
            "that this is known",
        )


def concurrency(at: Surroundings) -> Iterator[Finding]:
    """The account runs enough functions at once for a rollback not to wait for its own."""
    functions: LambdaClient = at.access.client("lambda")
    try:
        limit = functions.get_account_settings()["AccountLimit"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        yield Finding(
            "how many functions this account runs at once is unknown: a rollback waits for its "
            "own while all are in use",
            "allow yourself lambda:GetAccountSettings",
        )
        return
    free = limit["UnreservedConcurrentExecutions"]
    if free < _FUNCTIONS_AT_ONCE:
        yield Finding(
            f"this account runs {free} functions at once, all stacks together: while they are in "
            "use, as in an incident they may be, a rollback waits, up to RollbackBudgetMinutes",
            "ask AWS for more: Service Quotas, AWS Lambda, Concurrent executions",
        )


def dead_letters(at: Surroundings) -> Iterator[Finding]:
    """No event waits that could not be delivered."""
    sqs: SQSClient = at.access.client("sqs")
    answer = sqs.get_queue_attributes(
        QueueUrl=at.watched.outputs["DeadLetterQueueUrl"],
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    waiting = int(answer["Attributes"]["ApproximateNumberOfMessages"])
    if waiting:
        yield Finding(
            f"{waiting} dead letter(s) wait: alarms or failures that reached nobody",
            at.access.command("replay"),
        )


#: What is asked, and how the answer is called when all is well.
CHECKS: dict[str, Callable[[Surroundings], Iterator[Finding]]] = {
    "notices have readers": subscriptions,
    "the rules are enabled": rules_enabled,
    "the profile is hosted": hosted,
    "a document is served": deployed,
    "the document is of a shape that is served": document_readable,
    "every flag that is on has an alarm": every_flag_that_is_on_has_an_alarm,
    "every alarm has a flag that can be turned off": every_alarm_has_a_flag,
    "what is off is off for clients": off_is_off,
    "AppConfig's own monitors do not undo a rollback": monitors,
    "no experiment keeps a flag on after its alarm": experiments,
    "no other stack listens to these alarms": one_stack,
    "flags whose alarms fire together go off together": mute_rules,
    "Lambda has room for a rollback": concurrency,
    "no dead letters wait": dead_letters,
}


def _starts_a_machine(at: Surroundings, rule: str) -> bool:
    events: EventBridgeClient = at.access.client("events")
    targets = events.list_targets_by_rule(Rule=rule)["Targets"]
    return any(":stateMachine:" in target["Arn"] for target in targets)


def _wildcards(rule: AwsAnswer) -> list[str]:
    """Read the alarm names that a rule on alarms asks for, as patterns with `*`.

    Alternatives that ask for tags or series instead of names are left out.
    """
    try:
        pattern = json.loads(rule.get("EventPattern") or "{}")
    except ValueError:
        return []
    if "aws.cloudwatch" not in pattern.get("source", []):
        return []
    asked = [each.get("detail", {}) for each in pattern.get("$or", [])]
    wanted = [detail.get("alarmName", []) for detail in asked]
    if not asked or "alarmName" in pattern.get("detail", {}):
        wanted = [pattern.get("detail", {}).get("alarmName", ["*"])]
    return [text for items in wanted for item in items for text in _as_wildcard(item)]


def _as_wildcard(item: object) -> list[str]:
    if isinstance(item, str):
        return [item]
    if not isinstance(item, dict):
        return []
    forms = {"wildcard": "{}", "prefix": "{}*", "suffix": "*{}"}
    return [form.format(item[key]) for key, form in forms.items() if isinstance(item.get(key), str)]


def _overlap(a: str, b: str) -> bool:
    """Whether a name can fit both: one pattern's example fits the other."""
    return any(
        fnmatchcase(x.replace("*", "some-flag"), y.replace("[", "[[]")) for x, y in ((a, b), (b, a))
    )
