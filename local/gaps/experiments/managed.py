"""The deployments that AppConfig makes itself, for the runs of experiments."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ministack.services import appconfig  # type: ignore[import-untyped]

from local.gaps.experiments import store

if TYPE_CHECKING:
    from local.gaps.experiments.store import Record

#: Seen on AWS by a third party in the deployments of runs; ListDeploymentStrategies lacks it.
STRATEGY = "AppConfig.ServiceManaged"


def deploy_managed(definition: Record, run: int, asked: Record) -> str:
    """Deploy what is deployed once more, for a run that starts or stops; returns the ARN.

    botocore: DeploymentSummary.Type is USER or MANAGED, each event of a run names a deployment, and
    start and stop take DeploymentParameters. That the deployments of runs are the MANAGED ones is
    inferred; that they name the version that is deployed, and in their description the run, was
    seen on AWS by a third party. Chosen here: such a deployment needs the environment free, as any
    deployment does, and else is a ConflictException; it is COMPLETE at once, so no monitor rolls it
    back; a flag that is not deployed is a BadRequestException.
    """
    application, environment = definition["ApplicationId"], definition["EnvironmentId"]
    profile = definition["ConfigurationProfileId"]
    deployments = appconfig._refresh_environment(application, environment)
    busy = [d for d in deployments if d["State"] in appconfig._IN_PROGRESS_STATES]
    if busy:
        raise store.RefusedError(
            409,
            "ConflictException",
            f"Deployment {busy[-1]['DeploymentNumber']} is already in progress in environment "
            f"{environment}.",
        )
    users = [
        deployment
        for deployment in deployments
        if deployment["ConfigurationProfileId"] == profile
        and deployment["State"] == "COMPLETE"
        and "_Type" not in deployment
    ]
    if not users:
        raise store.RefusedError(
            400, "BadRequestException", f"Profile {profile} is not deployed to {environment}."
        )
    now = time.time()
    version = ("ConfigurationVersion", "VersionLabel", "_VersionNumber")
    deployment: Record = {
        "ApplicationId": application,
        "EnvironmentId": environment,
        "DeploymentStrategyId": STRATEGY,
        "ConfigurationProfileId": profile,
        "DeploymentNumber": deployments[-1]["DeploymentNumber"] + 1,
        "ConfigurationName": users[-1]["ConfigurationName"],
        "ConfigurationLocationUri": users[-1]["ConfigurationLocationUri"],
        **{name: users[-1][name] for name in version if name in users[-1]},
        "Description": f"Managed deployment for {store.run_arn(definition, run)}",
        "DeploymentDurationInMinutes": 0,
        "GrowthType": "LINEAR",
        "GrowthFactor": 100.0,
        "FinalBakeTimeInMinutes": 0,
        "State": "COMPLETE",
        "PercentageComplete": 100.0,
        "StartedAt": appconfig._iso(now),
        "CompletedAt": appconfig._iso(now),
        "_CompletedEpoch": now,
        "_Type": "MANAGED",
    }
    for event, what in [("STARTED", "started"), ("COMPLETED", "completed")]:
        appconfig._add_deployment_event(
            deployment, f"DEPLOYMENT_{event}", "APPCONFIG", f"Deployment {what}", now
        )
    place = (application, environment, deployment["DeploymentNumber"])
    appconfig._deployments["{}/{}/{}".format(*place)] = deployment
    appconfig._refresh_environment(application, environment)
    arn: str = appconfig._deployment_arn(*place)
    appconfig._apply_tags(arn, asked.get("DeploymentParameters", {}).get("Tags", {}))
    return arn
