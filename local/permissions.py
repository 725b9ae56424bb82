"""Takes a permission away from a function's role, and gives it back."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloud import EmbeddedCloud
    from local.stack import Stack


@contextmanager
def taken_away(cloud: EmbeddedCloud, stack: Stack, whose: str, action: str) -> Iterator[None]:
    """Run the block while `whose` (the logical id of a function or a role) may not do `action`."""
    iam, role = cloud.client("iam"), _role_of(cloud, stack, whose)
    taken = 0
    before = {}
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        # botocore decodes the document; its stubs do not know.
        document: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        before[name] = json.dumps(document)
        statements = [s for s in document["Statement"] if s["Action"] not in (action, [action])]
        taken += len(document["Statement"]) - len(statements)
        # A policy needs a statement, so one that would have none left goes altogether.
        if statements:
            less = json.dumps({**document, "Statement": statements})
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=less)
        else:
            iam.delete_role_policy(RoleName=role, PolicyName=name)
    if not taken:
        raise LookupError(f"expected a statement that allows {action} in the role of {whose}")
    try:
        yield
    finally:
        for name, text in before.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text)


def _role_of(cloud: EmbeddedCloud, stack: Stack, logical_id: str) -> str:
    """The name of a function's role, or of a role of the template."""
    resource = cloud.client("cloudformation").describe_stack_resource(
        StackName=stack.name, LogicalResourceId=logical_id
    )["StackResourceDetail"]
    if resource["ResourceType"] == "AWS::IAM::Role":
        return resource["PhysicalResourceId"]
    described = cloud.client("lambda").get_function_configuration(
        FunctionName=resource["PhysicalResourceId"]
    )
    return described["Role"].rsplit("/", 1)[-1]
