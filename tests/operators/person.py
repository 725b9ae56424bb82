"""A person at a terminal."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import patch

from click.testing import CliRunner, Result

from flag_rollback.cli import main

if TYPE_CHECKING:
    from local.operators import Operators


@dataclass(frozen=True)
class Person:
    """Types commands; `answers` are typed when they are asked. Without any there is no terminal.

    With `operators` each command runs with its own policy and nothing else.
    """

    stack: str
    operators: Operators | None = None

    def types(self, *words: str, answers: str = "", exit_code: int = 0) -> Result:
        """Run a command, which must end with that exit code and without a stack trace."""
        with at_a_terminal() if answers else nullcontext(), self._credentials(words[0]):
            done = CliRunner().invoke(main, [*words, "--stack", self.stack], input=answers)
        assert done.exit_code == exit_code, done.output
        assert "Traceback" not in done.output
        if self.operators:
            self.operators.assert_nothing_was_denied(words[0])
        return done

    def arn_of(self, command: str) -> str:
        """Who runs a command, as AWS knows them."""
        assert self.operators
        return self.operators.user(command).arn

    def _credentials(self, command: str) -> AbstractContextManager[object]:
        """The credentials of the command's user; of no command's, those that are there."""
        if self.operators is None or command not in main.commands:
            return nullcontext()
        return patch.dict(os.environ, self.operators.user(command).environment)


def at_a_terminal() -> AbstractContextManager[object]:
    """Let commands ask, though their input is a test's."""
    return patch("flag_rollback.confirming.at_a_terminal", return_value=True)
