"""Why a person changes a flag: words that a colleague understands later, or the command ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from flag_rollback import confirming

if TYPE_CHECKING:
    from collections.abc import Callable

#: Placeholders for a reason in commands that are copied, whatever brackets and dots are around it.
_PLACEHOLDERS = frozenset(
    (
        *("reason", "the reason", "your reason", "reason here", "why", "text", "placeholder"),
        *("todo", "tbd", "tba", "fixme", "xxx", "n/a", "na", "none", "null"),
    )
)
_EXAMPLE = 'write why, such as "SHOP-1533 is fixed"'


class Reason(click.ParamType[str]):
    """A text that is neither empty nor a placeholder."""

    name = "text"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return the reason without the blanks around it."""
        text = str(value).strip()
        if not text:
            self.fail(f"it is empty; {_EXAMPLE}", param, ctx)
        if is_placeholder(text):
            self.fail(f'"{text}" is a placeholder, not a reason; {_EXAMPLE}', param, ctx)
        return text


def is_placeholder(text: str) -> bool:
    """Return whether a text is a placeholder and no reason: `...`, `<why not>`, `TODO`."""
    text = " ".join(text.split())
    bare = text.strip("".join(c for c in text if not c.isalnum())).casefold()
    in_brackets = text.startswith(("<", "{", "[")) and text.endswith((">", "}", "]"))
    return in_brackets or not bare or bare in _PLACEHOLDERS


def reason_option(question: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare `--reason`; the question is asked at a terminal where it is not given.

    The command's parameter `reason` is then a text that holds. Without a terminal and without
    `--reason`, the command ends as one that was typed wrongly.
    """

    def asked(ctx: click.Context, _: click.Parameter, given: str | None) -> str | None:
        if given is not None or ctx.resilient_parsing:
            return given
        if not confirming.at_a_terminal():
            raise click.UsageError(
                f"--reason is missing, and there is no terminal to ask on; {_EXAMPLE}", ctx
            )
        return str(click.prompt(question, type=Reason()))

    return click.option(
        "--reason",
        type=Reason(),
        callback=asked,
        help="Why; kept with the version. Asked for at a terminal where it is not given.",
    )
