"""The policies of people, in `policies/`, with their placeholders filled in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local.cloud import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.cloud import EmbeddedCloud
    from local.stack import Stack

POLICIES = REPOSITORY / "policies"
#: What stands for something of an account, and of a stack, as docs/production.md explains it.
PLACEHOLDERS = (
    *("REGION", "ACCOUNT", "STACK", "PREFIX"),
    *("APPLICATION", "ENVIRONMENT", "PROFILE", "STRATEGY"),
    *("MONITOR_ROLE", "KEY"),
)
#: What a deployer has: for CloudFormation, the SAM CLI and IAM, and for what a stack consists of.
#: IAM takes no policy that is as long as both.
DEPLOYER = ("deployer", "deployer-resources")
_PLACEHOLDER = re.compile(rf"\b(?:{'|'.join(PLACEHOLDERS)})\b")


def names() -> list[str]:
    """The names of all policies."""
    return sorted(path.stem for path in POLICIES.glob("*.json"))


def policy(name: str) -> dict[str, Any]:
    """A policy with its placeholders."""
    document: dict[str, Any] = json.loads((POLICIES / f"{name}.json").read_text("utf-8"))
    return document


def filled(name: str, values: Mapping[str, str]) -> dict[str, Any]:
    """A policy with values in the place of its placeholders.

    Raises:
        KeyError: it has a placeholder that no value is given for.
    """
    text = _PLACEHOLDER.sub(lambda found: values[found[0]], json.dumps(policy(name)))
    document: dict[str, Any] = json.loads(text)
    return document


def values_of(cloud: EmbeddedCloud, stack: Stack) -> dict[str, str]:
    """What the placeholders stand for, of a stack on the embedded cloud."""
    described = cloud.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"][0]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
    return {
        "REGION": cloud.region,
        "ACCOUNT": cloud.account_id,
        "STACK": stack.name,
        "PREFIX": given["AlarmNamePrefix"],
        "APPLICATION": given["ApplicationId"],
        "ENVIRONMENT": given["EnvironmentId"],
        "PROFILE": given["ConfigurationProfileId"],
        "STRATEGY": stack.outputs["DeploymentStrategyId"],
        "MONITOR_ROLE": given["MonitorRoleArns"],
        "KEY": given["KmsKeyArns"],
    }
