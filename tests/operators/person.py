"""A person at a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from click.testing import CliRunner, Result

from flag_rollback.cli import main


@dataclass(frozen=True)
class Person:
    """Types commands; `answers` are typed when they are asked."""

    stack: str

    def types(self, *words: str, answers: str = "", exit_code: int = 0) -> Result:
        """Run a command, which must end with that exit code and without a stack trace."""
        done = CliRunner().invoke(main, [*words, "--stack", self.stack], input=answers)
        assert done.exit_code == exit_code, done.output
        assert "Traceback" not in done.output
        return done
