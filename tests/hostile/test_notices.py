"""Notices: no text of others calls a channel, hides a link, or passes for a line of ours."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from appconfig_rollback.notices.aftercare import aftercare_notice
from appconfig_rollback.notices.facts import Facts
from appconfig_rollback.notices.failure import FailedRun, failure_notice
from appconfig_rollback.notices.outcome import outcome_notice
from tests import samples, watches
from tests.hostile.texts import ALL, CHAT, IDS, steering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.notices.sns import Notice
    from appconfig_rollback.state import Alarm, State

NOW = datetime(2026, 3, 2, 17, 7, tzinfo=UTC)
_HEADING = re.compile(r"^([A-Z][\w ]+):$", re.MULTILINE)
_CALLS = re.compile(r"<|@(channel|here|everyone|team|general)\b|\]\(", re.IGNORECASE)


def _alarm(text: str) -> Alarm:
    contributor = {"id": text, "attributes": {"FeatureFlagName": text, text: text}}
    measured = {**samples.MEASURED, "statistic": text}
    return samples.alarm(
        text,
        namedBy="contributor",
        alarmName=text,
        reason=text,
        contributor=contributor,
        measured=measured,
    )


def _state(text: str) -> State:
    flags = [samples.flag_result(text, sweptBy=text), samples.flag_result(text + "2", "failed")]
    stopped = samples.stopped_deployment(description=text, profileName=text, reverted=True)
    return {
        "alarm": {**_alarm(text), "flags": [text, text + "2"]},
        "config": samples.config(
            reason=text,
            flags=flags,
            caveats={text: text},
            aboutTags=text,
            release={**samples.RELEASE, "description": text},
            background={text: {"owner": text, "ticket": text}},
        ),
        "version": samples.version(refusedReason=text),
        "deployment": samples.confirmed(),
        "stoppedDeployments": [stopped],
        "result": samples.result(flags=flags, alarmName=text, reason=text),
    }


def _failed(text: str) -> FailedRun:
    return FailedRun(
        facts=Facts.of(_state(text), samples.NAMED, samples.ARN),
        error=text,
        cause=text,
        failed_state=text,
        attempts=1,
        flags={text: "on", text + "2": "unknown"},
        missing_monitors=[{"AlarmArn": text}],
        restore_monitors_command=f"aws appconfig '{text}'",
        stopped=[samples.stopped_deployment(description=text, profileName=text, reverted=True)],
        experiments={text: f"aws appconfig '{text}'"},
    )


def _looked(text: str) -> Any:  # noqa: ANN401 - the state of a watch, whose texts are others
    again = {**watches.AGAIN, "flags": [text], "description": text, "reason": text}
    alarm = watches.alarm("ALARM", alarmName=text, series=text, reason=text)
    state = watches.looked(
        result="turned_on_again",
        told=["turned_on_again"],
        flags=[{"flag": text, "state": "on", "reason": text}],
        alarms=[alarm],
        turnedOnAgain=again,
    )
    watch = {**state["watch"], "alarm": _alarm(text), "flags": [text], "rolledBack": [text]}
    return {**state, "watch": watch}


def notices(text: str) -> Iterator[Notice]:
    state = _state(text)
    yield outcome_notice(state, samples.NAMED, samples.ARN, NOW)
    for outcome in ("held_back", "ignored", "already_off"):
        result = {**state["result"], "outcome": outcome}
        told = cast("State", {**state, "result": result})
        yield outcome_notice(told, samples.NAMED, samples.ARN, NOW)
    yield failure_notice(_failed(text), NOW)
    yield aftercare_notice(_looked(text), samples.NAMED, NOW)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


@pytest.mark.parametrize("text", ALL, ids=IDS)
def test_a_card_calls_nobody_and_hides_no_link(text: str) -> None:
    for notice in notices(text):
        for shown in _texts(json.loads(notice.messages["https"])):
            assert _CALLS.search(shown) is None, ascii(shown)
            assert steering(shown.replace("\n", "")) == []


def test_what_is_looked_for_is_in_the_texts_that_are_tried() -> None:
    assert all(_CALLS.search(text) for text in CHAT)


@pytest.mark.parametrize("text", ALL, ids=IDS)
def test_a_mail_has_the_sections_that_it_has_with_any_other_text(text: str) -> None:
    for notice, other in zip(notices(text), notices("plain"), strict=True):
        mail, plain = notice.messages["email"], other.messages["email"]
        assert _HEADING.findall(mail) == _HEADING.findall(plain)
        assert mail.count("\n") == plain.count("\n")
        assert steering(mail) == []


@pytest.mark.parametrize("text", ALL, ids=IDS)
def test_subjects_and_phones_get_one_line_of_ascii(text: str) -> None:
    for notice in notices(text):
        for line in (notice.subject, notice.messages["sms"]):
            assert line.isascii()
            assert line.isprintable()
        assert len(notice.subject) < 100
        assert len(notice.messages["sms"]) <= 140


@pytest.mark.parametrize("text", ALL, ids=IDS)
def test_programs_get_json_with_the_texts_as_they_are(text: str) -> None:
    for notice in notices(text):
        document = json.loads(notice.messages["default"])
        assert document["alarmName"] == text
        assert json.dumps(notice.messages).isascii()
