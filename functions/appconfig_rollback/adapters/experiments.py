"""Reads and stops AppConfig's experiments on the flags of one profile in one environment.

AppConfig has experiments since June 2026, on feature-flag profiles alone. What is not documented of
them, permissions included, is in docs/aws-semantics.md, "AppConfig: experiments".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from appconfig_rollback.adapters.aws import client, named_errors
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.errors import ResourceMissingError
from appconfig_rollback.experiments import ExperimentRun, Experiments, NoExperiments
from appconfig_rollback.flag_document import FEATURE_FLAGS
from appconfig_rollback.state import Experiment
from appconfig_rollback.untyped import AwsAnswer

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient


class ExperimentStore:
    """Reads and stops the experiment runs of one profile in one environment."""

    def __init__(
        self,
        appconfig: AppConfigClient,
        application: str,
        environment: str,
        profile: str,
        *,
        one_look: bool = False,
    ) -> None:
        # The stubs at hand may be older than experiments.
        self._appconfig: Any = appconfig
        self._application = application
        self._environment = environment
        self._profile = profile
        self._one_look = one_look
        self._listing = Lock()
        self._seen: list[Any] | None = None

    def running(self, flag: str, known: Experiment | None = None) -> list[ExperimentRun]:
        """List the runs of experiments on a flag that are RUNNING, each with what it shows.

        `known` is read by its number besides: lists may be older than the call that stopped it.
        Definitions of any status are looked at: that ACTIVE means that a run of it is RUNNING is
        only inferred (API reference, ListExperimentDefinitions).
        """
        return [run for run in self._read(flag, known, "RUNNING") if run.running]

    def flags(self) -> list[str]:
        """Name the flags that an experiment is defined on, each once."""
        return list(dict.fromkeys(item["FlagKey"] for item in self._definitions()))

    def ended(
        self, flag: str, since: datetime, known: Experiment | None = None
    ) -> list[ExperimentRun]:
        """List the runs of experiments on a flag that ended since a moment; `known` as above."""
        return [run for run in self._read(flag, known, "DONE", since) if not run.running]

    def all_ended(self, since: datetime) -> list[ExperimentRun]:
        """List the runs of experiments on any flag of the profile that ended since a moment."""
        return [run for run in self._read(None, None, "DONE", since) if not run.running]

    def run(self, definition: str, number: int) -> ExperimentRun | None:
        """Read one run; None where it is gone together with its definition.

        What it shows is read from the snapshot that AppConfig keeps with it (API reference,
        `ExperimentDefinitionSnapshot`). What does not say `Enabled` false counts as on.
        """
        try:
            with named_errors(
                f"reading run {number} of experiment {definition} (appconfig:GetExperimentRun)"
            ):
                answer = self._appconfig.get_experiment_run(
                    ApplicationIdentifier=self._application,
                    ExperimentDefinitionIdentifier=definition,
                    Run=number,
                )
                return _run(definition, number, answer)
        except ResourceMissingError:
            return None

    def stop(self, run: Experiment, reason: str) -> None:
        """Stop a run; clients then get what is deployed. `reason` is kept with the run.

        Raises:
            RefreshRequiredError: it cannot be stopped at this moment; look again.
            RequestRefusedError: AppConfig refuses, perhaps because the run is DONE already.
        """
        with named_errors(
            f"stopping run {run['run']} of experiment {run['name']!r} ({run['definition']}) "
            "(appconfig:StopExperimentRun)"
        ):
            self._appconfig.stop_experiment_run(
                ApplicationIdentifier=self._application,
                ExperimentDefinitionIdentifier=run["definition"],
                Run=run["run"],
                Result={"ReasonsNotToLaunch": reason},
            )

    def _read(
        self, flag: str | None, known: Experiment | None, status: str, since: datetime | None = None
    ) -> list[ExperimentRun]:
        """Read each run that is listed with a status, and the known one, as it is by now.

        Of those that have ended, those before `since` are left out.
        """
        numbers = [
            (definition["Id"], run["Run"])
            for definition in self._definitions(flag)
            for run in self._runs(definition, Status=status)
            if since is None or "EndedAt" not in run or run["EndedAt"] >= since
        ]
        if known and (known["definition"], known["run"]) not in numbers:
            numbers.append((known["definition"], known["run"]))
        return [run for each in numbers if (run := self.run(*each))]

    def _definitions(self, flag: str | None = None) -> Iterator[Any]:
        """List the definitions of experiments, on one flag or on all."""
        return (item for item in self._listed() if flag in (None, item["FlagKey"]))

    def _listed(self) -> list[Any]:
        """List all definitions: for one look they are listed once.

        That a region where AppConfig has no experiments answers UnknownOperationException, as AWS's
        common errors have it, is believed: then there are none. Any other answer is an error.
        """
        with self._listing:  # several flags may be asked for side by side
            if self._seen is not None and self._one_look:
                return self._seen
            try:
                self._seen = list(self._list())
            except ResourceMissingError as error:
                if "UnknownOperation" not in str(error):
                    raise
                self._seen = []
            return self._seen

    def _list(self) -> Iterator[Any]:
        with named_errors(
            f"listing the experiments of profile {self._profile} "
            "(appconfig:ListExperimentDefinitions)"
        ):
            pages = self._appconfig.get_paginator("list_experiment_definitions").paginate(
                ApplicationIdentifier=self._application,
                EnvironmentIdentifier=self._environment,
                ConfigurationProfileIdentifier=self._profile,
            )
            for page in pages:
                yield from page["Items"]

    def _runs(self, definition: AwsAnswer, **which: str) -> Iterator[AwsAnswer]:
        with named_errors(
            f"listing the runs of experiment {definition['Id']} (appconfig:ListExperimentRuns)"
        ):
            pages = self._appconfig.get_paginator("list_experiment_runs").paginate(
                ApplicationIdentifier=self._application,
                ExperimentDefinitionIdentifier=definition["Id"],
                **which,
            )
            for page in pages:
                yield from page["Items"]


def _run(definition: str, number: int, answer: AwsAnswer) -> ExperimentRun:
    snapshot = answer["ExperimentDefinitionSnapshot"]
    shown = [snapshot["Control"], *snapshot["Treatments"]]
    return ExperimentRun(
        definition=definition,
        name=snapshot.get("Name", definition),
        number=number,
        running=answer["Status"] != "DONE",
        shows_flag=any(
            treatment.get("FlagValue", {}).get("Enabled") is not False for treatment in shown
        ),
        reasons=answer.get("Result", {}).get("ReasonsNotToLaunch", ""),
    )


def of_profile(profile_type: str) -> Experiments:
    """Open the experiments on the profile that the stack watches, if it can have any."""
    return connect() if profile_type == FEATURE_FLAGS else NoExperiments()


def connect() -> ExperimentStore:
    """Open the experiments on the profile that the stack watches, for one look at them."""
    target = settings().target
    return ExperimentStore(
        client("appconfig"), target.application, target.environment, target.profile, one_look=True
    )
