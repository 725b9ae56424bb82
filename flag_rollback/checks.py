"""What of the stack would keep the next rollback from working, one check each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from appconfig_rollback.adapters.alarms import muted
from appconfig_rollback.errors import NotHostedError, PermissionDeniedError, RollbackError
from flag_rollback.findings import Finding, found
from flag_rollback.flags.experiments import Rules
from flag_rollback.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from flag_rollback.surroundings import Surroundings

#: What accounts have that are not new: Lambda keeps this many for functions without a reservation
#: (Lambda developer guide, "Configuring reserved concurrency for a function").
_FUNCTIONS_AT_ONCE = 100

#: What does not happen while a rule of the stack is disabled.
_WITHOUT_RULE = {
    "RollbackStateMachineAlarmFired": "no alarm starts a rollback",
    "NotifyFailureFunctionExecutionFailed": "failures are told by one path only",
    "StartAftercareFunctionRollbackSucceeded": "nobody looks whether a rollback helped",
    "WarmUpRule": "a rollback waits for each of its functions to start",
}


#: From how many hosted versions on it is worth a note.
_MANY_VERSIONS = 80


def mode(at: Surroundings) -> Iterator[Finding]:
    """The stack turns flags off by itself."""
    set_to = at.parameter("Mode")
    at.saw(f"Mode is {set_to}")
    if set_to == "off":
        yield found("mode-off", "the stack's Mode is off: an alarm turns nothing off")
    elif set_to == "notify":
        yield found(
            "mode-notify",
            "the stack's Mode is notify: an alarm only has it say what it would turn off",
        )


def subscriptions(at: Surroundings) -> Iterator[Finding]:
    """Notices have a reader, who has confirmed the subscription."""
    sns: SNSClient = at.access.client("sns")
    topic = at.output("NotificationTopicArn")
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    listed = [item for page in pages for item in page["Subscriptions"]]
    at.saw(f"{len(listed)} of topic {topic.split(':')[-1]}")
    if not listed:
        yield found("no-subscription", "nobody is told: the topic has no subscription")
    for item in listed:
        if item["SubscriptionArn"] in ("PendingConfirmation", "pending confirmation"):
            yield found(
                "unconfirmed",
                f"{item['Endpoint']} has not confirmed its subscription, so it hears nothing",
            )


def rules_enabled(at: Surroundings) -> Iterator[Finding]:
    """The rules that start rollbacks, warm them up, and announce failed ones are enabled."""
    ours = {logical: name for logical, name in at.resources.items() if name in at.rules}
    at.saw(f"{len(ours)} of the stack")
    if not ours:
        yield found("no-rule", "the stack has no rule of its own any more")
    for logical, name in ours.items():
        if at.rules[name].get("State") == "DISABLED":
            effect = _WITHOUT_RULE.get(logical, "it starts nothing")
            starts = logical == "RollbackStateMachineAlarmFired"
            yield found(
                "alarm-rule-disabled" if starts else "rule-disabled",
                f"rule {name} is disabled: {effect}",
                name=name,
            )


def hosted(at: Surroundings) -> Iterator[Finding]:
    """The profile's documents are in AppConfig's hosted store."""
    try:
        kind = at.profile.store.profile_type()
    except NotHostedError as error:
        yield found("not-hosted", str(error))
    else:
        at.saw(f"profile {at.watched.known_place.profile}, {kind}")


def deployed(at: Surroundings) -> Iterator[Finding]:
    """The environment serves something of this profile."""
    if at.document is None:
        yield found(
            "nothing-served", "no deployment of this profile has completed in the environment"
        )
    else:
        at.saw(f"version {at.profile.store.served().version}")


def versions(at: Surroundings) -> Iterator[Finding]:
    """The profile's hosted versions can be counted; many are worth a note.

    How many AWS allows is unknown to us: CreateHostedConfigurationVersion (AppConfig API
    reference) names no number for versions among its quotas.
    """
    place = at.watched.known_place
    pages = (
        at.access.client("appconfig")
        .get_paginator("list_hosted_configuration_versions")
        .paginate(
            ApplicationId=place.application,
            ConfigurationProfileId=place.profile,
        )
    )
    number = sum(len(page["Items"]) for page in pages)
    at.saw(f"{number} are kept; AWS's limit on their number is unknown")
    if number >= _MANY_VERSIONS:
        yield found(
            "many-versions",
            f"the profile keeps {number} hosted versions; AWS's limit on their number is unknown, "
            "and at it a rollback could write none",
        )


def monitors(at: Surroundings) -> Iterator[Finding]:
    """Alarms that AppConfig watches itself can be taken off while a flag is turned off."""
    allowed = [item.strip() for item in at.parameter("MonitorRoleArns").split(",")]
    watched = at.profile.store.monitors()
    at.saw(f"{len(watched)} on environment {at.watched.known_place.environment}")
    for monitor in watched:
        role = monitor.get("AlarmRoleArn", "")
        if not role or role not in allowed:
            name = monitor["AlarmArn"].split(":alarm:")[-1]
            yield found(
                "monitor-without-role",
                f"AppConfig watches alarm {name} in this environment: while it is in ALARM, it "
                "undoes a rollback",
                role=role or "its role",
            )


def experiments(at: Surroundings) -> Iterator[Finding]:
    """No experiment would keep a flag on after its alarm; each running one is reported."""
    rules, store = Rules.of(at.watched.parameters), at.profile.experiments
    try:
        runs = [(flag, run) for flag in store.flags() for run in store.running(flag)]
    except PermissionDeniedError as error:
        yield found(
            "not-allowed",
            f"whether experiments show flags to users is unknown: {sentence(error)}",
            actions="appconfig:ListExperimentDefinitions, ListExperimentRuns and GetExperimentRun",
        )
        return
    at.saw(f"{len(runs)} running")
    for flag, run in runs:
        prospect = rules.prospect(run, flag, at.document)
        if prospect.remedy:
            yield found("experiment-stays", prospect.what, remedy=prospect.remedy)
        else:
            yield found("experiment", prospect.what)


def mute_rules(at: Surroundings) -> Iterator[Finding]:
    """Flags whose alarms fire together can go off together: mute rules can be read."""
    if at.parameter("SweepSeconds") == "0":
        at.saw("SweepSeconds is 0: they are not meant to")
        return
    try:
        muted(at.access.client("cloudwatch"))
    except PermissionDeniedError as error:
        yield found(
            "not-allowed",
            f"whether flags whose alarms fire together go off together is unknown: "
            f"{sentence(error)}",
            actions="cloudwatch:ListAlarmMuteRules and GetAlarmMuteRule",
        )
    except RollbackError as error:
        yield found(
            "one-by-one",
            "flags whose alarms fire together go off one after the other, each in a deployment of "
            f"its own: {sentence(error)}",
        )
    else:
        at.saw("mute rules can be read")


def concurrency(at: Surroundings) -> Iterator[Finding]:
    """The account runs enough functions at once for a rollback not to wait for its own."""
    functions: LambdaClient = at.access.client("lambda")
    try:
        limit = functions.get_account_settings()["AccountLimit"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        yield found(
            "not-allowed",
            "how many functions this account runs at once is unknown: a rollback waits for its "
            "own while all are in use",
            actions="lambda:GetAccountSettings",
        )
        return
    free = limit["UnreservedConcurrentExecutions"]
    at.saw(f"{free} functions at once")
    if free < _FUNCTIONS_AT_ONCE:
        yield found(
            "few-functions",
            f"this account runs {free} functions at once, all stacks together: while they are in "
            "use, as in an incident they may be, a rollback waits, up to RollbackBudgetMinutes",
        )


def dead_letters(at: Surroundings) -> Iterator[Finding]:
    """No event waits that could not be delivered."""
    sqs: SQSClient = at.access.client("sqs")
    queue = at.output("DeadLetterQueueUrl")
    answer = sqs.get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"]
    )
    at.saw(f"queue {queue.split('/')[-1]}")
    waiting = int(answer["Attributes"]["ApproximateNumberOfMessages"])
    if waiting:
        yield found(
            "dead-letters",
            f"{waiting} dead letter(s) wait: alarms or failures that reached nobody",
            command=at.access.command("replay"),
        )
