"""Thirty alarms in an account that runs ten functions at once, as new accounts do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud
from local.following import events
from proofs.benchmarks.alarm_storm import Ended, Storm

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.cloud

SIZE = 30


@pytest.fixture(scope="module")
def small_account() -> Iterator[EmbeddedCloud]:
    """Each invocation takes long beside the scaled waits, so that many want to run at once."""
    with EmbeddedCloud(
        functions="in-process",
        wait_scale=0.05,
        concurrency=10,
        invocation_seconds=0.5,
    ) as running:
        yield running


@pytest.fixture(scope="module")
def ended(small_account: EmbeddedCloud) -> Ended:
    return Storm.brew(small_account, "small", SIZE, bystander={"enabled": True}).blow()


def test_every_run_is_green_and_every_flag_off(ended: Ended) -> None:
    assert Counter(execution["status"] for execution in ended.executions) == {"SUCCEEDED": SIZE}
    assert ended.flags_on() == {"bystander"}
    assert Counter(notice["outcome"] for notice in ended.notices) == {"rolled_back": SIZE}


def test_lambda_throttled_what_was_too_much(small_account: EmbeddedCloud, ended: Ended) -> None:
    throttled = [
        event
        for execution in ended.executions
        for event in events(small_account, execution["executionArn"])
        if "Lambda.TooManyRequestsException" in str(event)
    ]
    assert throttled
