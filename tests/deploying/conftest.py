"""A cloud, and a person who deploys to it; a test's own, for it looks at all that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud
from tests.deploying.person import Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def cloud() -> Iterator[EmbeddedCloud]:
    """A cloud with IAM enforced; Wait states and retry intervals take a 250th."""
    with EmbeddedCloud(iam=True, wait_scale=0.004) as running:
        yield running


@pytest.fixture
def person(cloud: EmbeddedCloud, tmp_path: Path) -> Person:
    return Person.at(cloud, tmp_path)
