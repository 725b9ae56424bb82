"""A team's own AppConfig, as the rollback meets it: flags in production and an alarm on one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flag_rollback.waiting import wait_for

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

METRIC_NAMESPACE = "FeatureFlags"
METRIC_NAME = "ErrorRate"
THRESHOLD_PERCENT = 5.0

DOCUMENT: dict[str, Any] = {
    "version": "2026.3.2.0915",
    "lastUpdated": "2026-03-02T09:15:42Z",
    "flags": {
        "new-checkout": {
            "enabled": True,
            "rolloutPercentage": 50,
            "metadata": {
                "owner": "team-checkout",
                "description": "One-page checkout instead of three steps",
                "jiraTicket": "SHOP-1482",
                "createdAt": "2026-01-19",
            },
        },
        "search-v2": {
            "enabled": True,
            "rolloutPercentage": 100,
            "metadata": {"owner": "team-search", "description": "Ranking by the new index"},
        },
        "dark-mode": {
            "enabled": False,
            "rolloutPercentage": 0,
            "metadata": {"owner": "team-web", "description": "Dark colours, on request"},
        },
        "express-delivery": {
            "enabled": True,
            "rolloutPercentage": 25,
            "countries": ["DE", "AT", "CH"],
            "maxWeightKg": 12.50,
            "metadata": {"owner": "team-logistics", "description": "Same-day delivery"},
        },
        "holiday-banner": {
            "enabled": True,
            "text": "Frohe Feiertage \u2014 free shipping until 24\u00a0Dec",
        },
    },
}

#: The same team's flags in a profile of type AWS.AppConfig.FeatureFlags.
FEATURE_FLAGS_DOCUMENT: dict[str, Any] = {
    "version": "1",
    "flags": {
        "new-checkout": {"name": "One-page checkout instead of three steps"},
        "search-v2": {"name": "Ranking by the new index"},
        "dark-mode": {"name": "Dark colours, on request"},
    },
    "values": {
        "new-checkout": {"enabled": True},
        "search-v2": {"enabled": True},
        "dark-mode": {"enabled": False},
    },
}


@dataclass(frozen=True)
class DemoFlags:
    """Where the demo's flags live."""

    application_id: str
    environment_id: str
    profile_id: str
    strategy_id: str

    def parameters(self) -> dict[str, str]:
        """The stack parameters that point the rollback at these flags."""
        return {
            "ApplicationId": self.application_id,
            "EnvironmentId": self.environment_id,
            "ConfigurationProfileId": self.profile_id,
        }


def create_demo_flags(
    cloud: EmbeddedCloud,
    document: str | bytes | None = None,
    *,
    profile_type: str = "AWS.Freeform",
) -> DemoFlags:
    """Make application, environment and profile, and release ``document`` (or the demo's)."""
    appconfig = cloud.client("appconfig")
    application = appconfig.create_application(Name="storefront")["Id"]
    environment = appconfig.create_environment(ApplicationId=application, Name="production")["Id"]
    profile = appconfig.create_configuration_profile(
        ApplicationId=application, Name="feature-flags", LocationUri="hosted", Type=profile_type
    )["Id"]
    strategy = appconfig.create_deployment_strategy(
        Name="at-once",
        DeploymentDurationInMinutes=0,
        GrowthFactor=100.0,
        FinalBakeTimeInMinutes=0,
        ReplicateTo="NONE",
    )["Id"]
    flags = DemoFlags(application, environment, profile, strategy)
    release(cloud, flags, document or json.dumps(DOCUMENT, indent=2, ensure_ascii=False))
    return flags


def release(
    cloud: EmbeddedCloud,
    flags: DemoFlags,
    document: str | bytes,
    content_type: str = "application/json",
) -> int:
    """Store ``document`` as a new version, deploy it, and return its number once it is served."""
    appconfig = cloud.client("appconfig")
    version = appconfig.create_hosted_configuration_version(
        ApplicationId=flags.application_id,
        ConfigurationProfileId=flags.profile_id,
        Content=document.encode() if isinstance(document, str) else document,
        ContentType=content_type,
    )["VersionNumber"]
    number = appconfig.start_deployment(
        ApplicationId=flags.application_id,
        EnvironmentId=flags.environment_id,
        ConfigurationProfileId=flags.profile_id,
        ConfigurationVersion=str(version),
        DeploymentStrategyId=flags.strategy_id,
    )["DeploymentNumber"]

    def is_complete() -> bool:
        deployment = appconfig.get_deployment(
            ApplicationId=flags.application_id,
            EnvironmentId=flags.environment_id,
            DeploymentNumber=number,
        )
        return deployment["State"] == "COMPLETE"

    wait_for(is_complete, f"deployment {number}", seconds=10)
    return version


def deployments(cloud: EmbeddedCloud, flags: DemoFlags) -> list[Any]:
    """List the environment's deployments, the newest first."""
    pages = (
        cloud.client("appconfig")
        .get_paginator("list_deployments")
        .paginate(ApplicationId=flags.application_id, EnvironmentId=flags.environment_id)
    )
    return [item for page in pages for item in page["Items"]]


def create_alarm(cloud: EmbeddedCloud, flag: str, *, needed: int = 2, of: int = 3) -> str:
    """Make the alarm on the error rate of the requests with ``flag`` on; returns its name.

    It fires when ``needed`` of the latest ``of`` minutes breach.
    """
    name = f"FeatureFlag-{flag}-ErrorRate"
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        AlarmDescription=f"Error rate of requests served with {flag} on",
        Namespace=METRIC_NAMESPACE,
        MetricName=METRIC_NAME,
        Dimensions=[{"Name": "FeatureFlagName", "Value": flag}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=of,
        DatapointsToAlarm=needed,
        Threshold=THRESHOLD_PERCENT,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    return name


def create_unfed_alarm(cloud: EmbeddedCloud, name: str) -> None:
    """Make an alarm on a metric that nothing feeds: it is in the state that it is set to."""
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Unfed",
        MetricName=name,
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=THRESHOLD_PERCENT,
        ComparisonOperator="GreaterThanThreshold",
    )


def make_watched_alarm(cloud: EmbeddedCloud, flag: str) -> str:
    """Make the alarm after ten minutes in which nothing was wrong; returns its name."""
    now = datetime.now(UTC)
    usual = (0.4, 0.6, 0.3, 0.5, 0.9, 0.4, 0.2, 0.6, 0.5, 0.4)
    cloud.client("cloudwatch").put_metric_data(
        Namespace=METRIC_NAMESPACE,
        MetricData=[
            {
                "MetricName": METRIC_NAME,
                "Dimensions": [{"Name": "FeatureFlagName", "Value": flag}],
                "Value": percent,
                "Unit": "Percent",
                "Timestamp": now - timedelta(minutes=len(usual) + 1 - minute),
            }
            for minute, percent in enumerate(usual)
        ],
    )
    return create_alarm(cloud, flag)


def breach(cloud: EmbeddedCloud, flag: str, error_rate: float = 12.7) -> None:
    """Report an error rate above the threshold, of two minutes at once: the alarm fires."""
    push_error_rate(cloud, flag, error_rate)


def recover(cloud: EmbeddedCloud, flag: str) -> None:
    """Report enough good requests that each minute's average is below the threshold again."""
    push_error_rate(cloud, flag, 0.0, times=1000)


def push_error_rate(cloud: EmbeddedCloud, flag: str, percent: float, *, times: int = 1) -> None:
    """Report the error rate of requests served with ``flag`` on, of this minute and the last."""
    now = datetime.now(UTC)
    cloud.client("cloudwatch").put_metric_data(
        Namespace=METRIC_NAMESPACE,
        MetricData=[
            {
                "MetricName": METRIC_NAME,
                "Dimensions": [{"Name": "FeatureFlagName", "Value": flag}],
                "Values": [percent],
                "Counts": [times],
                "Unit": "Percent",
                "Timestamp": moment,
            }
            for moment in (now - timedelta(minutes=1), now)
        ],
    )


def read_as_client(cloud: EmbeddedCloud, flags: DemoFlags) -> dict[str, Any]:
    """The document that a client gets from the data plane now, which is an object."""
    document: dict[str, Any] = json.loads(content_for_client(cloud, flags))
    return document


def content_for_client(cloud: EmbeddedCloud, flags: DemoFlags) -> bytes:
    """What a client gets from the data plane now, as it is written."""
    data_plane = cloud.client("appconfigdata")
    token = data_plane.start_configuration_session(
        ApplicationIdentifier=flags.application_id,
        EnvironmentIdentifier=flags.environment_id,
        ConfigurationProfileIdentifier=flags.profile_id,
    )["InitialConfigurationToken"]
    latest = data_plane.get_latest_configuration(ConfigurationToken=token)
    return latest["Configuration"].read()


def flags_in(document: dict[str, Any]) -> dict[str, Any]:
    """The flags by name, in what a client gets of either type of profile."""
    flags: dict[str, Any] = document.get("flags", document)
    return flags
