"""One embedded cloud that bears a storm, with AppConfig's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def cloud() -> Iterator[EmbeddedCloud]:
    """The functions share one process; Wait states and retry intervals take a fifth."""
    with EmbeddedCloud(functions="in-process", limits=True, wait_scale=0.2) as running:
        yield running
