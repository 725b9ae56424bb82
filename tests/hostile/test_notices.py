"""What others wrote never becomes a line, a link, a call or a command of its own in a notice."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from appconfig_rollback.commands import off
from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.notices.failure import failure_notice
from appconfig_rollback.notices.outcome import outcome_notice
from appconfig_rollback.plain_text import ascii_line, one_line
from tests import samples
from tests.domain.test_notice import FAILED, NOW
from tests.hostile.texts import TEXTS
from tests.samples import ARN, NAMED

if TYPE_CHECKING:
    from appconfig_rollback.notices.sns import Notice
    from appconfig_rollback.state import Background, State


def written_by(text: str) -> list[Notice]:
    """The notices of an outcome and of a failure in which all that others write is that text."""
    alarm = samples.alarm(text, alarmName=text, reason=text)
    release = {"version": 3, "deployment": 7, "description": text, "at": None}
    config = samples.config(
        flags=[samples.flag_result(flag=text)],
        release=release,
        background={text: cast("Background", {"owner": text, "ticket": text})},
        caveats={text: text},
    )
    state = {
        "alarm": alarm,
        "config": config,
        "result": samples.result(
            alarmName=text, reason=text, flags=[samples.flag_result(flag=text)]
        ),
        "version": samples.version(),
        "deployment": samples.confirmed(),
    }
    names = replace(NAMED.names, environment=text, application=text) if NAMED.names else None
    target = replace(NAMED, names=names)
    facts = replace(
        FAILED.facts, target=target, flags=[text], alarm_name=text, reason=text, release=None
    )
    failed = replace(
        FAILED, facts=facts, error=text, cause=text, flags={text: "on"}, experiments={text: text}
    )
    return [
        outcome_notice(cast("State", state), target, ARN, NOW),
        failure_notice(failed, NOW),
    ]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_mail_has_our_lines_and_no_others(text: str) -> None:
    for told, harmless in zip(written_by(text), written_by("x"), strict=True):
        mail = told.messages["email"]

        assert [line.partition(":")[0] for line in ours(mail)] == [
            line.partition(":")[0] for line in ours(harmless.messages["email"])
        ]
        assert all(line.isprintable() for line in mail.split("\n"))
        assert mail.encode("utf-8")


def ours(mail: str) -> list[str]:
    """The lines of a mail that begin at its left edge, which headings do; and how many others."""
    _title, *lines = mail.split("\n")
    return [line for line in lines if line and not line.startswith("  ")] + [f"{len(lines)} lines"]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_card_has_no_mention_no_link_with_other_words_and_our_lines(text: str) -> None:
    for told, harmless in zip(written_by(text), written_by("x"), strict=True):
        card = json.loads(told.messages["https"])
        lines = card["content"]["description"].split("\n")

        assert "<" not in told.messages["https"]
        assert "](" not in told.messages["https"]
        assert all(line.isprintable() for line in lines)
        most = len(json.loads(harmless.messages["https"])["content"]["description"].split("\n"))
        assert len(lines) <= most
        assert all(step.isprintable() for step in card["content"]["nextSteps"])


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_subject_text_message_and_attributes_are_what_sns_takes(text: str) -> None:
    for told in written_by(text):
        assert told.subject.isascii()
        assert told.subject.isprintable()
        assert 0 < len(told.subject) < 100
        assert told.messages["sms"].isascii()
        assert told.messages["sms"].isprintable()
        assert len(told.messages["sms"]) <= 140
        for value in told.attributes.values():
            for each in [value] if isinstance(value, str) else value:
                assert each.isprintable()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_programs_get_it_as_it_is(text: str) -> None:
    for told in written_by(text):
        document = json.loads(told.messages["default"])

        assert document["reason"] == text
        assert document["action"] in ("rollback", "rollback_failed")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_shell_takes_a_command_to_copy_for_what_it_is(text: str) -> None:
    lines = [line for told in written_by(text) for line in told.messages["email"].split("\n")]
    shown = [found for line in lines if (found := line.partition("flag-rollback ")[1:])[0]]
    commands = [shlex.split("".join(found)) for found in shown]

    assert text in shlex.split(off(ARN, [text]))
    about = [words for words in commands if words[1] in ("off", "restore")]
    assert all(text in words for words in about)
    assert bool(about) is (one_line(text) == text)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_mark_stays_on_its_line_and_says_the_same_when_it_is_read(text: str) -> None:
    mark = Mark(3, text, text, "2026-03-02T17:04:40.989Z", text, 1)
    written = str(mark)

    assert written.isascii()
    assert written.isprintable()
    assert len(written) <= 1024
    read = read_mark(written)
    assert read is not None
    assert str(read) == written


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_one_line_is_one_line(text: str) -> None:
    assert one_line(text).isprintable()
    assert one_line(one_line(text)) == one_line(text)
    assert ascii_line(text, 50).isascii()
