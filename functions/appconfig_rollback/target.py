"""What the stack watches."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Names:
    """What people call AppConfig's application, environment and profile."""

    application: str
    environment: str
    profile: str


@dataclass(frozen=True)
class Target:
    """Ids of AppConfig's application, environment and profile; their names where they are known."""

    application: str
    environment: str
    profile: str
    names: Names | None = None

    def named(self, names: Names | None) -> Target:
        """Name it."""
        return replace(self, names=names)

    @property
    def called(self) -> Names:
        """What it is called: by names, or else by ids."""
        return self.names or Names(self.application, self.environment, self.profile)

    def __str__(self) -> str:
        called = self.called
        return (
            f"environment {called.environment}, profile {called.profile} "
            f"(application {called.application})"
        )
