"""The permissions that a SAM template grants: each can be listed, and taken out of the template.

A permission is an action that a policy of a resource allows: of a function's or the state
machine's role, of a role, or of a queue or topic itself. What SAM adds by itself (the roles of
events, basic execution, tracing) is not in the template and not here.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appconfig_rollback.untyped import Json

_NOTHING = {"Ref": "AWS::NoValue"}


@dataclass(frozen=True, order=True)
class Permission:
    """An action that the policies of a resource of the template allow."""

    resource: str
    action: str

    @classmethod
    def parse(cls, text: str) -> Permission:
        """Read `Resource:service:Action`."""
        resource, _, action = text.partition(":")
        return cls(resource, action)

    def __str__(self) -> str:
        return f"{self.resource}:{self.action}"


def permissions(template: Mapping[str, Any]) -> list[Permission]:
    """List every permission of a template, in its order."""
    return list(
        dict.fromkeys(
            Permission(name, action)
            for name, resource in template["Resources"].items()
            for statement in statements(resource.get("Properties", {}))
            for action in as_list(statement["Action"])
        )
    )


def without(template: Mapping[str, Any], permission: Permission) -> dict[str, Any]:
    """A copy of the template that lacks a permission, and is a valid template still.

    Raises:
        LookupError: the template does not grant it.
    """
    if permission not in permissions(template):
        raise LookupError(f"expected a permission of the template; got {permission}")
    weaker = copy.deepcopy(dict(template))
    resource = weaker["Resources"][permission.resource]
    rest = _less(resource["Properties"], permission.action)
    if "Policies" in resource["Properties"]:
        resource["Properties"] = {**rest, "Policies": rest.get("Policies", [])}
    elif "PolicyDocument" in rest:
        resource["Properties"] = rest
    else:  # a policy of its own, of which nothing is left
        del weaker["Resources"][permission.resource]
    return weaker


def _is_statement(value: object) -> bool:
    return isinstance(value, dict) and "Effect" in value and "Action" in value


def statements(value: object) -> Iterator[dict[str, Any]]:
    """Find the statements in a resource's properties; who may assume a role is none of them."""
    if isinstance(value, dict):
        if _is_statement(value):
            yield value
        else:
            for key, inner in value.items():
                if key != "AssumeRolePolicyDocument":
                    yield from statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statements(inner)


def _less(value: Json, action: str) -> Json:
    """The value without the action; None for a statement or policy that allows nothing else."""
    if _is_statement(value):
        left = [each for each in as_list(value["Action"]) if each != action]
        return {**value, "Action": left} if left else None
    if isinstance(value, dict) and value.keys() == {"Fn::If"}:
        return {
            "Fn::If": [
                _NOTHING if (less := _less(v, action)) is None else less for v in value["Fn::If"]
            ]
        }
    if isinstance(value, dict):
        kept = {key: _less(inner, action) for key, inner in value.items()}
        kept = {key: inner for key, inner in kept.items() if inner is not None}
        return None if "Statement" in value and "Statement" not in kept else kept
    if isinstance(value, list):
        items = [item for each in value if (item := _less(each, action)) is not None]
        return items if items or not value else None
    return value


def as_list(value: Json) -> list[Json]:
    """Read what a policy lets be one or many (IAM user guide, "Grammar of the IAM JSON policy")."""
    return value if isinstance(value, list) else [value]
