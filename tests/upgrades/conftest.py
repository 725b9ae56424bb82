"""The last release, and what is about to follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.cloud import REPOSITORY
from tests.upgrades.release import unpack_last_release

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with all that is deployed: of the last release, and of this tree."""
    last = tmp_path_factory.mktemp("last-release")
    unpack_last_release(last)
    return {"last release": last, "this tree": REPOSITORY}
