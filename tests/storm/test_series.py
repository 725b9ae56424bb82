"""One alarm with a hundred series, which all fire at one moment: every flag off, none missed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud
from proofs.benchmarks.alarm_storm import Ended, SeriesStorm

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.cloud

SIZE = 100


@pytest.fixture(scope="module")
def apart() -> Iterator[EmbeddedCloud]:
    """A cloud of its own: other stacks would hear of these series, too."""
    with EmbeddedCloud(functions="in-process", limits=True, wait_scale=0.2) as running:
        yield running


@pytest.fixture(scope="module")
def ended(apart: EmbeddedCloud) -> Ended:
    return SeriesStorm.brew(apart, "series", SIZE, bystander={"enabled": True}).blow()


def test_few_deployments_turn_every_flag_off(ended: Ended) -> None:
    assert ended.flags_on() == {"bystander"}
    assert 1 <= ended.deployments <= 3
    assert Counter(each["status"] for each in ended.executions) == {"SUCCEEDED": SIZE}


def test_none_is_taken_for_a_duplicate_of_another(ended: Ended) -> None:
    told = [each["flag"] for notice in ended.notices for each in notice["flags"]]
    assert len(told) == len(set(told)) == SIZE
    assert Counter(notice["outcome"] for notice in ended.notices) == {"rolled_back": SIZE}
    assert {notice["namedBy"] for notice in ended.notices} == {"contributor"}
