"""What AppConfig's answers say of deployments, in the terms of the rollback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from appconfig_rollback.deployments import Completed, DeploymentDetails
from appconfig_rollback.untyped import AwsAnswer

if TYPE_CHECKING:
    from mypy_boto3_appconfig.type_defs import DeploymentTypeDef

#: What only a deployment that is past its validation has in its log (API reference,
#: `DeploymentEvent.EventType`); DEPLOYMENT_STARTED may come before it.
_WENT_OUT = {"PERCENTAGE_UPDATED", "BAKE_TIME_STARTED", "DEPLOYMENT_COMPLETED"}


def is_managed(item: AwsAnswer) -> bool:
    """Return whether a deployment is AppConfig's own (API reference, `DeploymentSummary`)."""
    return bool(item.get("Type") == "MANAGED")


def completed_of(item: AwsAnswer) -> Completed:
    """Read a COMPLETE deployment from a list."""
    number, version = item["DeploymentNumber"], item["ConfigurationVersion"]
    hosted = int(version) if version.isdecimal() else None
    return Completed(number, hosted, item["StartedAt"].astimezone(UTC))


def details_of(answer: DeploymentTypeDef) -> DeploymentDetails:
    """Read a deployment as GetDeployment and StopDeployment answer with it."""
    undone_by, undone_at, undoing = None, None, "its event log names no rollback"
    # The log begins with the newest event (API reference, `Deployment.EventLog`).
    for event in answer.get("EventLog", []):
        if event.get("EventType") in {"ROLLBACK_STARTED", "REVERT_COMPLETED"}:
            undone_by, undone_at = event.get("TriggeredBy"), event.get("OccurredAt")
            undoing = f"{event['EventType']} triggered by {undone_by}: {event.get('Description')}"
            break
    return DeploymentDetails(
        number=answer["DeploymentNumber"],
        state=answer["State"],
        version=answer["ConfigurationVersion"],
        description=answer.get("Description", ""),
        should_end_at=_should_end_at(answer),
        undone_by=undone_by,
        undoing=undoing,
        started_at=answer["StartedAt"].astimezone(UTC) if "StartedAt" in answer else None,
        kms_key=answer.get("KmsKeyArn") or answer.get("KmsKeyIdentifier"),
        went_out=any(event.get("EventType") in _WENT_OUT for event in answer.get("EventLog", [])),
        undone_at=undone_at.astimezone(UTC) if undone_at else None,
        percentage=answer.get("PercentageComplete", 0.0),
    )


def _should_end_at(answer: DeploymentTypeDef) -> datetime | None:
    """Add up when a deployment ends if nothing happens to it."""
    if "StartedAt" not in answer:
        return None
    minutes = answer["DeploymentDurationInMinutes"] + answer["FinalBakeTimeInMinutes"]
    return answer["StartedAt"].astimezone(UTC) + timedelta(minutes=minutes)
