"""The experiment definitions of an account and region, each with its runs.

A definition is what CreateExperimentDefinition was given, with ids for identifiers; its runs are at
``_Runs``, in the order of their numbers, and a run's events at ``_Events``. Keys that begin with an
underscore are never answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ministack.core.responses import (  # type: ignore[import-untyped]
    AccountRegionScopedDict,
    get_account_id,
    get_region,
)
from ministack.services import appconfig  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")
Record = dict[str, Any]

#: "{application id}/{definition id}" -> definition
definitions: Any = AccountRegionScopedDict()


class RefusedError(Exception):
    """The error that AppConfig answers instead: an HTTP status, its name, its message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def application_id(identifier: str) -> str:
    """The id of the application with this id or name."""
    found: str | None = appconfig._resolve_application_id(identifier)
    return existing(found, f"Application {identifier}")


def environment_id(application: str, identifier: str) -> str:
    """The id of the application's environment with this id or name."""
    found: str | None = appconfig._resolve_environment_id(application, identifier)
    return existing(found, f"Environment {identifier}")


def profile_id(application: str, identifier: str) -> str:
    """The id of the application's configuration profile with this id or name."""
    found: str | None = appconfig._resolve_configuration_profile_id(application, identifier)
    return existing(found, f"Configuration profile {identifier}")


def definition(application: str, identifier: str) -> Record:
    """The definition with this id or name in the application with this id or name."""
    application = application_id(application)
    found: list[Record] = [
        definition
        for definition in definitions.values()
        if definition["ApplicationId"] == application
        and identifier in (definition["Id"], definition["Name"])
    ]
    return existing(next(iter(found), None), f"Experiment definition {identifier}")


def run(of: Record, number: str) -> Record:
    """The run of a definition with this number."""
    found: list[Record] = [run for run in of["_Runs"] if run["Run"] == int(number)]
    return existing(next(iter(found), None), f"Experiment run {number}")


def is_active(of: Record) -> bool:
    """Whether a run of the definition is RUNNING."""
    return any(run["Status"] == "RUNNING" for run in of["_Runs"])


def running(application: str, environment: str, profile: str) -> Iterator[Record]:
    """The runs that control flags of the profile in the environment."""
    for found in definitions.values():
        place = (found["ApplicationId"], found["EnvironmentId"], found["ConfigurationProfileId"])
        if place == (application, environment, profile):
            yield from (run for run in found["_Runs"] if run["Status"] == "RUNNING")


def definition_arn(of: Record) -> str:
    """The ARN of a definition (service authorization reference, AppConfig's resource types)."""
    return (
        f"arn:aws:appconfig:{get_region()}:{get_account_id()}:"
        f"application/{of['ApplicationId']}/experimentdefinition/{of['Id']}"
    )


def run_arn(of: Record, number: int | str) -> str:
    """The ARN of the run of a definition with this number (source as above)."""
    return f"{definition_arn(of)}/experimentrun/{number}"


def existing(what: T | None, name: str) -> T:
    """What was found; nothing is ResourceNotFoundException."""
    if not what:
        raise RefusedError(404, "ResourceNotFoundException", f"{name} not found")
    return what
