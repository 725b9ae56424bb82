"""A permission is found wherever a template grants it, and taken out without a trace."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from local.template_permissions import Permission, permissions, without

if TYPE_CHECKING:
    from appconfig_rollback.untyped import Json


def _allow(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


def _of(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


MAYBE = {"Fn::If": ["Wanted", _allow("e:E"), {"Ref": "AWS::NoValue"}]}
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Function": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Policies": [_of(_allow("a:A", "b:B"), _allow("c:C"), MAYBE)]},
        },
        "Single": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Handler": "x", "Policies": [_of({**_allow(), "Action": "a:A"})]},
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": _of(_allow("sts:AssumeRole")),
                "Policies": [{"PolicyName": "p", "PolicyDocument": _of(_allow("d:D"))}],
            },
        },
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": ["q"], "PolicyDocument": _of(_allow("sqs:SendMessage"))},
        },
        "Topic": {"Type": "AWS::SNS::Topic"},
    }
}


def test_every_action_is_found_but_who_may_assume_a_role() -> None:
    assert [str(each) for each in permissions(TEMPLATE)] == [
        "Function:a:A",
        "Function:b:B",
        "Function:c:C",
        "Function:e:E",
        "Single:a:A",
        "Role:d:D",
        "QueuePolicy:sqs:SendMessage",
    ]


@pytest.mark.parametrize("text", [str(each) for each in permissions(TEMPLATE)])
def test_one_permission_less_is_one_permission_less(text: str) -> None:
    gone, before = Permission.parse(text), copy.deepcopy(TEMPLATE)

    weaker = without(TEMPLATE, gone)

    assert permissions(weaker) == [each for each in permissions(TEMPLATE) if each != gone]
    assert before == TEMPLATE


def test_what_is_left_is_a_template_still() -> None:
    def properties(text: str) -> Json:
        gone = Permission.parse(text)
        return without(TEMPLATE, gone)["Resources"].get(gone.resource, {}).get("Properties")

    (policy,) = properties("Function:a:A")["Policies"]
    assert policy["Statement"] == [_allow("b:B"), _allow("c:C"), MAYBE]
    (policy,) = properties("Function:e:E")["Policies"]
    assert policy["Statement"][2]["Fn::If"][1] == {"Ref": "AWS::NoValue"}
    assert properties("Single:a:A") == {"Handler": "x", "Policies": []}
    assert properties("Role:d:D")["AssumeRolePolicyDocument"] == _of(_allow("sts:AssumeRole"))
    assert properties("QueuePolicy:sqs:SendMessage") is None


def test_a_permission_that_is_not_granted_cannot_be_taken_out() -> None:
    with pytest.raises(LookupError, match="Function:d:D"):
        without(TEMPLATE, Permission("Function", "d:D"))
