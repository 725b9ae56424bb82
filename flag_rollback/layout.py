"""Lays text out for a width without ever breaking a word, so that names and ids can be copied."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Literal

    from rich.console import Console, ConsoleOptions, RenderResult

_GAP = 2
#: Narrower than this, prose is hard to read.
_PROSE = 24


@dataclass(frozen=True)
class Paragraph:
    """A text behind a label or a mark, wrapped at blanks below its own beginning.

    A word that is too long for what the label leaves begins its line; one that is longer than the
    whole line stays whole, and it is for the terminal to wrap it.
    """

    label: Text
    text: Text
    indent: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _unbroken(_wrapped(self, options.max_width))


@dataclass(frozen=True)
class Column:
    """A column; of two, the one with the smaller `worth` goes first where space is lacking.

    Without a worth it stays. One that is `prose` is wrapped at blanks; a table has at most one.
    """

    title: str
    worth: int | None = None
    prose: bool = False
    justify: Literal["left", "right"] = "left"


@dataclass(frozen=True)
class Rows:
    """A table that leaves columns out, and at last puts one cell below the other.

    Columns without any text are left out, too.
    """

    columns: Sequence[Column]
    rows: list[Sequence[Text]] = field(default_factory=list)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = [n for n in range(len(self.columns)) if any(row[n].plain for row in self.rows)]
        worths = sorted((worth, n) for n in shown if (worth := self.columns[n].worth) is not None)
        for _, n in worths:
            if self._least_width(shown) > options.max_width:
                shown.remove(n)
        if self._least_width(shown) > options.max_width:
            for row in self.rows:
                cells = [row[n] for n in shown if row[n].plain]
                yield from _unbroken(line for cell in cells for line in _lines_of(cell, options))
        else:
            yield self._table(shown, options.max_width)

    def _least_width(self, shown: Sequence[int]) -> int:
        return sum(self._width(n, least=True) + _GAP for n in shown) - _GAP

    def _width(self, n: int, *, least: bool) -> int:
        column = self.columns[n]
        texts = [column.title, *(row[n].plain for row in self.rows)]
        widest = max(map(cell_len, texts))
        if not (column.prose and least):
            return widest
        word = max((cell_len(word) for text in texts for word in text.split()), default=0)
        return max(word, min(widest, _PROSE))

    def _table(self, shown: Sequence[int], width: int) -> Table:
        table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="dim", pad_edge=False)
        for n in shown:
            column, wide = self.columns[n], self._width(n, least=False)
            if column.prose:
                others = self._least_width([other for other in shown if other != n])
                wide = min(wide, width - others - _GAP) if len(shown) > 1 else min(wide, width)
            table.add_column(
                column.title, justify=column.justify, width=wide, no_wrap=not column.prose
            )
        for row in self.rows:
            table.add_row(*(row[n] for n in shown))
        return table


def _wrapped(paragraph: Paragraph, width: int) -> list[Text]:
    """Wrap at blanks; styles of label and text stay."""
    indent = Text(" " * paragraph.indent)
    label = paragraph.label.copy()
    label.pad_right(max(paragraph.indent - cell_len(label.plain), 0))
    lines, line = [], label
    is_fresh = True
    for word in _words(paragraph.text):
        length = cell_len(word.plain)
        blank = 0 if is_fresh else 1
        if cell_len(line.plain) + blank + length > width and (
            not is_fresh or paragraph.indent + length > width
        ):
            if line.plain.strip():
                lines.append(line)
            line = indent.copy() if paragraph.indent + length <= width else Text("")
            blank = 0
        line = Text.assemble(line, " " * blank, word)
        is_fresh = False
    return [*lines, line]


def _words(text: Text) -> Iterable[Text]:
    return (word for line in text.split("\n") for word in line.split(" ") if word.plain)


def _lines_of(cell: Text, options: ConsoleOptions) -> list[Text]:
    return _wrapped(Paragraph(Text(""), cell, 0), options.max_width)


def _unbroken(lines: Iterable[Text]) -> Iterable[Text]:
    for line in lines:
        line.no_wrap, line.overflow = True, "ignore"
        yield line
