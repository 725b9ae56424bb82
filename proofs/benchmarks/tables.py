"""A table that can be shown on a terminal and written as Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table as RichTable


@dataclass(frozen=True)
class Table:
    """Rows below named columns; the first `texts` columns are texts, the others numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    texts: int = 1

    def rich(self) -> RichTable:
        """The table for a terminal."""
        table = RichTable(title=self.title, title_justify="left", caption=self.note or None)
        table.caption_justify = "left"
        for number, column in enumerate(self.columns):
            table.add_column(column, justify="left" if number < self.texts else "right")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """The table in Markdown, below a heading."""
        rule = ("---" if number < self.texts else "---:" for number in range(len(self.columns)))
        lines = [" | ".join(row) for row in (self.columns, tuple(rule), *self.rows)]
        parts = [f"## {self.title}", "\n".join(f"| {line} |" for line in lines), self.note]
        return "\n\n".join(part for part in parts if part)


def in_seconds(seconds: float) -> str:
    """Write seconds as the tables do."""
    return f"{seconds:.2f}"
