"""Deployments, looked at by their numbers: where a list is not to be had, or not needed.

AppConfig answers ten lists a second, and a hundred reads. In a storm of alarms most executions
only have to learn that another one's deployment has turned their flags off: for that the newest
deployments are read, and the one that is not there yet. Where to begin stands in the description of
the stack's deployment strategy, which whoever deploys brings up to date. It is a hint and no more:
one that is old costs reads, and one that is wrong a list.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from appconfig_rollback.adapters.aws import client, named_errors
from appconfig_rollback.adapters.deployment_answers import completed_of, details_of
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.deployments import IN_PROGRESS, Served
from appconfig_rollback.errors import ResourceMissingError, RollbackError
from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.target import Target

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient
    from mypy_boto3_appconfig.type_defs import DeploymentTypeDef

#: A look that would take more reads than this is left to a list.
_MOST_READS = 8
_DESCRIPTION = "At once to everybody, with no bake time. Last used by deployment {number}"
_LAST_USED = re.compile(r"Last used by deployment (\d+)$")


class DeploymentsByNumber:
    """The deployments of one environment; `strategy` is the id of the stack's strategy."""

    def __init__(self, appconfig: AppConfigClient, target: Target, strategy: str) -> None:
        self._appconfig = appconfig
        self._target = target
        self._strategy = strategy

    def last_noted(self) -> int | None:
        """Read which deployment was the last by the strategy; None where nothing tells."""
        with named_errors(f"reading {self._of_strategy} (appconfig:GetDeploymentStrategy)"):
            answer = self._appconfig.get_deployment_strategy(DeploymentStrategyId=self._strategy)
            found = _LAST_USED.search(answer.get("Description", ""))
        return int(found[1]) if found else None

    def note_last(self, number: int) -> None:
        """Write down which deployment was the last.

        Best effort: without it executions list deployments, as they do anyway.
        """
        try:
            with named_errors(f"changing {self._of_strategy} (appconfig:UpdateDeploymentStrategy)"):
                self._appconfig.update_deployment_strategy(
                    DeploymentStrategyId=self._strategy,
                    Description=_DESCRIPTION.format(number=number),
                )
        except RollbackError:
            logger.warning("Cannot note that deployment %d was the last", number, exc_info=True)

    def served(self, known: int, fired_at: datetime, back_to: datetime) -> Served | None:
        """Find out what is served, where this system alone has deployed the profile since an alarm.

        `known` is the number of a deployment. From it they are read on to the first that is not
        there (numbers are a sequence: API reference, Deployment), and back to the moment `back_to`,
        or to the release that came last. None where that does not tell what is served: where one is
        in progress, or one of the profile since the alarm has no mark, or the newest has none, or
        it would take many reads.
        """
        answers: list[DeploymentTypeDef] = []  # the newest first
        number = known
        # In this order: what is read before the one that is not there was the newest by then.
        while found := self._deployment(number):
            answers.insert(0, found)
            number += 1
            if len(answers) >= _MOST_READS:
                return None
        newest, number = number - 1, known - 1
        while answers and _began(answers[-1]) >= back_to and not self._is_release(answers[-1]):
            before = self._deployment(number) if len(answers) < _MOST_READS else None
            if before is None:
                return None
            answers.append(before)
            number -= 1
        completed = [each for each in answers if self._is_ours(each) and _is_complete(each)]
        # A read does not tell which deployments are AppConfig's own; those have no mark.
        must_be_marked = [
            *completed[:1],
            *(each for each in answers if self._is_ours(each) and _began(each) >= fired_at),
        ]
        if not completed or not all(map(_mark_of, must_be_marked)):
            return None
        if any(each["State"] in IN_PROGRESS for each in answers):
            return None
        return Served(
            newest,
            None,
            tuple(map(completed_of, completed)),
            int(completed[0]["ConfigurationVersion"]),
            details=tuple(map(details_of, completed)),
        )

    def _is_ours(self, answer: DeploymentTypeDef) -> bool:
        return answer["ConfigurationProfileId"] == self._target.profile

    def _is_release(self, answer: DeploymentTypeDef) -> bool:
        return self._is_ours(answer) and _is_complete(answer) and not _mark_of(answer)

    def _deployment(self, number: int) -> DeploymentTypeDef | None:
        """Read a deployment; None where there is none of that number."""
        if number < 1:
            return None
        place = f"environment {self._target.environment} of application {self._target.application}"
        try:
            with named_errors(f"reading deployment {number} of {place} (appconfig:GetDeployment)"):
                return self._appconfig.get_deployment(
                    ApplicationId=self._target.application,
                    EnvironmentId=self._target.environment,
                    DeploymentNumber=number,
                )
        except ResourceMissingError:
            return None

    @property
    def _of_strategy(self) -> str:
        return f"deployment strategy {self._strategy}"


def _began(answer: DeploymentTypeDef) -> datetime:
    return answer["StartedAt"].astimezone(UTC)


def _is_complete(answer: DeploymentTypeDef) -> bool:
    return answer["State"] == "COMPLETE"


def _mark_of(answer: DeploymentTypeDef) -> Mark | None:
    return read_mark(answer.get("Description"))


def connect() -> DeploymentsByNumber:
    """Open the deployments of the environment that the stack watches."""
    return DeploymentsByNumber(
        client("appconfig"), settings().target, settings().deployment_strategy
    )
