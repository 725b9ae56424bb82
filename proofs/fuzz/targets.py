"""What is fuzzed: each target reads bytes, and asserts what has to be true of the outcome."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import click
from click.testing import CliRunner

import parse_alarm
from appconfig_rollback.adapters import alarms
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.errors import RollbackError
from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument
from appconfig_rollback.history import read_attempt
from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.plain_text import one_line
from appconfig_rollback.times import moment
from flag_rollback.cli import main
from tests import samples
from tests.domain.documents import FREEFORM, NOW, WHY
from tests.operators.canned_aws import canned, execution, serving
from tests.samples import CONTEXT, task
from tests.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TESTS = Path(__file__).resolve().parents[2] / "tests"
_FLAGS_LOOKED_AT = 3
_MARK = Mark(3, "FeatureFlag-a-ErrorRate", "id", "2026-03-02T17:04:40.989Z", "run-1", 1)
_KINDS = (
    *("ExecutionStarted", "ExecutionRedriven", "ExecutionFailed", "ExecutionSucceeded"),
    *("TaskStateEntered", "PassStateEntered", "TaskStateExited", "LambdaFunctionFailed"),
    *("LambdaFunctionSucceeded", "LambdaFunctionTimedOut", "TaskFailed", "ChoiceStateEntered"),
)
_STATES = ("ParseAlarm", "MarkFailure", "NotifyFailure", "AwaitRedrive", "MarkNotRestored", "")
ENVIRONMENT = {
    **SETTINGS,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


@contextmanager
def surroundings() -> Iterator[None]:
    """What a function finds around it: settings, and an alarm that is in ALARM without tags."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, ENVIRONMENT))
        stack.enter_context(mock.patch.object(alarms, "current_state", return_value="ALARM"))
        stack.enter_context(mock.patch.object(alarms, "tags", return_value={}))
        level = logger.level
        logger.setLevel("CRITICAL")
        stack.callback(logger.setLevel, level)
        yield


def event(data: bytes) -> None:
    """ParseAlarm reads an alarm out of an event, or refuses it by name."""
    try:
        source = json.loads(data)
    except (ValueError, RecursionError):
        return
    try:
        alarm = parse_alarm.handler(task(samples.execution(Input=source)), CONTEXT)
    except RollbackError:
        return
    assert moment(alarm["transitionedAt"]) is not None
    assert json.loads(json.dumps(alarm)) == alarm


def freeform(data: bytes) -> None:
    """A freeform document with a flag off has that flag off, and every other as it was."""
    _document(FlagDocument(data, "application/json", FREEFORM))


def feature_flags(data: bytes) -> None:
    """So does a document of AppConfig's feature flags."""
    _document(FlagDocument(data, "application/json", FEATURE_FLAGS))


def _document(document: FlagDocument) -> None:
    try:
        names = document.flags()
    except RollbackError:
        return
    before = {name: _is_on(document, name) for name in names}
    for name in names[:_FLAGS_LOOKED_AT]:
        if before[name]:
            off = FlagDocument(
                document.turned_off({name: WHY}, NOW), document.content_type, document.profile_type
            )
            json.loads(off.content)
            assert {flag: _is_on(off, flag) for flag in names} == {**before, name: False}
            assert off.is_rollback_of(document)
            bare = document.switched_off(name)
            assert len(bare) <= len(off.content)


def _is_on(document: FlagDocument, flag: str) -> bool | None:
    """Whether a flag is on; None where it is refused."""
    try:
        return document.is_on(flag)
    except RollbackError:
        return None


def mark(data: bytes) -> None:
    """A mark that is read says the same when it is written and read again."""
    found = read_mark(data.decode("utf-8", "replace"))
    if found is not None:
        again = read_mark(str(found))
        assert again is not None
        assert str(again) == str(found)


def history(data: bytes) -> None:
    """Whatever the order of a history's events, an attempt is read from it."""
    events: list[Any] = []
    for place, byte in enumerate(data[:200]):
        state = {"name": _STATES[byte % len(_STATES)], "input": "{}"}
        kind = _KINDS[byte % len(_KINDS)]
        events.append({"id": place + 1, "type": kind, "stateEnteredEventDetails": state})
    found = read_attempt(events)
    assert found.tries >= 0
    assert found.state is None or found.state in _STATES


def text(data: bytes) -> None:
    """Whatever others write is one line that steers nothing."""
    line = one_line(data.decode("utf-8", "surrogateescape"))
    assert line.isprintable()
    line.encode("utf-8")  # raises where half a character is left


def command_line(data: bytes) -> None:
    """No words end in a trace, and none steers the terminal."""
    words = [word.decode("utf-8", "surrogateescape") for word in data.split(b"\0")]
    name = sorted(main.commands)[len(data) % len(main.commands)]
    if {"--follow", "--html", "--help"} & set(words) or name == "dashboard":
        return  # they stay, or write where they are told to
    with canned(serving(execution("run-1", output=json.dumps({"outcome": "rolled_back"})))):
        done = CliRunner(env=ENVIRONMENT).invoke(main, [name, *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert not {"\x1b", "\x07"} & set(click.unstyle(done.output))


def _samples(folder: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((TESTS / folder).glob("*.json"))]


#: By name: the target, and what it is shown first.
TARGETS: dict[str, tuple[Callable[[bytes], None], list[bytes]]] = {
    "ParseAlarm": (event, _samples("events")),
    "freeform documents": (freeform, _samples("documents")),
    "feature flags": (feature_flags, _samples("documents")),
    "the mark": (mark, [str(_MARK).encode()]),
    "a history": (history, [bytes(range(40))]),
    "others' text": (text, [b"\x1b[2J", "\u202e".encode()]),
    "the command line": (command_line, [b"run-1", b"--json\0--since\0" + b"2h", b"new-checkout"]),
}
