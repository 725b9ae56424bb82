"""A configuration profile in memory, in place of AppConfig."""

from dataclasses import dataclass, field, replace

from adapters.appconfig import DeploymentDetails, DeploymentSummary, HostedVersion, Served
from rollback.errors import RollbackError
from rollback.flag_document import FlagDocument

ON = '{"flags": {"new-checkout": {"enabled": true}, "other": {"enabled": true}}}'
ENDED_BY = "ROLLBACK_STARTED triggered by CLOUDWATCH_ALARM: arn:aws:cloudwatch:alarm"
OFF = '{"flags": {"new-checkout": {"enabled": false}, "other": {"enabled": true}}}'


@dataclass
class FakeStore:
    """Version 3 is served by deployment 7 and has the flag on; version 5 is somebody's draft."""

    texts: dict[int, str] = field(default_factory=lambda: {3: ON, 5: ON})
    now_served: Served = field(default_factory=lambda: Served(3, 7, 8, None))
    newest: HostedVersion = field(default_factory=lambda: HostedVersion(5, "a draft"))
    deployments: dict[int, DeploymentDetails] = field(default_factory=dict)
    created: list[tuple[str, str, int, str]] = field(default_factory=list)
    started: list[tuple[int, int, str]] = field(default_factory=list)
    broken_by: RollbackError | None = None

    def with_deployment(
        self, number: int, state: str, version: int = 6, description: str = ""
    ) -> None:
        self.deployments[number] = DeploymentDetails(
            number,
            state,
            str(version),
            description,
            ENDED_BY,
        )

    def with_running(self, state: str, *, ours: bool, description: str = "") -> None:
        running = DeploymentSummary(8, state, "flags" if ours else "limits", ours)
        self.now_served = replace(self.now_served, in_progress=running)
        self.with_deployment(8, state, description=description)

    def profile_type(self) -> str:
        return "AWS.Freeform"

    def served(self) -> Served:
        if self.broken_by:
            raise self.broken_by
        return self.now_served

    def document(self, version: int, profile_type: str) -> FlagDocument:
        return FlagDocument(self.texts[version].encode(), "application/json", profile_type)

    def latest_version(self) -> HostedVersion:
        return self.newest

    def deployment(self, number: int) -> DeploymentDetails:
        return self.deployments[number]

    def create_version(
        self, content: bytes, content_type: str, latest_version: int, description: str
    ) -> int:
        self.created.append((content.decode(), content_type, latest_version, description))
        return latest_version + 1

    def start_deployment(self, version: int, latest_deployment: int, description: str) -> int:
        self.started.append((version, latest_deployment, description))
        return latest_deployment + 1
