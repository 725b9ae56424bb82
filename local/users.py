"""People with an IAM user of their own, whom nothing but a given policy allows anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.asked import Question
    from local.cloud import EmbeddedCloud


@dataclass(frozen=True)
class User:
    """A user of the embedded cloud, with an access key."""

    cloud: EmbeddedCloud
    arn: str
    key: tuple[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point the AWS CLI, or any SDK, at the cloud as this user."""
        identifier, secret = self.key
        return {
            **self.cloud.environment(),
            "AWS_ACCESS_KEY_ID": identifier,
            "AWS_SECRET_ACCESS_KEY": secret,
        }

    @property
    def asked(self) -> list[Question]:
        """What the cloud's IAM was asked about this user so far."""
        return self.cloud.asked.of(self.arn)


def create_user(cloud: EmbeddedCloud, name: str, policy: Mapping[str, Any] | None = None) -> User:
    """Make a user with one policy, or with none so far."""
    iam = cloud.client("iam")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    if policy:
        iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return User(cloud, arn, (key["AccessKeyId"], key["SecretAccessKey"]))
