"""Texts as those who read them can take them: short, on one line, in ASCII."""

from __future__ import annotations

import json
from collections.abc import Mapping


def readable_cause(cause: str) -> str:
    """Take the message out of a Lambda error's cause, which is JSON; other causes stay as is."""
    try:
        document = json.loads(cause)
    except (ValueError, RecursionError):
        return cause
    if isinstance(document, Mapping) and isinstance(document.get("errorMessage"), str):
        return str(document["errorMessage"])
    return cause


def capitalized(text: str) -> str:
    """Begin a sentence with a text; the rest of it stays as it is."""
    return text[:1].upper() + text[1:]


def shortened(text: str, limit: int) -> str:
    """Cut a text to at most `limit` characters."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def one_line(text: str) -> str:
    """Write a text on one line, so that it can neither begin a line nor steer a terminal.

    Characters that are not shown, or that turn the others around, become escapes.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else character.encode("unicode_escape").decode()


def ascii_line(text: str, limit: int) -> str:
    """Write a text in printable ASCII on one line, other characters as escapes."""
    escaped = text.encode("ascii", "backslashreplace").decode()
    printable = "".join(c if c.isprintable() else " " for c in escaped)
    return shortened(" ".join(printable.split()), limit)
