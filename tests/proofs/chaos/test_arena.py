"""`make chaos` in small: the proxy strikes, and the rollback keeps its promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofs.chaos.arena import Arena, places
from proofs.chaos.faults import Fault, answer_lost
from proofs.chaos.verdict import violations

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.cloud

FAILING = {"service": "appconfig", "error": {"code": "InternalServerException", "status": 500}}
NOTHING_WORKS = Fault("AppConfig fails", 1, lambda _: [FAILING])


@pytest.fixture(scope="module")
def place() -> Iterator[Arena]:
    with places(1, wait_scale=0.004) as [made]:
        yield made


def test_an_answer_that_is_lost_after_the_effect(place: Arena) -> None:
    run = place.run(answer_lost("StartDeployment", runs=3), 2)
    assert (run.struck, violations(run)) == (2, [])
    assert run.first.green
    assert (run.first.versions, run.first.deployments, run.first.flag_on) == (1, 1, False)
    lost = [event for event in place.proxy.fired() if event["action"] == "response:abort"]
    assert [event["operation"] for event in lost] == ["StartDeployment"] * 2


def test_a_red_run_is_told_and_redriven(place: Arena) -> None:
    run = place.run(NOTHING_WORKS, 1)
    assert violations(run) == []
    assert (run.first.status, run.first.flag_on, run.first.told) == ("FAILED", True, "notice")
    assert run.redriven
    assert (run.redriven.status, run.redriven.flag_on) == ("SUCCEEDED", False)
