"""What is told of a rollback afterwards: "off" only where that was seen."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from appconfig_rollback.notices.aftercare import aftercare_notice
from tests import samples
from tests.watches import AGAIN, alarm, begun, flag, looked, recovered

if TYPE_CHECKING:
    from appconfig_rollback.aftercare.watch import AftercareState
    from appconfig_rollback.notices.sns import Notice

NOW = datetime(2026, 3, 2, 17, 7, tzinfo=UTC)


def notice(state: AftercareState) -> Notice:
    return aftercare_notice(state, samples.NAMED, NOW)


def on_again(**changed: Any) -> AftercareState:
    said: dict[str, Any] = {
        "result": "turned_on_again",
        "told": ["turned_on_again"],
        "flags": [flag("on")],
        "alarms": [alarm("ALARM")],
        "turnedOnAgain": AGAIN,
    }
    return looked(**said | changed)


@pytest.mark.parametrize(
    ("state", "subject"),
    [
        (recovered(), "OFF prod new-checkout: alarm recovered"),
        (recovered(flags=[flag("unknown")]), "? prod new-checkout: alarm recovered"),
        (recovered(flags=[flag("on")]), "ON prod new-checkout: alarm recovered"),
        (looked(result="still_firing"), "OFF prod new-checkout: alarm still fires"),
        (looked(result="no_data"), "OFF prod new-checkout: alarm has no data"),
        (on_again(), "ON prod new-checkout: turned on again"),
    ],
)
def test_the_subject_says_effect_system_and_flag_first(state: AftercareState, subject: str) -> None:
    assert notice(state).subject == subject


@pytest.mark.parametrize("states", list(product(["on", "off", "unknown"], repeat=2)))
@pytest.mark.parametrize("result", ["recovered", "still_firing", "no_data", "turned_on_again"])
def test_off_is_said_only_where_all_flags_were_seen_off(
    result: str, states: tuple[str, str]
) -> None:
    flags = [flag(states[0]), flag(states[1], "search")]
    found = notice({**looked(result=result, flags=flags, turnedOnAgain=AGAIN)})

    told = found.subject.split()[0]
    assert (told == "OFF") is (set(states) == {"off"})
    assert (told == "ON") is ("on" in states)
    for form in ("email", "sms"):
        assert ("is OFF" in found.messages[form] or "are OFF" in found.messages[form]) is (
            set(states) == {"off"} and form == "email"
        )


def test_recovery_says_how_long_it_took_and_what_cloudwatch_says() -> None:
    mail = notice(recovered()).messages["email"]

    assert "That took 120 seconds from when the alarm fired" in mail
    assert "and 113 since the flag was confirmed off" in mail
    assert "(1 datapoint was not greater than the threshold)" in mail
    assert "flag-rollback restore new-checkout" in mail


def test_recovery_before_the_flag_was_off_is_said_to_be_no_proof() -> None:
    early = looked(result="recovered", recoveredAt="2026-03-02T17:04:42.000Z")

    assert (
        "before the flag was confirmed off: the flag may not be the cause"
        in (notice(early).messages["email"])
    )


def test_who_turned_it_on_again_is_said_and_whether_the_alarm_still_fires() -> None:
    found = notice(on_again())

    mail = found.messages["email"]
    assert 'Deployment 12 ("release 4.2 by the pipeline") of version 8' in mail
    assert "The alarm still fires." in mail
    assert "If it does harm now: flag-rollback off new-checkout" in mail
    assert '"new-checkout" is ON again in prod' in mail
    assert "still ON" not in mail
    assert json.loads(found.messages["default"])["turnedOnAgain"] == AGAIN


def test_no_data_says_that_a_flag_that_is_off_may_produce_none() -> None:
    mail = notice(looked(result="no_data", alarms=[alarm("INSUFFICIENT_DATA")])).messages["email"]

    assert "nothing can be said" in mail
    assert "A flag that is off may produce no data." in mail


def test_it_is_in_the_thread_of_the_rollbacks_notice_and_can_be_filtered() -> None:
    found = notice(recovered())

    card = json.loads(found.messages["https"])
    assert card["metadata"]["threadId"] == samples.ARN
    assert found.attributes == {
        "outcome": "recovered",
        "flagName": [samples.FLAG],
        "urgency": "info",
    }


def test_a_drill_is_called_one() -> None:
    state = recovered()
    state["watch"]["alarm"]["drill"] = True

    assert notice(state).subject == "OFF DRILL prod new-checkout: alarm recovered"


def test_what_no_version_of_the_rollback_turned_off_is_not_restored() -> None:
    state = recovered()
    state["watch"]["rolledBack"] = []  # its rollout was stopped

    found = notice(state)

    assert json.loads(found.messages["default"])["restoreCommand"] is None
    assert "flag-rollback restore" not in found.messages["email"]


def test_a_look_with_nothing_to_tell_is_told_by_nobody() -> None:
    with pytest.raises(ValueError, match="nothing to tell"):
        notice(begun())


#: What an operator reads, in full: all that stands in a section, and in which order.
WHOLE = {
    "recovered_alone": recovered(),
    "recovered": recovered(alarms=[alarm(), alarm(alarmName="FeatureFlag-search-ErrorRate")]),
    "still_firing": looked(
        result="still_firing",
        waitedSeconds=1000,
        alarms=[alarm("ALARM", alarmName="by-flag", series="search", since=None), alarm()],
        flags=[flag(), flag("on", "search")],
        turnedOnAgain={**AGAIN, "flags": ["search"], "description": ""},
    ),
    "still_firing_alone": looked(result="still_firing", waitedSeconds=1000),
    "no_data": looked(
        result="no_data", waitedSeconds=1000, alarms=[alarm("INSUFFICIENT_DATA", since=None)]
    ),
    "turned_on_again": on_again(
        flags=[flag("on"), flag("unknown", "search")],
        turnedOnAgain={
            **AGAIN,
            "flags": [samples.FLAG, "search"],
            "deploymentNumber": None,
            "reason": "run 3 of experiment 'checkout-test' shows it",
        },
    ),
}
_WHOLE_NOTICES = Path(__file__).with_name("whole_notices")


@pytest.mark.parametrize("name", WHOLE)
def test_the_whole_mail_is_as_it_was_read_and_found_good(name: str) -> None:
    mail = notice(WHOLE[name]).messages["email"]

    assert f"{mail}\n" == (_WHOLE_NOTICES / f"aftercare_{name}.txt").read_text("utf-8")


def test_the_whole_document_is_as_programs_read_it() -> None:
    document = json.loads(notice(recovered()).messages["default"])

    assert document == json.loads((_WHOLE_NOTICES / "aftercare.json").read_text("utf-8"))


def test_recovery_as_the_flag_went_off_is_not_said_to_be_before_it() -> None:
    state = looked(result="recovered", recoveredAt=begun()["watch"]["offAt"])

    assert "and 0 since the flag was confirmed off." in notice(state).messages["email"]


def test_recovery_of_which_nobody_knows_when_is_not_timed() -> None:
    mail = notice(looked(result="recovered", recoveredAt=None)).messages["email"]

    assert "It was so before the alarm fired, so how long it took is not known." in mail


def test_a_watch_of_an_alarm_that_does_not_say_so_is_no_drill() -> None:
    state = recovered()
    del cast("Any", state["watch"]["alarm"])["drill"]

    assert "DRILL" not in notice(state).subject


def test_a_phone_is_told_how_to_look_where_the_first_step_has_no_room() -> None:
    state = looked(result="still_firing")
    state["watch"]["alarm"]["alarmName"] = "x" * 200

    assert "See what happened: flag-rollback inspect" in notice(state).messages["sms"]


def test_of_flags_that_are_not_watched_nothing_is_said_and_they_are_counted() -> None:
    state = recovered()
    state["watch"]["notWatched"] = 800

    messages, all_watched = notice(state).messages, notice(recovered()).messages

    assert json.loads(messages["default"])["notWatched"] == 800
    said = "800 more flags were swept along and are not watched: nothing is said of them."
    assert said in messages["email"]
    assert json.loads(all_watched["default"])["notWatched"] == 0
    assert "not watched" not in all_watched["email"]
