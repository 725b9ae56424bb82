"""A configuration profile in memory, in place of AppConfig."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from appconfig_rollback.deployments import (
    Completed,
    DeploymentDetails,
    HostedVersions,
    Running,
    Served,
)
from appconfig_rollback.errors import InvalidConfigurationError, RollbackError
from appconfig_rollback.flag_document import FlagDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.state import Monitor

ON = '{"flags": {"new-checkout": {"enabled": true}, "other": {"enabled": true}}}'
OFF = '{"flags": {"new-checkout": {"enabled": false}, "other": {"enabled": true}}}'
BOTH_OFF = '{"flags": {"new-checkout": {"enabled": false}, "other": {"enabled": false}}}'
RELEASED_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def serving(version: int, deployment: int, latest: int | None = None) -> Served:
    """What is served, released long before the alarm fired."""
    completed = (Completed(deployment, version, RELEASED_AT),)
    return Served(latest or deployment, None, completed, version)


@dataclass
class FakeStore:
    """Version 3 is served by deployment 7 and has the flag on; version 5 is somebody's draft.

    A validator refuses what has the text `refuses` in it.
    """

    texts: dict[int, str] = field(default_factory=lambda: {3: ON, 5: ON})
    content_type: str = "application/json"
    now_served: Served = field(default_factory=lambda: serving(3, 7, latest=8))
    hosted: HostedVersions = field(
        default_factory=lambda: HostedVersions(5, {5: "a draft", 3: "by hand"})
    )
    deployments: dict[int, DeploymentDetails] = field(default_factory=dict)
    created: list[tuple[str, str, int, str]] = field(default_factory=list)
    started: list[tuple[int, int, str, str | None]] = field(default_factory=list)
    stopped: list[tuple[int, bool]] = field(default_factory=list)
    watching: list[Monitor] = field(default_factory=list)
    set_to: list[list[Monitor]] = field(default_factory=list)
    broken_by: RollbackError | None = None
    refuses: str | None = None
    stops_as: str = "ROLLED_BACK"
    ends_as: tuple[str, str] | None = None  # by the time a call to stop it is refused
    type: str = "AWS.Freeform"

    def __post_init__(self) -> None:
        self.with_deployment(7, "COMPLETE", 3)

    def with_deployment(
        self,
        number: int,
        state: str,
        version: int = 6,
        description: str = "",
        undone_by: str | None = None,
        kms_key: str | None = None,
    ) -> None:
        self.deployments[number] = DeploymentDetails(
            number,
            state,
            str(version),
            description,
            datetime.now(UTC) + timedelta(minutes=30),
            undone_by,
            f"ROLLBACK_STARTED triggered by {undone_by}: why",
            kms_key=kms_key,
        )

    def with_running(
        self, state: str, *, ours: bool, version: int = 5, description: str = ""
    ) -> None:
        running = Running(8, state, "flags" if ours else "limits", ours)
        self.now_served = replace(self.now_served, in_progress=running)
        self.with_deployment(8, state, version, description)

    def profile_type(self) -> str:
        return self.type

    def served(self) -> Served:
        if self.broken_by:
            raise self.broken_by
        return self.now_served

    def completed(self) -> Iterator[Completed]:
        return iter(self.now_served.completed)

    def document(self, version: int, profile_type: str) -> FlagDocument:
        return FlagDocument(self.texts[version].encode(), self.content_type, profile_type)

    def versions(self) -> HostedVersions:
        return self.hosted

    def deployment(self, number: int) -> DeploymentDetails:
        return self.deployments[number]

    def version(self, details: DeploymentDetails) -> int:
        return int(details.version)

    def stop_deployment(self, number: int, *, revert: bool) -> DeploymentDetails:
        if self.ends_as:
            state, by = self.ends_as
            self.with_deployment(number, state, 5, undone_by=by)
        if self.broken_by:
            raise self.broken_by
        self.stopped.append((number, revert))
        return replace(self.deployments[number], state=self.stops_as)

    def create_version(
        self, content: bytes, content_type: str, latest_version: int, description: str
    ) -> int:
        self._refuse(content)
        self.created.append((content.decode(), content_type, latest_version, description))
        return latest_version + 1

    def start_deployment(
        self, version: int, latest_deployment: int, description: str, kms_key: str | None
    ) -> int:
        self._refuse(self.texts.get(version, "").encode())
        self.started.append((version, latest_deployment, description, kms_key))
        return latest_deployment + 1

    def _refuse(self, content: bytes) -> None:
        if self.refuses is not None and self.refuses in content.decode():
            raise InvalidConfigurationError(f"{self.refuses!r} is not allowed")

    def monitors(self) -> list[Monitor]:
        if self.broken_by:
            raise self.broken_by
        return self.watching

    def set_monitors(self, monitors: list[Monitor]) -> None:
        self.set_to.append(monitors)
        self.watching = monitors
