"""People who have the rights of some of the policies, on an embedded cloud that enforces IAM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local.cloud import ACCOUNT_ID, REGION, REPOSITORY

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


def rights(
    cloud: EmbeddedCloud, policies: str, name: str, stack: str, application: str = "*"
) -> dict[str, str]:
    """Credentials with the rights of policies, named by their files and separated by blanks."""
    iam = cloud.client("iam")
    iam.create_role(RoleName=f"person-{name}", AssumeRolePolicyDocument=json.dumps(_TRUST))
    for policy in policies.split():
        text = _text(policy)
        for placeholder, value in {
            "REGION": REGION,
            "ACCOUNT": ACCOUNT_ID,
            "STACK": stack,
            "APPLICATION": application,
        }.items():
            text = text.replace(placeholder, value)
        iam.put_role_policy(RoleName=f"person-{name}", PolicyName=policy, PolicyDocument=text)
    given = cloud.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT_ID}:role/person-{name}", RoleSessionName=name
    )["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def actions_of(policy: str, beginning: str = "") -> set[str]:
    """All that a policy allows, or that its statements of such a name do."""
    return {
        action
        for statement in json.loads(_text(policy))["Statement"]
        for action in statement["Action"]
        if statement["Sid"].startswith(beginning)
    }


def _text(policy: str) -> str:
    return (REPOSITORY / "policies" / f"{policy}.json").read_text("utf-8")
