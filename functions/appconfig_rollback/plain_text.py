"""Texts in the forms that their readers accept: short, on one line, in ASCII."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from appconfig_rollback.untyped import Json, json_or_none

#: What a terminal or page would obey: control characters (C0, C1), line and paragraph separators,
#: what changes the direction of writing (Unicode Standard Annex 9), and halves of characters.
_STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BREAK = re.compile("[\t\v\f\r\n\x85\u2028\u2029][ \t\v\f\r\n\x85\u2028\u2029]*")


def is_plain(text: str) -> bool:
    """Return whether a text has nothing that a terminal or page would obey."""
    return _STEERING.search(text) is None


def plain(text: str, but: str = "") -> str:
    """Write what steers as escapes, which are seen and do nothing; `but` stays as it is."""
    return _STEERING.sub(lambda found: found[0] if found[0] in but else repr(found[0])[1:-1], text)


def one_line(text: str) -> str:
    """Write a text on one line, so that what others wrote cannot pass for a line of ours."""
    return plain(_BREAK.sub(" ", text))


def whole(value: Json) -> Json:
    """Put a question mark for each half of a character in the texts of a JSON value.

    JSON can name halves (`\\ud83d`), UTF-8 cannot, and Lambda's runtime writes what a function logs
    and answers in UTF-8.
    """
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return value
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.loads(text.encode(errors="replace"))
    return value


def readable_cause(cause: str) -> str:
    """Take the message out of a Lambda error's cause, which is JSON; other causes stay as is."""
    document = json_or_none(cause)
    if isinstance(document, Mapping) and isinstance(document.get("errorMessage"), str):
        return str(document["errorMessage"])
    return cause


def capitalized(text: str) -> str:
    """Begin a sentence with a text; the rest of it stays as it is."""
    return text[:1].upper() + text[1:]


def shortened(text: str, limit: int) -> str:
    """Cut a text to at most `limit` characters."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def ascii_line(text: str, limit: int) -> str:
    """Write a text in printable ASCII on one line, other characters as escapes."""
    escaped = text.encode("ascii", "backslashreplace").decode()
    printable = "".join(c if c.isprintable() else " " for c in escaped)
    return shortened(" ".join(printable.split()), limit)
