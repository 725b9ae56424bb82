"""A rollback in one function, as it is written at home: everything at once, nothing awaited."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import Any

import boto3

appconfig = boto3.client("appconfig")
sns = boto3.client("sns")
cloudwatch = boto3.client("cloudwatch")

APPLICATION = os.environ["APPLICATION_ID"]
ENVIRONMENT = os.environ["ENVIRONMENT_ID"]
PROFILE = os.environ["PROFILE_ID"]


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    """Turn the flag of the alarm off in the newest version, deploy that, and tell."""
    alarm = event["detail"]["alarmName"]
    flag = alarm.removeprefix(os.environ["ALARM_NAME_PREFIX"]).removesuffix("-ErrorRate")
    newest = max(
        item["VersionNumber"]
        for item in appconfig.list_hosted_configuration_versions(
            ApplicationId=APPLICATION, ConfigurationProfileId=PROFILE
        )["Items"]
    )
    current = appconfig.get_hosted_configuration_version(
        ApplicationId=APPLICATION, ConfigurationProfileId=PROFILE, VersionNumber=newest
    )
    document = json.loads(current["Content"].read())
    reason = event["detail"]["state"]["reason"]
    document["flags"][flag]["enabled"] = False
    document["flags"][flag].setdefault("metadata", {}).update(
        lastRollback=datetime.now(UTC).isoformat(), rollbackReason=f"{alarm}: {reason}"
    )
    version = appconfig.create_hosted_configuration_version(
        ApplicationId=APPLICATION,
        ConfigurationProfileId=PROFILE,
        Content=json.dumps(document).encode(),
        ContentType=current["ContentType"],
        LatestVersionNumber=newest,
    )["VersionNumber"]
    deployment = appconfig.start_deployment(
        ApplicationId=APPLICATION,
        EnvironmentId=ENVIRONMENT,
        ConfigurationProfileId=PROFILE,
        ConfigurationVersion=str(version),
        DeploymentStrategyId=os.environ["STRATEGY_ID"],
    )["DeploymentNumber"]
    answer = {"flag": flag, "version": version, "deployment": deployment}
    print(json.dumps(answer))
    sns.publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Subject=f"Rolled back {flag}"[:99],
        Message=json.dumps(answer | {"reason": reason}),
    )
    cloudwatch.put_metric_data(
        Namespace="FeatureFlags",
        MetricData=[
            {
                "MetricName": "AutomatedRollback",
                "Dimensions": [{"Name": "FeatureFlagName", "Value": flag}],
                "Value": 1,
                "Unit": "Count",
            }
        ],
    )
    return answer
