"""The table on Step Functions Local, wherever Docker or an endpoint offers it.

Its waits and retries may take their real time: each case at most eight minutes, the whole table
twenty (`pace.real_seconds`), and about half of that where jitter is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engines import stepfunctions_local
from tests.engines.cases import CASES
from tests.engines.engine import Engine, walk_as_the_table_says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engines.case import Case

# The first test also pulls the image.
pytestmark = [pytest.mark.stepfunctions_local, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    if reason := stepfunctions_local.why_not():
        pytest.skip(reason)
    with stepfunctions_local.running() as client:
        yield Engine.with_machine("Step Functions Local", client)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_step_functions_local_walks_the_case_as_the_table_says(engine: Engine, case: Case) -> None:
    walk_as_the_table_says(engine, case)
