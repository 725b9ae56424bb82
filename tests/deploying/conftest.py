"""A cloud, and a person who deploys to it; a test's own, for it looks at all that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud
from tests.deploying.forked_tools import INSTALLED, forked_tools
from tests.deploying.person import Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def cloud() -> Iterator[EmbeddedCloud]:
    """A cloud with IAM enforced; Wait states and retry intervals take a 250th."""
    with EmbeddedCloud(iam=True, wait_scale=0.004) as running:
        yield running


@pytest.fixture(scope="session")
def tools() -> Iterator[Path]:
    """The folder of the SAM CLI and the AWS CLI."""
    if not (INSTALLED / "sam").exists():
        pytest.skip("there is no SAM CLI: make .venv/sam/ready (make test does that first)")
    with forked_tools() as folder:
        yield folder


@pytest.fixture
def person(cloud: EmbeddedCloud, tmp_path: Path, tools: Path) -> Person:
    return Person.at(cloud, tmp_path, tools)
