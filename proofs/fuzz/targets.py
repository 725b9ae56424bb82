"""What is tried: plain functions of bytes, each of which may raise nothing, and keeps its promises.

An input that is refused by an error with a name is fine, and a target lets such errors pass. All
else that comes out of a target is a finding: an error without a name, or a promise that is broken
(`BrokenPromiseError`).
"""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest import mock

import click

import parse_alarm
from appconfig_rollback.adapters import alarms
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.errors import (
    AlarmNameMismatchError,
    NotAnAlarmError,
    PersonMustActError,
    TooManyFlagsError,
)
from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument
from appconfig_rollback.history import read_attempt
from appconfig_rollback.mark import description, read_mark
from appconfig_rollback.notices.outcome import outcome_notice
from flag_rollback.cli import main
from flag_rollback.execution.visits import culprits, read_visits
from flag_rollback.flags.differences import differences
from flag_rollback.given import refuse_unprintable
from flag_rollback.picture.path import path
from flag_rollback.printing import printable
from tests import samples
from tests.hostile.texts import steering
from tests.operators.reports import MACHINE
from tests.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from appconfig_rollback.notices.sns import Notice
    from flag_rollback.flags.differences import Difference

FREEFORM = "AWS.Freeform"
NOW = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
#: The state data holds 256 KiB; what is kept of an alarm is a fifth of that at most.
_KEPT = 50_000
_SHOWN = 2_000
_SWITCHES = ("enabled", "state", "default", "when_match", "rolloutPercentage")
_OFF = {"false", '"false"', '"DISABLED"', "0"}
#: The second one finds whatever it is, so that documents of all places are tried.
_PLACES = ("", "", ".", "config.features")


class BrokenPromiseError(AssertionError):
    """A promise that an input broke."""


def _promise(kept: bool, what: str) -> None:
    if not kept:
        raise BrokenPromiseError(what)


@dataclass(frozen=True)
class Target:
    """Something that reads what others write, under a name, and what it promises, in words."""

    name: str
    promises: str
    run: Callable[[bytes], None]


def parse_alarm_of(data: bytes) -> None:
    """Let ParseAlarm read JSON."""
    try:
        source = json.loads(data)
    except (ValueError, RecursionError):
        return  # Step Functions takes nothing but JSON
    run = samples.execution(Input=source)
    with (
        mock.patch.dict(os.environ, SETTINGS),
        mock.patch.object(alarms, "current_state", return_value="ALARM"),
        mock.patch.object(alarms, "tags", return_value={}),
    ):
        settings.cache_clear()
        try:
            alarm = parse_alarm.handler(samples.task(run), samples.CONTEXT)
        except (NotAnAlarmError, AlarmNameMismatchError, TooManyFlagsError) as refused:
            _promise(len(str(refused)) < _SHOWN, "an error is short")
            return
        finally:
            settings.cache_clear()
    text = json.dumps(alarm, allow_nan=False, ensure_ascii=False)
    _promise(json.loads(text) == alarm, "what is kept is JSON")
    _promise(len(text.encode()) < _KEPT, "what is kept is small, and is UTF-8")
    _promise(bool(alarm["flags"]) or bool(alarm["ignoredReason"]), "a flag, or a reason for none")


def document_of(data: bytes) -> None:
    """Turn off what is in a document of either profile type; the first byte chooses."""
    first, content = (data[0], data[1:]) if data else (0, b"")
    profile_type = FEATURE_FLAGS if first % 3 == 0 else FREEFORM
    document = FlagDocument(content, "application/json", profile_type, _PLACES[first // 3 % 4])
    try:
        names = document.flags()
    except PersonMustActError as refused:
        _promise(len(str(refused)) < _SHOWN, "an error is short")
        return
    for name in [*names[:4], "no such flag"]:
        _turn_off(document, name, names[:8])


def _turn_off(document: FlagDocument, name: str, names: list[str]) -> None:
    try:
        was_on = document.is_on(name)
    except PersonMustActError as refused:
        _promise(len(str(refused)) < _SHOWN, "an error is short")
        return
    off = replace(document, content=document.turned_off({name: "why"}, NOW))
    bare = replace(document, content=document.switched_off(name))
    for after in (off, bare):
        _promise(not after.is_on(name), "a flag that was turned off reads as off")
        for other in names:
            _promise(not _is_on(after, other) or _is_on(document, other), "no flag is turned on")
    _promise(off.is_rollback_of(document) or not was_on, "a rollback is known as one")
    _promise(bare.is_bare_rollback_of(document, name), "a bare rollback is known as one")
    _promise(off.turned_off({name: "why"}, NOW) == off.content, "off twice is off once")
    for change in differences(document.content, bare.content):
        _promise(change.after in _OFF or _is_within(change), f"only switches change: {change}")
    back = replace(document, content=bare.restored(document, name, NOW))
    _promise(back.is_on(name) == was_on, "what is restored is as it was")
    percentage = document.percentage(name)
    json.dumps([percentage, document.owner(name), document.ticket(name)], allow_nan=False)
    _promise(document.policy(name) in ("auto", "notify", "off"), "a policy is one of three")


def _is_within(change: Difference) -> bool:
    """Whether what is gone was in a switch's place: an empty flag, or a list for a percentage."""
    in_switch = any(word in change.path for word in _SWITCHES)
    return change.after is None and (change.before == "{}" or in_switch)


def _is_on(document: FlagDocument, name: str) -> bool:
    with suppress(PersonMustActError):
        return document.is_on(name)
    return False


def mark_of(data: bytes) -> None:
    """Read a mark out of a description, and write one with such names."""
    text = _text(data)
    mark = read_mark(text)
    if mark is not None:
        again = read_mark(str(mark))
        _promise(str(again) == str(mark), "a mark that was read is written as it is read")
        _promise(max(mark.flags, mark.base) < 10**10, "a number is one that AppConfig has")
    for by in ("name", "person"):
        alarm = samples.alarm(text, alarmName=text, reason=text, namedBy=by)
        written = description(alarm, samples.execution(text), 3)
        _promise(written.isascii() and written.isprintable(), "a description is a header")
        _promise(len(written) <= 1024, "a description is short")
        own = read_mark(written)
        if text.strip():
            _promise(own is not None and own.written_by(text), "an execution knows its own mark")
            _promise(own is not None and own.same_alarm(alarm), "a mark names its alarm")


_KINDS = (
    "ExecutionStarted TaskStateEntered PassStateEntered LambdaFunctionScheduled "
    "LambdaFunctionStarted LambdaFunctionSucceeded LambdaFunctionFailed LambdaFunctionTimedOut "
    "TaskScheduled TaskFailed TaskSucceeded TaskTimedOut TaskStateExited ChoiceStateEntered "
    "ChoiceStateExited WaitStateEntered WaitStateExited FailStateEntered SucceedStateEntered "
    "ExecutionFailed ExecutionAborted ExecutionTimedOut ExecutionSucceeded ExecutionRedriven "
    "EvaluationFailed MapIterationStarted"
)
_EVENTS = _KINDS.split()
_NAMES = [*(state.name for state in MACHINE.states), "Other"]


def history_of(data: bytes) -> None:
    """Read a history in any order of events: two bytes make one."""
    events: list[Any] = []
    for number, (kind, name) in enumerate(zip(data[::2], data[1::2], strict=False), 1):
        type_ = _EVENTS[kind % len(_EVENTS)]
        event: dict[str, Any] = {"id": number, "type": type_, "timestamp": NOW}
        state = _NAMES[name % len(_NAMES)]
        if type_.endswith("Entered"):
            event["stateEnteredEventDetails"] = {"name": state, "input": "{}"}
        elif type_.endswith("Exited") and name % 3:
            event["stateExitedEventDetails"] = {"name": state, "output": "{}"}
        elif type_.endswith(("Failed", "TimedOut", "Aborted")) and name % 3:
            details = {"error": state, "cause": "{}"} if name % 2 else {}
            event[f"{type_[0].lower()}{type_[1:]}EventDetails"] = details
        events.append(event)
    attempt, visits = read_attempt(events), read_visits(events)
    entered = [each for each in events if each["type"].endswith("Entered")]
    redrives = sum(each["type"] == "ExecutionRedriven" for each in events)
    _promise(len(entered) <= len(visits) <= len(entered) + redrives, "each stay is a visit")
    _promise(attempt.tries <= len(events), "a try is an event")
    _promise(culprits(visits) <= set(range(len(visits))), "what is to blame is a visit")
    path(visits, MACHINE)


def command_line_of(data: bytes) -> None:
    """Parse a command line, whose words end with NUL."""
    words = [os.fsdecode(word) for word in data.split(b"\0")]
    name = words[0] if words[0] in main.commands else sorted(main.commands)[len(data) % 10]
    rest = words[1:] if words[0] in main.commands else words
    with redirect_stdout(io.StringIO()):
        try:
            context = main.commands[name].make_context(name, rest)
            refuse_unprintable(context.params)
        except click.exceptions.Exit as exit_:
            _promise(exit_.exit_code == 0, "help is no failure")
        except click.ClickException as refused:
            shown = printable(refused.format_message())
            _promise(not steering(shown), "an error does not steer")
            _promise(bool(shown.strip()), "an error says something")
        else:
            for value in context.params.values():
                _promise(not steering(str(value)), "what is taken does not steer")


def notice_of(data: bytes) -> None:
    """Write a notice in which names, reasons and descriptions are a text."""
    notice = _notice(_text(data))
    mail, card = notice.messages["email"], notice.messages["https"]
    if _text(data).strip():  # without a description or an owner there is less to tell
        _promise(mail.count("\n") == _lines_of_mail(), "no line of a mail is forged")
    _promise(not steering(mail), "a mail does not steer")
    _promise("<" not in card and "](" not in card, "a card has no mention and no link")
    _promise(notice.subject.isascii() and notice.subject.isprintable(), "a subject is a line")
    _promise(len(notice.messages["sms"].encode("ascii")) <= 140, "a phone shows all of it")


def _notice(text: str) -> Notice:
    alarm = samples.alarm(text, alarmName=text, reason=text)
    background = {text: {"owner": text, "ticket": text}}
    release = {**samples.RELEASE, "description": text}
    state: Any = {
        "alarm": alarm,
        "config": samples.config(
            flags=[samples.flag_result(text)], release=release, background=background
        ),
        "version": samples.version(refusedReason=text),
        "deployment": samples.confirmed(),
        "result": samples.result(flags=[samples.flag_result(text)], alarmName=text, reason=text),
    }
    return outcome_notice(state, samples.NAMED, samples.ARN, NOW)


@cache
def _lines_of_mail() -> int:
    return _notice("plain").messages["email"].count("\n")


def _text(data: bytes) -> str:
    """Read any text, halves of characters included."""
    return data.decode("utf-8", "surrogateescape")


#: All that is tried.
TARGETS = (
    Target("alarm", "ParseAlarm reads an alarm, or refuses it by name", parse_alarm_of),
    Target("document", "off reads as off, and nothing else changes", document_of),
    Target("mark", "a mark comes back, and fits into a header", mark_of),
    Target("history", "any order of events is read", history_of),
    Target("command line", "words are understood, or refused in a sentence", command_line_of),
    Target("notice", "no text calls, links, steers or forges a line", notice_of),
)
