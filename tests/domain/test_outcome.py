"""The output of a run says whether it was a drill."""

from __future__ import annotations

import pytest

from appconfig_rollback.case import Decision
from appconfig_rollback.outcome import settled
from tests import samples


@pytest.mark.parametrize("drill", [True, False])
def test_the_output_of_a_drill_says_so(*, drill: bool) -> None:
    decision = Decision("settle", flags=(samples.flag_result("a", "already_off"),))

    result = settled(decision, samples.alarm("a", drill=drill), 3)

    assert result.get("drill", False) is drill
