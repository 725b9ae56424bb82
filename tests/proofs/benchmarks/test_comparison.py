"""A comparison of one round, and its pictures and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud
from proofs.benchmarks.bars import Bar
from proofs.benchmarks.comparison import CONTENDERS, compare, parts
from proofs.benchmarks.comparison_tables import comparison_tables
from proofs.benchmarks.plots import draw_rollback

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.cloud


def test_a_comparison_of_one_round(tmp_path: Path) -> None:
    with EmbeddedCloud(forked=False) as cloud:
        comparison, _ = compare(cloud, networks=[0.04], repetitions=1)
    smallest, single, project = (
        comparison.measured(name, 0.04, cold=False).runs[0] for name in CONTENDERS
    )
    assert (smallest.calls_in_sequence, single.calls_in_sequence) == (3, 4)
    assert project.calls_in_sequence <= len(project.calls_to_start)
    assert project.invocations_to_start < len(project.invocations)
    assert project.transitions > 10
    assert single.transitions == 0
    assert project.confirmed
    assert project.confirmed > project.complete >= project.started > single.started
    assert single.confirmed is None
    assert single.calling >= 4 * 0.04
    for name in CONTENDERS:
        warm, cold = (comparison.measured(name, 0.04, cold=cold).runs[0] for cold in (False, True))
        assert sum(i.cold for i in warm.invocations) < sum(i.cold for i in cold.invocations)
        assert cold.started > warm.started
        assert parts(comparison, name, 0.04, cold=True).imports > 0
    picture = tmp_path / "picture.svg"
    draw_rollback(comparison, 0.04, picture)
    assert "this project, cold" in picture.read_text()
    assert len(comparison_tables([comparison])) == 4


def test_a_bar_says_by_how_much_it_is_missed() -> None:
    assert Bar("calls", 7, 7).verdict == "met"
    assert Bar("times", 1.95, 1.3).verdict == "missed by 50%"
    assert Bar("flags on", 2, 0).verdict == "missed: 2 too many"


def test_a_bar_of_several_runs_has_their_spread_beside_the_median() -> None:
    assert Bar("times", 1.4, 1.3, spread=(1.33, 1.5)).value == "1.4 (1.33 to 1.5)"
    assert Bar("times", 1.4, 1.3).value == "1.4"
