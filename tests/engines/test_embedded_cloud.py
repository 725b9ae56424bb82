"""The table on the embedded cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud
from tests.engines.cases import CASES
from tests.engines.engine import Engine, walk_as_the_table_says
from tests.engines.mocks import PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engines.case import Case

pytestmark = pytest.mark.cloud


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with EmbeddedCloud(iam=False, wait_scale=0.001, mock_config=PATH) as cloud:
        yield Engine.with_machine("embedded cloud", cloud.client("stepfunctions"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_embedded_cloud_walks_the_case_as_the_table_says(engine: Engine, case: Case) -> None:
    walk_as_the_table_says(engine, case)
