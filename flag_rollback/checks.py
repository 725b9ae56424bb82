"""What would keep the next rollback from working, one check each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any

from appconfig_rollback.adapters.alarms import names_below
from appconfig_rollback.errors import (
    NothingDeployedError,
    NotHostedError,
    PermissionDeniedError,
    RollbackError,
)
from flag_rollback.flags.experiments import Rules
from flag_rollback.flags.served import Profile
from flag_rollback.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from appconfig_rollback.flag_document import FlagDocument
    from flag_rollback.access import Access
    from flag_rollback.watched import Watched

#: What does not happen while a rule of the stack is disabled.
_WITHOUT_RULE = {
    "RollbackStateMachineAlarmRang": "no alarm starts a rollback",
    "NotifyFailureFunctionExecutionFailed": "failures are told by one road only",
    "WarmUpRule": "a rollback waits for each of its functions to start",
}


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, and what fixes it; without a remedy, only something to know."""

    what: str
    remedy: str | None


@dataclass(frozen=True)
class Surroundings:
    """What the checks look at."""

    access: Access
    watched: Watched

    @cached_property
    def profile(self) -> Profile:
        """The profile that the stack watches."""
        return Profile(self.access.client("appconfig"), self.watched.known_place)

    @cached_property
    def document(self) -> FlagDocument | None:
        """What is served; None where nothing is."""
        try:
            return self.profile.document(self.profile.store.served().version)
        except NothingDeployedError:
            return None

    @property
    def flags(self) -> list[str]:
        """The flags that are served; none where nothing is."""
        return self.document.flags() if self.document else []

    @cached_property
    def resources(self) -> dict[str, str]:
        """The stack's resources: their names by logical id."""
        cloudformation: CloudFormationClient = self.access.client("cloudformation")
        pages = cloudformation.get_paginator("list_stack_resources").paginate(
            StackName=self.watched.stack
        )
        return {
            item["LogicalResourceId"]: item.get("PhysicalResourceId", "")
            for page in pages
            for item in page["StackResourceSummaries"]
        }

    @cached_property
    def rules(self) -> dict[str, Any]:
        """The rules of the default event bus, by name."""
        events: EventBridgeClient = self.access.client("events")
        pages = events.get_paginator("list_rules").paginate()
        return {rule["Name"]: rule for page in pages for rule in page["Rules"]}


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


def every_flag_has_an_alarm(at: Surroundings) -> Iterator[Finding]:
    """Each flag that is served has an alarm that can turn it off, or has opted out."""
    names = _alarm_names(at)
    for flag in at.flags:
        if at.watched.alarm_of(flag) not in names and not _opted_out(at, flag):
            yield Finding(
                f"flag {flag} has no alarm, so nothing turns it off",
                f"make an alarm named {at.watched.alarm_of(flag)}, or set metadata.rollback to off",
            )


def every_alarm_has_a_flag(at: Surroundings) -> Iterator[Finding]:
    """Each alarm of that form names a flag that is served."""
    prefix, suffix = at.watched.prefix, at.watched.suffix
    for name in sorted(_alarm_names(at)):
        flag = name.removeprefix(prefix).removesuffix(suffix)
        if name == f"{prefix}{flag}{suffix}" and flag and flag not in at.flags:
            yield Finding(
                f"alarm {name} names no flag that is served: its rollback would fail",
                f"delete the alarm, or release flag {flag}",
            )


def monitors(at: Surroundings) -> Iterator[Finding]:
    """Alarms that AppConfig watches itself can be taken off while a flag is turned off."""
    allowed = at.watched.parameters.get("MonitorRoleArns", "")
    for monitor in at.profile.store.monitors():
        role = monitor.get("AlarmRoleArn", "")
        if not role or role not in [item.strip() for item in allowed.split(",")]:
            name = monitor["AlarmArn"].split(":alarm:")[-1]
            yield Finding(
                f"AppConfig watches alarm {name} in this environment: while it rings, it undoes "
                "a rollback",
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
    "every flag has an alarm": every_flag_has_an_alarm,
    "every alarm has a flag": every_alarm_has_a_flag,
    "AppConfig's own monitors do not undo a rollback": monitors,
    "no experiment keeps a flag on after its alarm": experiments,
    "no other stack listens to these alarms": one_stack,
    "no dead letters wait": dead_letters,
}


def _starts_a_machine(at: Surroundings, rule: str) -> bool:
    events: EventBridgeClient = at.access.client("events")
    targets = events.list_targets_by_rule(Rule=rule)["Targets"]
    return any(":stateMachine:" in target["Arn"] for target in targets)


def _alarm_names(at: Surroundings) -> set[str]:
    return set(names_below(at.watched.prefix, at.access.client("cloudwatch")))


def _opted_out(at: Surroundings, flag: str) -> bool:
    """Whether the flag's own policy is that no rollback touches it."""
    try:
        return at.document is not None and at.document.policy(flag) == "off"
    except RollbackError:
        return False


def _wildcards(rule: Any) -> list[str]:  # noqa: ANN401 - a rule as EventBridge lists it
    """Read the alarm names that a rule on alarms asks for, as patterns with `*`."""
    try:
        pattern = json.loads(rule.get("EventPattern") or "{}")
    except ValueError:
        return []
    if "aws.cloudwatch" not in pattern.get("source", []):
        return []
    wanted = pattern.get("detail", {}).get("alarmName", ["*"])
    return [text for item in wanted for text in _as_wildcard(item)]


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
