"""Of several comparisons the page shows the one that its bars are about."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

from proofs.benchmarks.bars import MOST_CALLS, NETWORK, _of_comparisons
from proofs.benchmarks.comparison import CONTENDERS, NETWORKS, Comparison, middle
from proofs.benchmarks.comparison_tables import comparison_tables
from proofs.benchmarks.no_op.chain import CHAIN, SINGLE


def compared(*, warm: float, cold: float, networks: tuple[float, ...] = (NETWORK,)) -> Comparison:
    """A comparison in which this project takes so many times the single function's second."""
    found = Comparison()
    for network in networks:
        for is_cold, times in ((False, warm), (True, cold)):
            for name in CONTENDERS:
                seconds = times if name == "project" else 1.0
                found.runs[name, network, is_cold] = [_run(seconds, 6 if is_cold else 5)]
            for name in (SINGLE, CHAIN):
                found.runs[name, network, is_cold] = [_run(0.0, 0)]
    return found


def _run(seconds: float, calls: int) -> Any:  # noqa: ANN401 - as much of a run as is looked at
    return SimpleNamespace(
        started=seconds,
        complete=seconds,
        confirmed=seconds,
        calling=seconds / 2,
        calls=[],
        calls_to_start=[],
        calls_in_sequence=calls,
        invocations=[],
        invocations_to_start=4,
        transitions=13,
        billed=100,
        states_to_start=list,
    )


# The first one is the middle one neither warm nor cold, and no other is so in both.
COMPARISONS = [
    compared(warm=1.2, cold=1.7, networks=NETWORKS),
    compared(warm=1.4, cold=1.5),
    compared(warm=1.6, cold=1.6),
]


def test_the_middle_one_has_the_median_ratio_both_warm_and_cold() -> None:
    shown = middle(COMPARISONS, NETWORK)

    assert shown.times_single(NETWORK, cold=False) == 1.4
    assert shown.times_single(NETWORK, cold=True) == 1.6


def test_a_single_comparison_is_the_middle_one_with_all_its_networks() -> None:
    assert middle(COMPARISONS[:1], NETWORK) == COMPARISONS[0]


def test_the_table_shows_the_ratios_of_the_bars_and_says_which_runs_it_is_of() -> None:
    bars = {bar.what: bar.measured for bar in _of_comparisons(COMPARISONS)}
    shown = comparison_tables(COMPARISONS)[NETWORKS.index(NETWORK)]
    ratios = {
        row[1]: row[shown.columns.index("x single")]
        for row in shown.rows
        if row[0] == "this project"
    }

    assert ratios == {
        start: f"{bars[f'alarm to deployment, {start}, 40 ms a call']:.2f}"
        for start in ("warm", "cold")
    }
    assert "Of 3 comparisons" in shown.note


def test_the_other_networks_are_those_of_the_first_comparison() -> None:
    titles = Counter(table.title for table in comparison_tables(COMPARISONS))

    for network in NETWORKS:
        assert titles[f"From alarm to flag off, {network * 1000:g} ms added to each AWS call"] == 1


def test_calls_in_sequence_have_a_bar_for_warm_and_one_for_cold() -> None:
    found = {
        bar.what.rpartition(", ")[2]: (bar.measured, bar.limit)
        for bar in _of_comparisons(COMPARISONS)
        if bar.what.startswith("AWS calls in sequence")
    }

    assert found == {"warm": (5, MOST_CALLS), "cold": (6, MOST_CALLS)}
