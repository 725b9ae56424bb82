"""Why a person does something: asked for, and never a placeholder."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_PLACEHOLDERS = {"reason", "why", "todo", "tbd", "xxx", "text", "none", "n/a", "na", "test"}


class Reason(click.ParamType[str]):
    """A text that says something."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take it as it is, without blanks around it."""
        words = re.sub(r"[^\w\s/]", "", value).strip().casefold()
        placeholder = words in _PLACEHOLDERS or re.fullmatch(r"\s*(<.*>|\[.*\])\s*", value)
        if not words.strip("/_ ") or placeholder:
            self.fail(f"expected a reason that others can use; got {value!r}", param, ctx)
        return " ".join(value.split())


def reason_option(question: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare `--reason`; where it is not given, the question is asked at the terminal."""

    def ask(ctx: click.Context, _: click.Parameter, value: str | None) -> str:
        if value is not None:
            return value
        if not sys.stdin.isatty():
            raise click.UsageError("pass --reason: there is no terminal to ask on", ctx)
        return str(click.prompt(question, type=Reason()))

    return click.option(
        "--reason", type=Reason(), callback=ask, help=f"{question} Asked for where it is left out."
    )
