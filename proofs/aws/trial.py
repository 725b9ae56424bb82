"""An experiment to try things on: a flag in an environment of its own, and runs as they are needed.

AppConfig bills each run by the hour from its start to its stop (user guide, "Experimentation
terminology"), so the questions share a run as long as it lasts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from appconfig_rollback.adapters.experiments import ExperimentStore
from appconfig_rollback.exposure import Beside, Exposure, exposure
from appconfig_rollback.flag_document import FEATURE_FLAGS
from proofs.aws.field import OVER, Field
from proofs.aws.making import EXPERIMENTS, as_client
from proofs.aws.report import Observation, answer

if TYPE_CHECKING:
    from appconfig_rollback.experiments import ExperimentRun
    from appconfig_rollback.untyped import AwsClient

FLAG = "tried"
REASON = "make verify-aws"
#: One, and another for each of two answers that would end a run before its questions are asked.
MOST_RUNS = 3


def document(*, enabled: bool) -> dict[str, Any]:
    """Write a document of feature flags in which the flag is on or off."""
    flags, values = {FLAG: {"name": FLAG}}, {FLAG: {"enabled": enabled}}
    return {"version": "1", "flags": flags, "values": values}


@dataclass(frozen=True)
class Trial:
    """An experiment whose treatment has the flag on, and whose control has it off.

    `on` and `off` are the versions that have the flag so; `on` is deployed at first.
    """

    field: Field
    definition: str
    on: int
    off: int

    @classmethod
    def make(cls, beside: Field) -> Trial:
        """Deploy a flag and define the experiment on it; no run is started."""
        field = beside.beside(EXPERIMENTS, FEATURE_FLAGS)
        on, off = (field.write(document(enabled=enabled)) for enabled in (True, False))
        field.await_state(field.deploy(field.at_once, on), *OVER)
        defined = field.appconfig.create_experiment_definition(
            ApplicationIdentifier=field.where.application,
            EnvironmentIdentifier=field.where.environment,
            ConfigurationProfileIdentifier=field.where.profile,
            Name=field.names.common,
            FlagKey=FLAG,
            AudienceRule='(eq $country "DE")',
            Control={"Weight": 50.0, "FlagValue": {"Enabled": False}},
            Treatments=[{"Weight": 50.0, "FlagValue": {"Enabled": True}}],
            Tags=field.names.tags,
        )
        return cls(field, defined["Id"], on, off)

    @property
    def place(self) -> dict[str, str]:
        """Application and experiment, as AppConfig's calls take them."""
        return {
            "ApplicationIdentifier": self.field.where.application,
            "ExperimentDefinitionIdentifier": self.definition,
        }

    @property
    def experiments(self) -> ExperimentStore:
        """This project's own reader."""
        return self.experiments_by(self.field.appconfig)

    def experiments_by(self, appconfig: AwsClient) -> ExperimentStore:
        """This project's own reader, with a client of its own."""
        where = self.field.where
        return ExperimentStore(appconfig, where.application, where.environment, where.profile)

    def start(self) -> ExperimentRun:
        """Start a run for all of the audience."""
        started = self.field.appconfig.start_experiment_run(**self.place, ExposurePercentage=100.0)
        return self._read(started["Run"])

    def runs(self) -> list[int]:
        """List the numbers of all runs, the oldest first."""
        pages = self.field.appconfig.get_paginator("list_experiment_runs").paginate(**self.place)
        return sorted(item["Run"] for page in pages for item in page["Items"])

    def newest(self) -> ExperimentRun:
        """Read the newest run.

        Raises:
            LookupError: none was started.
        """
        numbers = self.runs()
        if not numbers:
            raise LookupError(f"no run of experiment {self.definition} was started")
        return self._read(numbers[-1])

    def running(self) -> ExperimentRun:
        """Read the run that is RUNNING; starts one where none is, and waits for its deployment."""
        if self.runs() and (run := self.newest()).running:
            return run
        run = self.start()
        self.field.await_quiet()
        return run

    def end(self) -> None:
        """Stop the run that is RUNNING, if any."""
        if self.runs() and (run := self.newest()).running:
            self.experiments.stop(run.noted, REASON)
            self.field.await_quiet()

    def managed(self) -> dict[int, str]:
        """Map the numbers of the deployments that AppConfig made for runs to what they were for."""
        found = {}
        for number in self.runs():
            pages = self.field.appconfig.get_paginator("list_experiment_run_events").paginate(
                **self.place, Run=number
            )
            for event in [event for page in pages for event in page["Items"]]:
                deployment = event.get("AssociatedDeployment", "").rpartition("/")[-1]
                if deployment.isdecimal():
                    found[int(deployment)] = f"run {number}, {event['EventType']}"
        return found

    def exposure(self) -> Exposure:
        """What this project takes users to get of the flag."""
        store = self.field.store
        served = store.served()
        beside = Beside(store, served, FEATURE_FLAGS)
        served_document = store.document(served.version, FEATURE_FLAGS)
        return exposure(beside, self.experiments, served_document, FLAG)

    def client_gets(self) -> str:
        """What the data plane answers of the flag to a client that is not the AppConfig Agent."""
        content, kind = as_client(self.field.account, self.field.where)
        try:
            return "on" if json.loads(content)[FLAG]["enabled"] else "off"
        except (ValueError, LookupError, TypeError):
            return f"{len(content)} bytes of {kind}"

    def _read(self, number: int) -> ExperimentRun:
        run = self.experiments.run(self.definition, number)
        if run is None:
            raise LookupError(f"run {number} of experiment {self.definition} is gone")
        return run


def begin(beside: Field) -> tuple[Trial | None, Observation]:
    """Make the experiment, and say whether AppConfig has experiments here; None where it has none.

    Where it has none, nothing is made.
    """
    trial, seen = None, "yes"
    try:
        beside.appconfig.list_experiment_definitions(ApplicationIdentifier=beside.where.application)
        trial = Trial.make(beside)
    except ClientError as error:
        seen = f"{error}; so nothing else is asked about experiments"
    return trial, answer(
        f"Does AppConfig have experiments in {beside.account.region}?",
        "yes; without them a rollback of feature flags cannot confirm that a flag is off",
        seen,
        True if trial else None,
    )
