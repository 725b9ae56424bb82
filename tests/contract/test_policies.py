"""The policies of people, against AWS's service authorization reference and IAM's own limits."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from local.policies import PLACEHOLDERS, filled, names, policy
from local.policy_sets import FOLDER, SETS, merged, written
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
#: The longest that a policy is filled in with, within what docs/production.md asks for.
LONGEST = {
    "REGION": "ap-southeast-1",
    "ACCOUNT": "123456789012",
    "STACK": "a-stack-of-24-characters",
    "PREFIX": "TheAlarmsOfOneEnvironment-",
    "APPLICATION": "abcdefg",
    "ENVIRONMENT": "abcdefg",
    "PROFILE": "abcdefg",
    "STRATEGY": "abcdefg",
    "MONITOR_ROLE": "arn:aws:iam::123456789012:role/service-role/monitors-of-the-environment",
    "KEY": "arn:aws:kms:ap-southeast-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
}
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

#: The resources of each action, by the policy.
GRANTED: dict[str, dict[str, list[str]]] = {name: {} for name in names()}
for _name, _granted in GRANTED.items():
    for _statement in policy(_name)["Statement"]:
        for _action in as_list(_statement["Action"]):
            _granted.setdefault(_action, []).extend(as_list(_statement["Resource"]))
of_each_policy = pytest.mark.parametrize("name", names())


def _known_grants(name: str) -> list[tuple[str, list[str]]]:
    return [grant for grant in GRANTED[name].items() if grant[0] not in UNKNOWN]


def _is_of(arn: str, action: str, kind: str) -> bool:
    # Names of log groups and of objects have slashes; no other part of our ARNs has more than its
    # type has.
    plain = (
        arn.replace("-*/STACK/*", "-*/*")
        .replace("log-group:/aws/lambda/", "log-group:")
        .replace("log-group:/aws/vendedlogs/states/", "log-group:")
    )
    form = _form(action.partition(":")[0], kind)
    return bool(form.fullmatch(plain) or form.fullmatch(_EXTRA.sub("", plain)))


def _without_blanks(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


@of_each_policy
def test_iam_takes_it_as_one_policy(name: str) -> None:
    document = policy(name)

    assert document.keys() == {"Version", "Statement"}
    assert document["Version"] == "2012-10-17"
    assert len(_without_blanks(filled(name, LONGEST))) <= MOST_CHARACTERS
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)


@of_each_policy
def test_nothing_is_allowed_by_a_wildcard_of_actions(name: str) -> None:
    for statement in policy(name)["Statement"]:
        assert statement["Effect"] == "Allow", statement
        assert not any("*" in action for action in as_list(statement["Action"])), statement
        assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}


def test_an_action_exists_or_is_newer_than_the_reference() -> None:
    unknown = {
        action for granted in GRANTED.values() for action in granted if _known(action) is None
    }

    assert unknown <= UNKNOWN


@of_each_policy
def test_it_is_allowed_on_every_resource_type_that_the_action_requires(name: str) -> None:
    lacking = {
        (action, kind)
        for action, arns in _known_grants(name)
        for kind, about in _types(action).items()
        if about["required"] and (action, kind) not in ALTERNATIVES
        if not {"*", *WHOLE_ARNS} & {*arns} and not any(_is_of(arn, action, kind) for arn in arns)
    }
    assert lacking == set()


@of_each_policy
def test_all_resources_are_named_only_where_there_is_no_narrower_one(name: str) -> None:
    for action, arns in _known_grants(name):
        narrower = {kind for kind in _types(action) if kind}

        if "*" in arns:
            assert not narrower or action in ON_ALL, action
        else:
            assert narrower, f"{action} would never be allowed"


@of_each_policy
def test_a_resource_is_one_that_an_action_of_its_statement_knows(name: str) -> None:
    for statement in policy(name)["Statement"]:
        actions = [action for action in as_list(statement["Action"]) if action not in UNKNOWN]
        # AppConfig's are looked at below; a macro's is asked about for who creates change sets with
        # it (SAM developer guide, "Control access to AWS SAM resources").
        for arn in as_list(statement["Resource"]):
            if arn == "*" or arn in WHOLE_ARNS or ":appconfig:" in arn or ":transform/" in arn:
                continue
            known = any(_is_of(arn, action, kind) for action in actions for kind in _types(action))
            assert known or not actions, arn


@of_each_policy
def test_an_appconfig_action_is_allowed_on_what_a_function_is_allowed_it_on(name: str) -> None:
    for action in GRANTED[name].keys() & RESOURCE_TYPES.keys():
        kinds = set()
        for kind in RESOURCE_TYPES[action]:
            for word, ours in _AS_HERE.items():
                kind = kind.replace(word, ours)
            kinds.add(kind)
        if "deploymentstrategy/STRATEGY" in kinds:
            kinds = kinds - {"deploymentstrategy/STRATEGY"} | STRATEGIES[name]

        prefix = "arn:aws:appconfig:REGION:ACCOUNT:"
        assert set(GRANTED[name][action]) == {prefix + kind for kind in kinds}, action


def test_a_placeholder_is_one_that_the_page_explains() -> None:
    named = {
        word for name in names() for word in re.findall(r"\b[A-Z_]{3,}\b", json.dumps(policy(name)))
    }
    assert named == set(PLACEHOLDERS)


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_its_commands_policies_and_iam_takes_it_as_one(name: str) -> None:
    text = (FOLDER / f"{name}.json").read_text("utf-8")

    assert text == written(name), "run `python -m local.policy_sets`"
    assert len(_without_blanks(filled(f"sets/{name}", LONGEST))) <= MOST_CHARACTERS
    assert _pairs(json.loads(text)) == set().union(*(_pairs(policy(each)) for each in SETS[name]))


def test_no_condition_is_lost_where_policies_are_merged() -> None:
    before, after = (
        [each["Condition"] for each in document["Statement"] if "Condition" in each]
        for document in (policy("deployer"), merged("deployer"))
    )

    assert before
    assert after == before


def _pairs(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (action, resource)
        for statement in document["Statement"]
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }
