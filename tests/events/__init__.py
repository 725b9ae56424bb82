"""Samples of every shape in which an alarm reaches the rollback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appconfig_rollback.untyped import Json

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*.json"))


def sample(name: str) -> Json:
    """Read a sample by its file's name."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
