"""The calls that people's policies were measured with, handed from a test to the proof's page."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set

    from local.users import User

#: The environment variable that names the folder where tests keep what they have measured.
FOLDER = "KEEP_CALLS_IN"


def keep(name: str, user: User, only: Set[str] | None = None) -> None:
    """Keep what IAM was asked about a user, or `only` some actions, if the proof wants to know."""
    if folder := os.environ.get(FOLDER):
        asked = sorted(
            {
                (question.action, question.resource)
                for question in user.asked
                if only is None or question.action in only
            }
        )
        Path(folder, f"{name}.json").write_text(json.dumps(asked), "utf-8")


def kept(folder: Path) -> dict[str, list[str]]:
    """Read what was kept: the actions of each policy's user."""
    return {
        path.stem: sorted({action for action, _ in json.loads(path.read_text("utf-8"))})
        for path in sorted(folder.glob("*.json"))
    }
