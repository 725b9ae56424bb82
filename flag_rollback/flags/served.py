"""What users may get of a flag now, and by what; read as the functions read it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.experiments import ExperimentStore
from appconfig_rollback.errors import RollbackError
from appconfig_rollback.experiments import NoExperiments, showing
from appconfig_rollback.exposure import Beside, exposure
from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument
from flag_rollback.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_appconfig import AppConfigClient

    from appconfig_rollback.deployments import Completed, Served
    from appconfig_rollback.experiments import ExperimentRun
    from appconfig_rollback.exposure import Exposure
    from flag_rollback.watched import Place

#: Where what is served decides alone.
_SERVED = ("served", "nothing")


@dataclass(frozen=True)
class InProgress:
    """A deployment that runs now, of whatever profile.

    `ours` says whether it is of the watched profile, `managed` whether it is AppConfig's own.
    """

    number: int
    state: str
    version: str
    percentage: float
    ours: bool
    managed: bool


@dataclass(frozen=True)
class Standing:
    """What users may get of a flag.

    `by` says what decided `state`, as in `exposure`; None where it could not be read. `percentage`
    is that of what is served; None where the flag has none, or something else decided.
    `deployed_by` is the description of the deployment that released what is served. `experiment`
    is a run by which users get the flag, alone or as well.
    """

    state: Literal["on", "off", "unknown"]
    reason: str
    by: Literal["served", "rollout", "managed", "settling", "experiment", "nothing"] | None = None
    percentage: float | None = None
    version: int | None = None
    deployment: int | None = None
    deployed_by: str = ""
    in_progress: InProgress | None = None
    experiment: ExperimentRun | None = None

    @property
    def serving(self) -> float:
        """To how many percent of the traffic the flag is on, at most."""
        if self.state == "off":
            return 0.0
        return 100.0 if self.percentage is None else self.percentage


class Profile:
    """One configuration profile in one environment.

    `strategy` is the id of the deployment strategy of what is deployed, if anything is.
    """

    def __init__(self, appconfig: AppConfigClient, place: Place, strategy: str = "") -> None:
        where = (place.application, place.environment, place.profile)
        self.store: AppConfigStore = _ReadOnce(appconfig, *where, strategy, place.flags_at)
        self._experiments = ExperimentStore(appconfig, *where)

    @cached_property
    def type(self) -> str:
        """`AWS.Freeform` or `AWS.AppConfig.FeatureFlags`.

        Raises:
            NotHostedError: the profile's documents live outside AppConfig's hosted store.
        """
        return self.store.profile_type()

    @property
    def experiments(self) -> ExperimentStore | NoExperiments:
        """The experiments on the profile's flags."""
        return self._experiments if self.type == FEATURE_FLAGS else NoExperiments()

    def document(self, version: int) -> FlagDocument:
        """Read a hosted version."""
        return self.store.document(version, self.type)

    def flags(self) -> list[str]:
        """Name the flags of the document that is served."""
        return self.document(self.store.served().version).flags()

    def version(self, completed: Completed) -> int:
        """Find the number of the hosted version that a completed deployment served."""
        if completed.version is not None:
            return completed.version
        return self.store.version(self.store.deployment(completed.number))

    def standing(self, flag: str) -> Standing:
        """Find out whether users may get a flag; unknown where that cannot be read."""
        return self.standings([flag])[flag]

    def standings(self, flags: Iterable[str]) -> dict[str, Standing]:
        """Find out whether users may get flags, by one look; unknown where that cannot be read."""
        flags, served = list(flags), None
        try:
            served = self.store.served()
            beside = Beside(self.store, served, self.type)
            document = self.document(served.version)
        except RollbackError as error:
            return dict.fromkeys(flags, _unknown(error, served))
        return {flag: self._standing(flag, beside, document) for flag in flags}

    def _standing(self, flag: str, beside: Beside, document: FlagDocument) -> Standing:
        served = beside.served
        try:
            seen = exposure(beside, self.experiments, document, flag)
            return Standing(
                seen.state,
                seen.reason,
                seen.by,
                percentage=document.percentage(flag) if seen.by in _SERVED else None,
                version=served.version,
                deployment=served.deployment,
                deployed_by=self.store.deployment(served.deployment).description,
                in_progress=self._in_progress(served),
                experiment=seen.experiment or self._also_shown_by(seen, flag),
            )
        except RollbackError as error:
            return _unknown(error, served)

    def _also_shown_by(self, seen: Exposure, flag: str) -> ExperimentRun | None:
        """Find a run that shows a flag which is on without it, too; None where none is known."""
        if seen.by not in ("served", "rollout"):
            return None
        try:
            return showing(self.experiments, flag)
        except RollbackError:
            return None

    def _in_progress(self, served: Served) -> InProgress | None:
        running = served.in_progress
        if running is None:
            return None
        now = self.store.deployment(running.number)
        return InProgress(
            now.number, now.state, now.version, now.percentage, running.ours, running.managed
        )


def _unknown(error: RollbackError, served: Served | None) -> Standing:
    version, deployment = (served.version, served.deployment) if served else (None, None)
    return Standing("unknown", sentence(error), version=version, deployment=deployment)


class _ReadOnce(AppConfigStore):
    """A store that reads each version once: versions never change."""

    @cached_property
    def _read(self) -> dict[int, FlagDocument]:
        return {}

    def document(self, version: int, profile_type: str) -> FlagDocument:
        if version not in self._read:
            self._read[version] = super().document(version, profile_type)
        return self._read[version]
