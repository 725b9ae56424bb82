"""Runs a function up to the AWS calls that it waits for, as often as it takes.

A function knows only what it was given and what AWS answered. So one that waits for an answer need
not be kept: it is run again from its beginning with the answers so far, and stops at the calls that
have none yet. Reads that it makes side by side wait side by side, and are answered in any order.
"""

from __future__ import annotations

import io
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Which of a task's calls: its number in its thread, behind the numbers of the threads.
CallId = tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """A call of AWS: `text` is all that is asked, so that calls can be told apart."""

    operation: str
    text: str
    asked: Mapping[str, Any] = field(compare=False, repr=False)

    @classmethod
    def of(cls, operation: str, asked: Mapping[str, Any]) -> Call:
        return cls(operation, repr(asked), asked)


@dataclass(frozen=True)
class Answer:
    """What AWS answers: a value, or an error."""

    text: str
    value: Any = field(compare=False, repr=False)

    @classmethod
    def of(cls, value: Any) -> Answer:  # noqa: ANN401 - whatever AWS answers
        if isinstance(value, Exception):
            return cls(f"{type(value).__name__}: {value}", value)
        if isinstance(value, dict) and isinstance(value.get("Content"), io.BytesIO):
            value = {**value, "Content": value["Content"].getvalue()}
        return cls(repr(value), value)

    def give(self) -> Any:  # noqa: ANN401 - whatever AWS answers
        if isinstance(self.value, Exception):
            raise self.value.with_traceback(None)
        if isinstance(self.value, dict) and "Content" in self.value:
            return {**self.value, "Content": io.BytesIO(self.value["Content"])}
        return self.value


@dataclass(frozen=True)
class Finished:
    """How a function ended: with an answer, or an error."""

    answer: Any = None
    error: Exception | None = None


class _SuspendedError(BaseException):
    """Stops a function, or one of its threads, at a call that has no answer yet."""


class Replay:
    """One run of a function with the answers so far; it fills `waiting`."""

    def __init__(self, answers: Mapping[CallId, Answer]) -> None:
        self._answers = answers
        self._thread: CallId = ()
        self._next: dict[CallId, int] = defaultdict(int)
        self.waiting: dict[CallId, Call] = {}

    def run(self, function: Callable[[], Any]) -> Finished | None:
        """Run it; None where it waits."""
        try:
            return Finished(function())
        except _SuspendedError:
            return None
        except Exception as error:  # noqa: BLE001 - a function may raise anything
            return Finished(error=error)

    def call(self, operation: str, asked: Mapping[str, Any]) -> Any:  # noqa: ANN401
        number = (*self._thread, self._next[self._thread])
        self._next[self._thread] += 1
        if number in self._answers:
            return self._answers[number].give()
        self.waiting[number] = Call.of(operation, asked)
        raise _SuspendedError

    @contextmanager
    def thread(self) -> Iterator[None]:
        """Count the calls of a thread that begins now by themselves."""
        before = self._thread
        self._next[before] += 1
        # Below zero: a thread is never taken for a call.
        self._thread = (*before, -self._next[before])
        try:
            yield
        finally:
            self._thread = before


class Side:
    """In place of the threads that read side by side."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._reads: list[_Read] = []

    def __enter__(self) -> Side:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for all of them, as an executor does, whatever has happened meanwhile."""
        for read in self._reads:
            with suppress(Exception):
                read.result()

    def submit(self, call: Callable[..., Any], *args: object) -> _Read:
        with self._replay.thread():
            self._reads.append(_Read(partial(call, *args)))
        return self._reads[-1]


class _Read:
    """A read that was made as far as it has answers."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._answer: Any = None
        self._error: BaseException | None = None
        try:
            self._answer = call()
        except (Exception, _SuspendedError) as error:  # noqa: BLE001 - raised where it is needed
            self._error = error

    def result(self, timeout: float | None = None) -> Any:  # noqa: ANN401, ARG002
        if self._error:
            raise self._error
        return self._answer


class Client:
    """Any AWS client: what is called is put down by the operation's name."""

    def __init__(self, call: Callable[[str, Mapping[str, Any]], Any]) -> None:
        self._call = call

    def __getattr__(self, method: str) -> Callable[..., Any]:
        if method.startswith("_"):
            raise AttributeError(method)
        return lambda **asked: self._call(method, asked)

    def get_paginator(self, method: str) -> Pages:
        """All is on one page."""
        return Pages(partial(self._call, method))


class Pages:
    """A paginator of one page."""

    def __init__(self, call: Callable[[Mapping[str, Any]], Any]) -> None:
        self._call = call

    def paginate(self, **asked: Any) -> Iterator[Any]:
        yield self._call(asked)
