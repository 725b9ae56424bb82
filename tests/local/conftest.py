"""The two clouds of these tests: with our gaps filled, and MiniStack as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud
from local.stack import Stack, deploy

if TYPE_CHECKING:
    from collections.abc import Iterator

MOCK_CONFIG = Path(__file__).parent / "mock_config.json"
SAMPLE_TEMPLATE = Path(__file__).parent / "sample_stack" / "template.yaml"


@pytest.fixture(scope="session")
def filled_cloud() -> Iterator[EmbeddedCloud]:
    with EmbeddedCloud(mock_config=MOCK_CONFIG) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def plain_cloud() -> Iterator[EmbeddedCloud]:
    with EmbeddedCloud(filled=False, mock_config=MOCK_CONFIG) as cloud:
        yield cloud


@pytest.fixture
def cloud(request: pytest.FixtureRequest) -> EmbeddedCloud:
    """The cloud that the test's parameter names; see tests/local/gaps.py."""
    chosen: EmbeddedCloud = request.getfixturevalue(f"{request.param}_cloud")
    return chosen


@pytest.fixture(scope="session")
def sample_stack(filled_cloud: EmbeddedCloud) -> Stack:
    return deploy(filled_cloud, {}, name="sample", template=SAMPLE_TEMPLATE)
