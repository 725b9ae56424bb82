"""Documents that are made to hurt: time and memory grow as they do, and no faster.

`make fuzz` measures the same documents at AppConfig's limit of 2 MB (docs/proof/hostile.md).
"""

from __future__ import annotations

import pytest

from proofs.fuzz.hurting import HURTING, Hurting, work_through
from tests.hostile.counting import peak, steps

pytestmark = pytest.mark.thorough

#: Elements of the smaller document; the larger one has four times as many.
SMALL = 40
#: Four times the elements may take so many times the steps and the bytes. Quadratic is 16.
MOST = 6.0


@pytest.mark.parametrize("hurting", HURTING, ids=lambda each: each.name)
def test_four_times_the_document_takes_about_four_times_the_steps(hurting: Hurting) -> None:
    small, large = hurting.documents(SMALL), hurting.documents(4 * SMALL)

    taken = [steps(lambda pair=pair: work_through(*pair)) for pair in (small, large)]  # type: ignore[misc]

    assert taken[1] < MOST * taken[0] + 1_000


@pytest.mark.parametrize("hurting", HURTING, ids=lambda each: each.name)
def test_four_times_the_document_takes_about_four_times_the_memory(hurting: Hurting) -> None:
    small, large = hurting.documents(SMALL), hurting.documents(4 * SMALL)

    held = [peak(lambda pair=pair: work_through(*pair)) for pair in (small, large)]  # type: ignore[misc]

    assert held[1] < MOST * held[0] + 200_000


def test_a_step_is_counted() -> None:
    assert steps(lambda: [abs(each) for each in range(100)]) in range(100, 110)
    assert peak(lambda: bytearray(1_000_000)) >= 1_000_000
