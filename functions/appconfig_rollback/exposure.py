"""What users may get of a flag, whatever its document says.

Four things decide it: the document that is served; a rollout that is under way; a deployment of
AppConfig's own; an experiment's run. "Off" is said only where none of them has the flag on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from appconfig_rollback.deployments import DeploymentDetails, Served
from appconfig_rollback.errors import FlagNotFoundError, NotHostedError
from appconfig_rollback.experiments import ExperimentRun, Experiments, showing
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.state import Experiment


class Store(Protocol):
    """What is asked of AppConfig; `adapters.appconfig.AppConfigStore` answers."""

    def document(self, version: int, profile_type: str) -> FlagDocument:
        """Read a hosted version."""

    def deployment(self, number: int) -> DeploymentDetails:
        """Read a deployment."""

    def version(self, details: DeploymentDetails) -> int:
        """Find the number of the hosted version that a deployment of the profile names."""


@dataclass(frozen=True)
class Exposure:
    """What users may get of a flag, and by what.

    `experiment` is set for `experiment`. `by` is `settling` while AppConfig makes a deployment of
    its own, and `nothing` where the flag is off for everybody.
    """

    by: Literal["served", "rollout", "managed", "settling", "experiment", "nothing"]
    reason: str
    experiment: ExperimentRun | None = None

    @property
    def state(self) -> Literal["on", "off", "unknown"]:
        """On, off, or unknown: what AppConfig's own deployments do to clients is not documented."""
        match self.by:
            case "nothing":
                return "off"
            case "managed" | "settling":
                return "unknown"
        return "on"


@dataclass(frozen=True)
class Beside:
    """The deployments in progress beside what is served, each read once, and only when needed."""

    store: Store
    served: Served
    profile_type: str

    def rolling_out(self, flag: str) -> str | None:
        """Say which deployment in progress is turning a flag on; None where none is."""
        running = self.served.in_progress
        if running is None or self._rollout is None:
            return None
        version, document = self._rollout
        if not is_on_in(document, flag):
            return None
        return (
            f"deployment {running.number} ({running.state}) is turning it on, with version "
            f"{version}"
        )

    def managed_with(self, flag: str) -> str | None:
        """Say which deployment of AppConfig's own has a flag on since; None where none has.

        One that names no hosted version belongs to an experiment, whose run is looked at.
        """
        for number, version, document in self._managed:
            if is_on_in(document, flag):
                return (
                    f"deployment {number}, AppConfig's own, came after deployment "
                    f"{self.served.completed[0].number} and names version {version}, which has it "
                    "on"
                )
        return None

    @cached_property
    def _rollout(self) -> tuple[int, FlagDocument] | None:
        running = self.served.in_progress
        if running is None or not running.ours:
            return None
        details = self.store.deployment(running.number)
        version = self._hosted(details) if running.managed else self.store.version(details)
        return None if version is None else (version, self._document(version))

    @cached_property
    def _managed(self) -> list[tuple[int, int, FlagDocument]]:
        found = []
        for deployment in self.served.managed:
            version = deployment.version
            if version is None:
                version = self._hosted(self.store.deployment(deployment.number))
            if version not in (None, self.served.version):
                found.append((deployment.number, version, self._document(version)))
        return found

    def _document(self, version: int) -> FlagDocument:
        return self.store.document(version, self.profile_type)

    def _hosted(self, details: DeploymentDetails) -> int | None:
        """Find the hosted version that a deployment of AppConfig's own names, by number or label.

        None where it names none: then it belongs to an experiment, whose run is looked at.
        """
        try:
            return self.store.version(details)
        except NotHostedError:
            return None


def exposure(
    beside: Beside,
    experiments: Experiments,
    document: FlagDocument,
    flag: str,
    *,
    known: Experiment | None = None,
) -> Exposure:
    """Find out whether users may get a flag; `document` is the one that is served.

    Raises:
        FlagNotFoundError: neither what is served nor what is rolled out has it.
    """
    served = beside.served
    if is_on_in(document, flag):
        return Exposure("served", f"version {served.version}, which is served, has it on")
    if rollout := beside.rolling_out(flag):
        return Exposure("rollout", rollout)
    if run := showing(experiments, flag, known):
        return Exposure("experiment", f"{run} shows it, whatever is deployed", run)
    if managed := beside.managed_with(flag):
        return Exposure("managed", managed)
    running = served.in_progress
    if running and running.ours and running.managed:
        return Exposure("settling", f"deployment {running.number}, AppConfig's own, is under way")
    document.is_on(flag)  # raises FlagNotFoundError, with what there is
    return Exposure("nothing", f"version {served.version}, which is served, has it off")


def is_on_in(document: FlagDocument, flag: str) -> bool | None:
    """Return whether a flag is on in a document; None where it is not in there."""
    try:
        return document.is_on(flag)
    except FlagNotFoundError:
        return None
