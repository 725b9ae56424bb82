"""Output that any terminal takes: no character that it cannot write, none that steers it."""

from __future__ import annotations

import codecs
import io
import json
import sys
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console, ConsoleRenderable, RenderHook
from rich.segment import Segment

from appconfig_rollback.plain_text import plain

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderResult

#: What a pipe or a file is laid out for.
WIDTH = 120
#: Each of our symbols in ASCII, as wide as it is.
_SYMBOLS = str.maketrans("✓✗…→━·", "+x.>=-")
_FALLBACK = "flag_rollback.ascii"


def printable(text: str) -> str:
    """Write characters that steer a terminal as escapes; lines stay lines."""
    return plain(text, but="\n\t")


def prepare_streams() -> None:
    """Let what a terminal cannot write fall back to ASCII, not to an error."""
    codecs.register_error(_FALLBACK, _fallback)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_FALLBACK)


def write_json(document: object) -> None:
    """Print a document for programs; it is ASCII, so that no terminal changes it."""
    click.echo(json.dumps(document, indent=2))


def indented(text: str) -> str:
    """Lay JSON out for reading; what is none, or is nested too deeply for that, stays as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def console() -> Console:
    """Open the terminal; output that goes elsewhere gets a width of its own.

    Names and causes come from elsewhere, so nothing in them steers it. What is wider than the
    terminal is not cut: an id that ends early is none.
    """
    to = _Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    to.push_render_hook(_NoSteering())
    return to


class _Console(Console):
    def print(self, *objects: Any, crop: bool = False, **options: Any) -> None:
        super().print(*objects, crop=crop, **options)


class _NoSteering(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Printable(renderable) for renderable in renderables]


class _Printable:
    def __init__(self, renderable: ConsoleRenderable) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in console.render(self._renderable, options):
            yield Segment(text if control else printable(text), style, control)


def _fallback(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(_SYMBOLS)
    return "".join(c if c.isascii() else "?" for c in text), error.end
