"""What clients get of a flag that an experiment controls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import appconfig  # type: ignore[import-untyped]

from local.gaps.experiments import store
from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gaps.experiments.store import Record


def serve_experiments_to_clients() -> None:
    """While a run is RUNNING, clients get its flag from the experiment, not from what is deployed.

    AppConfig user guide, "Promoting a winning treatment": while an experiment is active a
    deployment does not change what users see, and once its run is stopped they get what is
    deployed; "Starting an experiment": at 0 % exposure nobody gets a treatment but those who are
    named in overrides. There the AppConfig Agent chooses by entity. Chosen here, for clients that
    have none: the first treatment that turns the flag on, or else the control, so the flag is on
    for every client where it would be on for anybody. A client that has the version gets the flags
    anew once a run starts or stops.
    """

    @replace(appconfig, "_get_latest_configuration")
    def get(original: Callable[..., Any], token: str) -> object:
        session = appconfig._sessions.get(token)
        if session is None:
            return original(token)
        place = ("ApplicationIdentifier", "EnvironmentIdentifier", "ConfigurationProfileIdentifier")
        runs = [run for run in store.running(*(session[name] for name in place)) if _exposes(run)]
        controlled_by = [(run["ExperimentDefinitionId"], run["Run"]) for run in runs]
        if session.get("_ControlledBy", []) != controlled_by:
            session |= {"_ControlledBy": controlled_by, "LastServedVersion": None}
        status, headers, content = original(token)
        if content and runs:
            document = json.loads(content)
            content = json.dumps(document | dict(map(_flag_as_served, runs))).encode()
        return status, headers, content


GAPS = [serve_experiments_to_clients]


def _exposes(run: Record) -> bool:
    """Whether anybody may get a treatment. The percentage is optional: without it all may."""
    return run.get("ExposurePercentage") != 0 or bool(run.get("TreatmentOverrides"))


def _flag_as_served(run: Record) -> tuple[str, Record]:
    """The key of a run's flag, and its value in the format that clients get."""
    definition = run["ExperimentDefinitionSnapshot"]
    values = [treatment["FlagValue"] for treatment in definition["Treatments"]]
    value = next((v for v in values if v["Enabled"]), definition["Control"]["FlagValue"])
    served: Record = {"enabled": value["Enabled"]}
    if value["Enabled"]:
        # Each attribute is an object with one member, named after the attribute's type.
        attributes = value.get("AttributeValues", {}).items()
        served |= {name: next(iter(typed.values())) for name, typed in attributes}
    return definition["FlagKey"], served
