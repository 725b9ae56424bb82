"""What the stack watches."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """Ids of AppConfig's application, environment and profile."""

    application: str
    environment: str
    profile: str

    def __str__(self) -> str:
        return (
            f"environment {self.environment}, profile {self.profile} "
            f"(application {self.application})"
        )
