"""Looks at deployments by their numbers, where a list is not to be had or not needed.

AppConfig answers ten lists a second, and a hundred reads. In a storm of alarms most executions
only have to learn that another one's deployment has turned their flags off: for that two
deployments are read, the newest and the one that is not there yet. Where to begin stands in the
description of the stack's deployment strategy, which whoever deploys brings up to date. It is a
hint and no more: a number that is old costs reads, and one that is wrong a list.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from appconfig_rollback.adapters.aws import client, named_errors
from appconfig_rollback.adapters.deployment_answers import completed_of, details_of
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.deployments import IN_PROGRESS, Completed, DeploymentDetails, Served
from appconfig_rollback.errors import ResourceMissingError, RollbackError
from appconfig_rollback.mark import read_mark

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient

#: A look that would take more reads than this is left to a list.
_MOST_READS = 8
_DESCRIPTION = "At once to everybody, with no bake time. Last used by deployment {number}"
_LAST_USED = re.compile(r"Last used by deployment (\d+)$")


def last_deployment() -> int | None:
    """Read which deployment was the last with the stack's strategy; None where nothing tells."""
    strategy = settings().deployment_strategy
    with named_errors(f"reading strategy {strategy} (appconfig:GetDeploymentStrategy)"):
        answer = _appconfig().get_deployment_strategy(DeploymentStrategyId=strategy)
        found = _LAST_USED.search(answer.get("Description", ""))
    return int(found[1]) if found else None


def note_deployment(number: int) -> None:
    """Write it down. Best effort: without it, executions list deployments as they do anyway."""
    strategy = settings().deployment_strategy
    try:
        with named_errors(f"changing strategy {strategy} (appconfig:UpdateDeploymentStrategy)"):
            _appconfig().update_deployment_strategy(
                DeploymentStrategyId=strategy, Description=_DESCRIPTION.format(number=number)
            )
    except RollbackError:
        logger.warning("Cannot note deployment %d for other executions", number, exc_info=True)


def served_since(known: int, moment: datetime) -> Served | None:
    """Find out what is served, where this system alone has deployed since a moment.

    `known` is the number of a deployment that there is. From it the newest is looked for (numbers
    are a sequence: API reference, Deployment), and then all back to the moment are read. None where
    that does not tell: where one of the profile's is in progress or nobody's that left a mark,
    where none of them is COMPLETE, where one of another profile is in progress, and where it would
    take many reads. `completed` are those since the moment alone.
    """
    newest, reads = known, 0
    answers: dict[int, Any] = {}
    while reads < _MOST_READS:
        reads += 1
        found = _deployment(newest + 1)
        if found is None:
            break
        newest += 1
        answers[newest] = found
    else:
        return None
    completed: list[Completed] = []
    details: list[DeploymentDetails] = []
    for number in range(newest, 0, -1):
        if number not in answers:
            reads += 1
            found = _deployment(number) if reads <= _MOST_READS else None
            if found is None:
                return None
            answers[number] = found
        answer = answers[number]
        if "StartedAt" not in answer:
            return None
        if answer["StartedAt"].astimezone(UTC) < moment:
            break
        if answer["State"] in IN_PROGRESS:
            return None
        if answer["ConfigurationProfileId"] != settings().target.profile:
            continue
        read = details_of(answer)
        # Of deployments that are AppConfig's own a read does not tell; they have no mark.
        if read_mark(read.description) is None or not read.version.isdecimal():
            return None
        if read.state == "COMPLETE":
            completed.append(completed_of(answer))
            details.append(read)
    if not completed:
        return None
    return Served(
        newest,
        None,
        tuple(completed),
        int(details[0].version),
        details=tuple(details),
    )


def _deployment(number: int) -> Any | None:  # noqa: ANN401 - an answer of AppConfig
    """Read a deployment of the environment; None where there is none of that number."""
    target = settings().target
    try:
        with named_errors(
            f"reading deployment {number} of environment {target.environment} "
            "(appconfig:GetDeployment)"
        ):
            return _appconfig().get_deployment(
                ApplicationId=target.application,
                EnvironmentId=target.environment,
                DeploymentNumber=number,
            )
    except ResourceMissingError:
        return None


def _appconfig() -> AppConfigClient:
    appconfig: AppConfigClient = client("appconfig")
    return appconfig
