"""What is served says whether there is anything to do, and who has done it already."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.errors import FlagNotFoundError, FlagStillOnError
from appconfig_rollback.flag_document import FEATURE_FLAGS
from appconfig_rollback.times import iso
from tests.domain.looks import FIRED, MACHINE, Place, alarm, flags, mark

if TYPE_CHECKING:
    from appconfig_rollback.state import Alarm

ON, OFF, ABSENT = flags("a", "b"), flags("b", off="a"), flags("b")
BEFORE, AFTER = FIRED - timedelta(seconds=1), FIRED + timedelta(seconds=1)
EARLIER = FIRED - timedelta(minutes=1)


def _with_policy(policy: str, enabled: str = "true") -> str:
    return flags(a=f'{{"enabled": {enabled}, "metadata": {{"rollback": "{policy}"}}}}')


def test_a_flag_that_is_on_is_rolled_back() -> None:
    decision = Place().decide()

    assert (decision.verdict, decision.own) == ("roll_back", None)


def test_a_flag_that_is_nowhere_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(FlagNotFoundError, match=r"expected a flag 'a' below .*; got 'b'"):
        Place({3: ABSENT}).decide()


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("enabled", ["true", "false"])
def test_a_flag_that_opted_out_is_left_alone_whatever_else(*, running: bool, enabled: str) -> None:
    place = Place({3: _with_policy("off", enabled), 4: ON})
    if running:
        place.run("DEPLOYING")

    decision = place.decide(stop_others=True)

    assert (decision.verdict, decision.because) == ("opted_out", "the flag says rollback: off")


@pytest.mark.parametrize("served", [ABSENT, OFF])
@pytest.mark.parametrize(
    ("policy", "verdict"), [("off", "opted_out"), ("notify", "dry_run"), ("auto", "stop_rollout")]
)
def test_a_flag_s_first_rollout_brings_its_owner_s_wish_along(
    served: str, policy: str, verdict: str
) -> None:
    place = Place({3: served, 4: _with_policy(policy, "true")})
    place.run("DEPLOYING")

    assert place.decide().verdict == verdict


@pytest.mark.parametrize(
    ("policy", "mode", "because"),
    [
        ("notify", "auto", "the flag is set to tell, and to do nothing"),
        ("auto", "notify", "the stack is set to tell, and to do nothing"),
        ("notify", "notify", "the flag is set to tell, and to do nothing"),
    ],
)
def test_a_dry_run_does_nothing_and_says_who_wants_it_so(
    policy: str, mode: str, because: str
) -> None:
    place = Place({3: _with_policy(policy)})
    place.run("DEPLOYING", ours=False)

    decision = place.decide(mode=mode, stop_others=True)

    assert (decision.verdict, decision.because) == ("dry_run", because)


@pytest.mark.parametrize("mode", ["auto", "notify"])
def test_a_flag_that_was_off_before_the_alarm_rang_was_off_already(mode: str) -> None:
    place = Place({2: ON, 3: OFF})
    place.complete(8, 3, mark("run-2", base=2, flag="b"), began=BEFORE)

    assert place.decide(mode=mode).verdict == "already_off"


def test_a_flag_that_a_person_turned_off_was_off_already() -> None:
    place = Place({3: ON, 4: OFF})
    place.complete(8, 4, "released by hand")

    decision = place.decide()

    assert (decision.verdict, decision.by, decision.own) == ("already_off", None, None)


@pytest.mark.parametrize("mode", ["auto", "notify"])
def test_what_this_execution_turned_off_is_its_own_work(mode: str) -> None:
    place = Place({3: ON, 4: OFF})
    place.complete(8, 4, mark("run-1", base=3))

    decision = place.decide(mode=mode)

    assert decision.verdict == "roll_back"
    assert decision.own == {"fromVersion": 3, "toVersion": 4, "deploymentNumber": 8}


@pytest.mark.parametrize("by", ["released by hand", mark("run-2", base=4, flag="b")])
def test_own_work_is_found_behind_what_others_did_since(by: str) -> None:
    place = Place({3: ON, 4: OFF, 5: OFF})
    place.complete(8, 4, mark("run-1", base=3))
    place.complete(9, 5, by)

    assert place.decide().own == {"fromVersion": 3, "toVersion": 4, "deploymentNumber": 8}


@pytest.mark.parametrize("others", range(3))
@pytest.mark.parametrize("by_hand", [False, True])
def test_another_executions_answer_to_the_same_transition_is_found_at_any_depth(
    others: int, *, by_hand: bool
) -> None:
    place = Place({3: flags("a", "b", "c", "d"), 4: flags("b", "c", "d", off="a")})
    place.complete(8, 4, mark("run-0", base=3))
    for depth in range(others):
        place.versions[5 + depth] = OFF
        by = "by hand" if by_hand else mark(f"run-{depth + 2}", base=4 + depth, flag="bcd"[depth])
        place.complete(9 + depth, 5 + depth, by)

    decision = place.decide()

    assert (decision.verdict, decision.own) == ("duplicate", None)
    assert decision.because == "execution run-0 answers the same transition"


def test_another_transition_of_the_same_alarm_finds_the_flag_off_already() -> None:
    place = Place({3: ON, 4: OFF})
    place.complete(8, 4, mark("run-0", base=3, fired=EARLIER))

    assert place.decide().verdict == "already_off"


def test_a_flag_that_went_off_with_another_ones_is_coalesced_with_that_execution() -> None:
    place = Place({3: ON, 4: flags(off="ab")})
    place.complete(8, 4, mark("run-2", base=3, flag="b", fired=EARLIER))

    decision = place.decide()

    assert decision.verdict == "coalesced"
    assert decision.by == {
        "execution": f"{MACHINE}:run-2",
        "fromVersion": 3,
        "toVersion": 4,
        "deploymentNumber": 8,
    }


def test_the_deployment_that_turned_the_flag_off_is_the_one_it_is_coalesced_with() -> None:
    place = Place({3: ON, 4: flags(off="ab"), 5: flags(off="ab")})
    place.complete(8, 4, mark("run-2", base=3, flag="b", fired=EARLIER))
    place.complete(9, 5, mark("run-3", base=4, flag="c", fired=EARLIER))

    decision = place.decide()

    assert decision.by is not None
    assert (decision.by["deploymentNumber"], decision.by["execution"]) == (8, f"{MACHINE}:run-2")


def test_nobody_is_coalesced_with_what_ended_before_the_alarm_rang() -> None:
    place = Place({3: ON, 4: flags(off="ab")})
    place.complete(8, 4, mark("run-2", base=3, flag="b", fired=EARLIER), began=BEFORE)

    assert place.decide().verdict == "already_off"


def test_nobody_is_coalesced_with_what_a_person_has_gone_over_since() -> None:
    place = Place({3: ON, 4: flags("a", off="b"), 5: flags(off="ab")})
    place.complete(8, 4, mark("run-2", base=3, flag="b"))
    place.complete(9, 5, "turned off by hand")

    assert place.decide().verdict == "already_off"


def test_a_flag_that_nobody_turned_off_after_the_alarm_was_off_already() -> None:
    place = Place({2: OFF, 3: OFF})
    place.complete(8, 3, mark("run-2", base=2, flag="b"))

    assert place.decide().verdict == "already_off"


def test_the_flags_of_a_feature_flag_profile_are_decided_upon_alike() -> None:
    def values(enabled: str, more: str = "") -> str:
        return f'{{"version": "1", "values": {{"a": {{"enabled": {enabled}{more}}}}}}}'

    def verdict(text: str) -> str:
        return Place({3: text}, profile_type=FEATURE_FLAGS).decide().verdict

    assert verdict(values("true")) == "roll_back"
    assert verdict(values("false")) == "already_off"
    assert verdict(values("true", ', "rollback": "notify"')) == "dry_run"
    assert verdict(values("true", ', "rollback": "off"')) == "opted_out"


@pytest.mark.parametrize("running", [False, True])
def test_a_flag_that_a_person_restored_stays_on_when_the_same_transition_comes_late(
    *, running: bool
) -> None:
    place = Place({3: ON, 4: OFF, 5: ON})
    place.complete(8, 4, mark("run-0", base=3))
    if running:
        place.run("DEPLOYING", 5, by="restored by hand")
    else:
        place.complete(9, 5, "restored by hand")

    assert place.decide().verdict == "duplicate"


def test_a_flag_that_a_person_restored_goes_off_again_when_the_run_is_redriven() -> None:
    place = Place({3: ON, 4: OFF, 5: ON})
    place.complete(8, 4, mark("run-1", base=3))
    place.complete(9, 5, "restored by hand")
    begun_again: Alarm = {**alarm(), "startedAt": iso(AFTER + timedelta(minutes=5))}

    decision = place.decide(alarm=begun_again)

    assert (decision.verdict, decision.own) == ("roll_back", None)


def test_an_alarm_that_rings_again_turns_off_again_what_a_person_restored() -> None:
    place = Place({3: ON, 4: OFF, 5: ON})
    place.complete(8, 4, mark("run-0", base=3, fired=EARLIER))
    place.complete(9, 5, "restored by hand")

    assert place.decide().verdict == "roll_back"


def test_who_turned_the_flag_on_after_this_attempt_is_not_overruled() -> None:
    place = Place({3: ON, 4: OFF, 5: ON})
    place.complete(8, 4, mark("run-1", base=3))
    place.complete(9, 5, "restored by hand")

    with pytest.raises(FlagStillOnError, match="off by deployment 8; deployment 9, which came"):
        place.decide()
