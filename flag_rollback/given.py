"""What a person may write on the command line, refused at once where it can be nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from appconfig_rollback.plain_text import is_plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MACHINE = re.compile(r"arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:[^\s:/]+(:[^\s:/]+)?")


class Address(click.ParamType[str]):
    """The address of an endpoint, such as http://127.0.0.1:4566."""

    name = "url"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Take it as it is, if it is one."""
        text = str(value)
        if not _is_address(text):
            said = f"expected an address such as http://127.0.0.1:4566; got {text!r}"
            self.fail(said, param, ctx)
        return text


class MachineArn(click.ParamType[str]):
    """The ARN of a state machine."""

    name = "arn"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Take it as it is, if it is one."""
        text = str(value)
        if not _MACHINE.fullmatch(text):
            form = "arn:aws:states:REGION:ACCOUNT:stateMachine:NAME"
            self.fail(f"expected {form}; got {text!r}", param, ctx)
        return text


class NewFile(click.Path):
    """A file to write, in a folder that is there."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Take the path; its folder must be there before the work begins."""
        path = Path(str(super().convert(str(value), param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"there is no folder {str(path.parent)!r}; make it first", param, ctx)
        return path


def refuse_unprintable(parameters: Mapping[str, object]) -> None:
    """Refuse texts that no name has and no terminal shows.

    Raises:
        click.UsageError: one of them has a control character, or bytes that are no text.
    """
    for name, value in parameters.items():
        for text in _texts(value):
            if not is_plain(text):
                what = f"expected text without control characters for {name!r}; got {text!r}"
                raise click.UsageError(what)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str | Path):
        yield str(value)
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return False
    return bool(
        parts.scheme in ("http", "https")
        and re.fullmatch(r"[A-Za-z0-9._-]+|[0-9a-fA-F:.]+", parts.hostname or "")
        and not re.search(r"\s", text)
    )
