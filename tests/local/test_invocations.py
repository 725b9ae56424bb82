"""A record of the functions' invocations, and an end of their processes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.invocations import Invocation, Log
from tests.local.machines import ended, start

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud
    from local.stack import Stack


def test_nothing_is_kept_before_a_record_begins() -> None:
    log = Log()
    log.add(Invocation("early", asked=1.0))
    assert log.listed() == []
    log.begin()
    log.add(Invocation("later", asked=2.0))
    log.begin()
    log.add(Invocation("last", asked=3.0))
    assert [entry["function"] for entry in log.listed()] == ["last"]


def process_of(cloud: EmbeddedCloud, stack: Stack) -> int:
    execution = start(cloud, stack.outputs["StateMachineArn"], {"do": "say"})
    answer: int = json.loads(ended(cloud, execution)["output"])["process"]
    return answer


@pytest.mark.cloud
def test_an_invocation_is_cold_once_its_environment_was_ended(
    filled_cloud: EmbeddedCloud, sample_stack: Stack
) -> None:
    before = process_of(filled_cloud, sample_stack)
    filled_cloud.environments.end_all()
    filled_cloud.environments.record()
    processes = [process_of(filled_cloud, sample_stack) for _ in range(2)]
    cold, warm = filled_cloud.environments.invocations()
    assert before != processes[0] == processes[1]
    assert (cold.cold, warm.cold) == (True, False)
    assert {cold.function, warm.function} == {sample_stack.outputs["FunctionName"]}


@pytest.mark.cloud
def test_an_invocation_waits_for_its_environment_only_where_it_is_cold(
    filled_cloud: EmbeddedCloud, sample_stack: Stack
) -> None:
    filled_cloud.environments.end_all()
    filled_cloud.environments.record()
    for _ in range(2):
        process_of(filled_cloud, sample_stack)
    cold, warm = filled_cloud.environments.invocations()
    assert cold.ready
    assert cold.answered
    assert cold.asked < cold.ready < cold.answered
    assert warm.ready == warm.asked
