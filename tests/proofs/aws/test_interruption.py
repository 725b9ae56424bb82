"""A signal ends `make verify-aws` even where Python drops what its handler raises."""

from __future__ import annotations

import signal
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from proofs.aws import __main__ as command
from proofs.aws.interruption import Interruption

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


class Freed:
    """An object in whose freeing a signal comes in."""

    def __init__(self, ending: signal.Signals) -> None:
        self.ending = ending

    def __del__(self) -> None:
        signal.raise_signal(self.ending)


@pytest.fixture(autouse=True)
def _handlers_of_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # what is dropped is told nowhere
    before = {ending: signal.getsignal(ending) for ending in ENDINGS}
    yield
    for ending, handler in before.items():
        signal.signal(ending, handler)


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_interruption_that_is_dropped_is_raised_at_the_next_look(ending: signal.Signals) -> None:
    interruption = Interruption()
    interruption.listen()

    interruption.check()
    Freed(ending)

    assert interruption.came
    with pytest.raises(KeyboardInterrupt):
        interruption.check()


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_interruption_that_is_dropped_in_the_last_part_is_no_success(
    monkeypatch: pytest.MonkeyPatch, ending: signal.Signals
) -> None:
    verification = SimpleNamespace(findings=[], run=lambda: bool(Freed(ending)))
    monkeypatch.setattr(command, "open_account", lambda *_: None)
    monkeypatch.setattr(command, "announce", lambda *_, **__: None)
    monkeypatch.setattr(command, "clean", lambda *_: [])
    monkeypatch.setattr(command, "Verification", lambda *_, **__: verification)

    assert CliRunner().invoke(command.main, ["--yes"]).exit_code == 1


@pytest.mark.parametrize("ending", ENDINGS)
def test_whoever_ends_it_what_was_made_is_removed(
    monkeypatch: pytest.MonkeyPatch, ending: signal.Signals
) -> None:
    removed: list[object] = []
    verification = SimpleNamespace(findings=[], run=lambda: signal.raise_signal(ending))
    monkeypatch.setattr(command, "open_account", lambda *_: None)
    monkeypatch.setattr(command, "announce", lambda *_, **__: None)
    monkeypatch.setattr(command, "clean", lambda _, names, __: removed.append(names))
    monkeypatch.setattr(command, "Verification", lambda *_, **__: verification)

    assert CliRunner().invoke(command.main, ["--yes"]).exit_code == 1
    assert len(removed) == 1
