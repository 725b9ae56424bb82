"""Before a version is written, the newest one is looked at: it may only need to be deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.domain.looks import STOPPED, Place, flags, mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appconfig_rollback.state import StoppedDeployment

ON, OFF = flags("a", "b"), flags("b", off="a")
ADOPTED = {"fromVersion": 3, "toVersion": 4, "deploymentNumber": None}


def _written(text: str, by: str, served: str = ON) -> Place:
    return Place({3: served, 4: text}, written_by={4: by})


@pytest.mark.parametrize("stopped", [(), [STOPPED]])
def test_what_this_execution_wrote_is_only_deployed(stopped: Sequence[StoppedDeployment]) -> None:
    decision = _written(OFF, mark("run-1", base=3)).decide(stopped=stopped)

    assert (decision.verdict, decision.own) == ("roll_back", ADOPTED)


def test_what_an_execution_that_is_running_wrote_is_waited_for() -> None:
    decision = _written(OFF, mark("run-2", base=3)).decide()

    assert (decision.verdict, decision.because) == (
        "wait",
        "execution run-2 to deploy version 4",
    )


def test_what_an_execution_that_has_ended_wrote_is_deployed_in_its_place() -> None:
    place = _written(OFF, mark("run-2", base=3))
    place.ended = {"run-2"}

    decision = place.decide()

    assert (decision.verdict, decision.own) == ("roll_back", ADOPTED)


def test_what_was_written_on_an_older_version_is_deployed_on_the_one_that_it_still_equals() -> None:
    place = Place({2: ON, 3: ON, 4: OFF}, written_by={4: mark("run-1", base=2)})

    assert place.decide().own == ADOPTED


@pytest.mark.parametrize("writer", ["run-1", "run-2"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(flags("b", off="ac"), id="a flag more than is served"),
        pytest.param(flags(off="a"), id="a flag less than is served"),
        pytest.param(flags("a", "b"), id="nothing is off"),
        pytest.param(flags("b", a='{"enabled": false, "owner": "x"}'), id="another edit"),
    ],
)
def test_what_is_more_than_a_rollback_of_what_is_served_is_left_alone(
    text: str, writer: str
) -> None:
    place = _written(text, mark(writer, base=3))
    place.ended = {"run-2"}

    decision = place.decide()

    assert (decision.verdict, decision.own) == ("roll_back", None)


def test_a_persons_draft_is_neither_waited_for_nor_deployed() -> None:
    decision = _written(OFF, "my draft").decide()

    assert (decision.verdict, decision.own) == ("roll_back", None)


def test_a_version_that_nothing_is_known_of_is_left_alone() -> None:
    assert Place({3: ON, 4: OFF}).decide().own is None


@pytest.mark.parametrize(
    ("running", "verdict"), [pytest.param(True, "wait"), pytest.param(False, "roll_back")]
)
def test_a_rollback_of_other_flags_only_is_waited_for_but_not_taken_over(
    verdict: str, *, running: bool
) -> None:
    place = _written(flags("a", off="b"), mark("run-2", base=3, flag="b"))
    place.ended = set() if running else {"run-2"}

    decision = place.decide()

    assert (decision.verdict, decision.own) == (verdict, None)


def test_what_is_served_is_no_draft() -> None:
    place = Place({3: ON}, written_by={3: mark("run-2", base=2)})

    decision = place.decide()

    assert (decision.verdict, decision.own) == ("roll_back", None)
    assert place.read == [3]


def test_an_older_version_than_the_served_one_is_not_looked_at() -> None:
    place = Place({2: OFF, 3: ON}, written_by={2: mark("run-1", base=1)})

    assert place.decide().own is None


def test_a_draft_of_a_running_execution_does_not_matter_in_a_dry_run() -> None:
    assert _written(OFF, mark("run-2", base=3)).decide(mode="notify").verdict == "dry_run"


NOTED = flags("b", a='{"enabled": false, "metadata": {"rollbackReason": "x"}}')


@pytest.mark.parametrize("writer", ["run-1", "run-2"])
@pytest.mark.parametrize(
    ("text", "own"),
    [pytest.param(NOTED, None, id="with notes"), pytest.param(OFF, ADOPTED, id="bare")],
)
def test_once_appconfig_has_refused_a_version_only_the_bare_switch_is_deployed(
    text: str, own: object, writer: str
) -> None:
    served = '{"flags": {"b": {"enabled": true}, "a": {"enabled": true}}}'
    place = _written(text, mark(writer, base=3), served)
    place.ended = {"run-2"}

    assert place.decide().own == ADOPTED
    assert place.decide(refused=True).own == own
