"""The policies of people, against AWS's service authorization reference and IAM's own limits."""

from __future__ import annotations

import json
import re

import pytest

from local.policies import PLACEHOLDERS, names, policy
from local.template_permissions import as_list
from tests.contract.test_authorization import NOT_OURS, UNKNOWN, _form, _known, _types
from tests.contract.test_permissions import RESOURCE_TYPES

#: Granted on all resources though the reference knows narrower ones, and why.
ON_ALL = {
    "cloudwatch:DescribeAlarms": "composite alarms take no narrower resource (user guide)",
    "cloudwatch:GetAlarmMuteRule": "which alarms a rule mutes is known only after reading it",
    "cloudwatch:ListAlarmMuteRules": "it lists all of them",
    "sns:GetSubscriptionAttributes": "an ARN of a subscription ends with what SNS makes up",
}
ALTERNATIVES = NOT_OURS | {
    # Of executions of a state machine, or of those of a map run.
    ("states:ListExecutions", "maprun"),
}
#: IAM user guide, "IAM and AWS STS quotas": a managed policy, without white space.
MOST_CHARACTERS = 6_144
#: Of what is older than the reference's form: rules of the default bus, and ":*" of log groups.
_EXTRA = re.compile(r":\*$")

#: Placeholders that stand for an ARN as a whole.
WHOLE_ARNS = ("KEY", "MONITOR_ROLE")
_AS_HERE = {
    "${ApplicationId}": "APPLICATION",
    "${EnvironmentId}": "ENVIRONMENT",
    "${ConfigurationProfileId}": "PROFILE",
    "${DeploymentStrategy}": "STRATEGY",
}
#: With which strategies a command deploys, besides or instead of the stack's own.
STRATEGIES = {
    "off": {"deploymentstrategy/STRATEGY", "deploymentstrategy/AppConfig.ServiceManaged"},
    "restore": {"deploymentstrategy/*"},
}

STATEMENTS = [(name, statement) for name in names() for statement in policy(name)["Statement"]]
GRANTED: dict[tuple[str, str], list[str]] = {}
for _name, _statement in STATEMENTS:
    for _action in as_list(_statement["Action"]):
        GRANTED.setdefault((_name, _action), []).extend(as_list(_statement["Resource"]))
of_each_grant = pytest.mark.parametrize(
    ("name", "action"), [grant for grant in GRANTED if grant[1] not in UNKNOWN]
)


def _is_of(arn: str, action: str, kind: str) -> bool:
    # A log group's name has slashes; no other part of our ARNs has more than its type has.
    plain = arn.replace("log-group:/aws/lambda/", "log-group:").replace(
        "log-group:/aws/vendedlogs/states/", "log-group:"
    )
    form = _form(action.partition(":")[0], kind)
    return bool(form.fullmatch(plain) or form.fullmatch(_EXTRA.sub("", plain)))


@pytest.mark.parametrize("name", names())
def test_iam_takes_it_as_one_policy(name: str) -> None:
    document = policy(name)

    assert document.keys() == {"Version", "Statement"}
    assert document["Version"] == "2012-10-17"
    assert len(json.dumps(document, separators=(",", ":"))) <= MOST_CHARACTERS
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_nothing_is_allowed_by_a_wildcard_of_actions(name: str, statement: dict[str, str]) -> None:
    assert statement["Effect"] == "Allow", name
    assert not any("*" in action for action in as_list(statement["Action"]))
    assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}


def test_an_action_exists_or_is_newer_than_the_reference() -> None:
    unknown = {action for _, action in GRANTED if _known(action) is None}

    assert unknown <= UNKNOWN


@of_each_grant
def test_it_is_allowed_on_every_resource_type_that_the_action_requires(
    name: str, action: str
) -> None:
    arns = GRANTED[name, action]
    lacking = {
        kind
        for kind, about in _types(action).items()
        if about["required"] and (action, kind) not in ALTERNATIVES
        if not {"*", *WHOLE_ARNS} & {*arns} and not any(_is_of(arn, action, kind) for arn in arns)
    }
    assert lacking == set()


@of_each_grant
def test_all_resources_are_named_only_where_there_is_no_narrower_one(
    name: str, action: str
) -> None:
    narrower = {kind for kind in _types(action) if kind}

    if "*" in GRANTED[name, action]:
        assert not narrower or action in ON_ALL
    else:
        assert narrower, "it would never be allowed"


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_a_resource_is_one_that_an_action_of_its_statement_knows(
    name: str, statement: dict[str, str]
) -> None:
    actions = [action for action in as_list(statement["Action"]) if action not in UNKNOWN]
    # AppConfig's are looked at below; a macro's is asked about for who creates change sets with it
    # (SAM developer guide, "Control access to AWS SAM resources").
    for arn in as_list(statement["Resource"]):
        if arn == "*" or arn in WHOLE_ARNS or ":appconfig:" in arn or ":transform/" in arn:
            continue
        known = any(_is_of(arn, action, kind) for action in actions for kind in _types(action))
        assert known or not actions, f"{name}: {arn}"


@pytest.mark.parametrize(
    ("name", "action"), [grant for grant in GRANTED if grant[1] in RESOURCE_TYPES]
)
def test_an_appconfig_action_is_allowed_on_what_a_function_is_allowed_it_on(
    name: str, action: str
) -> None:
    kinds = set()
    for kind in RESOURCE_TYPES[action]:
        for word, ours in _AS_HERE.items():
            kind = kind.replace(word, ours)
        kinds.add(kind)
    if "deploymentstrategy/STRATEGY" in kinds:
        kinds = kinds - {"deploymentstrategy/STRATEGY"} | STRATEGIES[name]

    prefix = "arn:aws:appconfig:REGION:ACCOUNT:"
    assert set(GRANTED[name, action]) == {prefix + kind for kind in kinds}


def test_a_placeholder_is_one_that_the_page_explains() -> None:
    named = {
        word for name in names() for word in re.findall(r"\b[A-Z_]{3,}\b", json.dumps(policy(name)))
    }
    assert named == set(PLACEHOLDERS)
