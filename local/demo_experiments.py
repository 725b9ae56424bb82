"""A team's experiment on one of its flags, as the rollback meets it: a run that is on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_appconfig.type_defs import (
        ExperimentRunTypeDef,
        TreatmentInputTypeDef,
    )

    from local.cloud import EmbeddedCloud
    from local.demo_flags import DemoFlags


@dataclass(frozen=True)
class DemoRun:
    """A run of an experiment."""

    cloud: EmbeddedCloud
    application_id: str
    definition_id: str
    number: int

    @property
    def place(self) -> dict[str, Any]:
        """The run, as parameters of a call."""
        return {
            "ApplicationIdentifier": self.application_id,
            "ExperimentDefinitionIdentifier": self.definition_id,
            "Run": self.number,
        }

    def read(self) -> ExperimentRunTypeDef:
        """What AppConfig knows of the run, its Status (RUNNING or DONE) and Result among it."""
        return self.cloud.client("appconfig").get_experiment_run(**self.place)

    def stop(self) -> None:
        """Stop the run."""
        self.cloud.client("appconfig").stop_experiment_run(**self.place)


def define_experiment(
    cloud: EmbeddedCloud,
    flags: DemoFlags,
    flag: str,
    *,
    control: bool = False,
    treatments: Sequence[bool] = (True,),
    name: str | None = None,
) -> str:
    """Define an experiment on ``flag``, by a name of its own; returns the definition's id.

    ``control`` and ``treatments`` say where it turns the flag on. The profile of ``flags`` must be
    of type AWS.AppConfig.FeatureFlags.
    """
    return cloud.client("appconfig").create_experiment_definition(
        ApplicationIdentifier=flags.application_id,
        Name=name or f"experiment-{uuid.uuid4().hex[:8]}",
        ConfigurationProfileIdentifier=flags.profile_id,
        EnvironmentIdentifier=flags.environment_id,
        FlagKey=flag,
        AudienceRule='(eq $country "DE")',
        Control=_share(control),
        Treatments=[_share(enabled) for enabled in treatments],
    )["Id"]


def start_run(
    cloud: EmbeddedCloud,
    flags: DemoFlags,
    flag: str,
    *,
    control: bool = False,
    treatments: Sequence[bool] = (True,),
    exposure: float = 100.0,
    name: str | None = None,
) -> DemoRun:
    """Define an experiment and start a run that shows it to ``exposure`` percent of its audience.

    Nothing may be deploying to the environment of ``flags``.
    """
    definition = define_experiment(
        cloud, flags, flag, control=control, treatments=treatments, name=name
    )
    started = cloud.client("appconfig").start_experiment_run(
        ApplicationIdentifier=flags.application_id,
        ExperimentDefinitionIdentifier=definition,
        ExposurePercentage=exposure,
    )
    return DemoRun(cloud, flags.application_id, definition, started["Run"])


def _share(enabled: bool) -> TreatmentInputTypeDef:
    return {"Weight": 1.0, "FlagValue": {"Enabled": enabled}}
