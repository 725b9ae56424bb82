"""The limit: three calls turn a flag off. Nobody is told, and nothing can go wrong."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

appconfig = boto3.client("appconfig")


def handler(event: dict[str, Any], context: object) -> None:  # noqa: ARG001
    """Read a version, write it with the flag off, and deploy that.

    Finding out which version is served would take a fourth call; here the alarm's reason ends
    with its number.
    """
    flag = os.environ["FLAG"]
    profile: dict[str, Any] = {
        "ApplicationId": os.environ["APPLICATION_ID"],
        "ConfigurationProfileId": os.environ["PROFILE_ID"],
    }
    number = int(event["detail"]["state"]["reason"].rpartition(" ")[2])
    current = appconfig.get_hosted_configuration_version(**profile, VersionNumber=number)
    document = json.loads(current["Content"].read())
    document["flags"][flag]["enabled"] = False
    version = appconfig.create_hosted_configuration_version(
        **profile, Content=json.dumps(document).encode(), ContentType=current["ContentType"]
    )["VersionNumber"]
    appconfig.start_deployment(
        **profile,
        EnvironmentId=os.environ["ENVIRONMENT_ID"],
        ConfigurationVersion=str(version),
        DeploymentStrategyId=os.environ["STRATEGY_ID"],
    )
    print(f"turned {flag} off in version {version}")
