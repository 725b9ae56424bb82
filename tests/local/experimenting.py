"""Flags to experiment on, and runs of experiments that are defined."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local.demo_experiments import DemoRun
from local.demo_flags import DemoFlags, create_demo_flags

if TYPE_CHECKING:
    from mypy_boto3_appconfig.type_defs import TreatmentInputTypeDef

    from local.cloud import EmbeddedCloud

FLAG = "new-checkout"
OFF: TreatmentInputTypeDef = {"Weight": 1.0, "FlagValue": {"Enabled": False}}


def document(enabled: object = False) -> str:
    """A document of feature flags in which FLAG is off, or has another value for `enabled`."""
    return json.dumps(
        {
            "version": "1",
            "flags": {FLAG: {"name": FLAG}, "other": {"name": "other"}},
            "values": {FLAG: {"enabled": enabled}, "other": {"enabled": True}},
        }
    )


def native_flags(cloud: EmbeddedCloud) -> DemoFlags:
    """An environment of its own, with a profile of feature flags in which FLAG is off."""
    return create_demo_flags(cloud, document(), profile_type="AWS.AppConfig.FeatureFlags")


def start(cloud: EmbeddedCloud, flags: DemoFlags, definition: str) -> DemoRun:
    """Start a run of a definition that is there."""
    started = cloud.client("appconfig").start_experiment_run(
        ApplicationIdentifier=flags.application_id, ExperimentDefinitionIdentifier=definition
    )
    return DemoRun(cloud, flags.application_id, definition, started["Run"])
