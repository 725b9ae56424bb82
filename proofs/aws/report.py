"""What was found out, as one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rich import box
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

Section = Literal["contract", "engine cases", "open questions"]
#: `unknown`: it could not be found out; the text of what was seen says why.
Verdict = Literal["as promised", "NOT as promised", "safe", "NOT SAFE", "measured", "unknown"]

_STYLES: dict[Verdict, str] = {
    "as promised": "green",
    "NOT as promised": "bold red",
    "safe": "green",
    "NOT SAFE": "bold red",
    "measured": "",
    "unknown": "yellow",
}
_COLUMNS = ("what", "promised or assumed", "seen", "verdict")


@dataclass(frozen=True)
class Observation:
    """A promise and what was seen of it, or a question and whether the code is safe either way."""

    section: Section
    what: str
    assumed: str
    seen: str
    verdict: Verdict

    @property
    def is_bad(self) -> bool:
        """Whether a promise is broken, or the code is not safe."""
        return self.verdict in ("NOT as promised", "NOT SAFE")


def promise(what: str, promised: str, seen: object, kept: bool) -> Observation:
    """Make a line of the contract."""
    return Observation(
        "contract", what, promised, str(seen), "as promised" if kept else "NOT as promised"
    )


def answer(question: str, assumed: str, seen: str, safe: bool | None) -> Observation:
    """Make the answer to a question; `safe` None where nothing could be seen."""
    verdict: Verdict = "unknown" if safe is None else "safe" if safe else "NOT SAFE"
    return Observation("open questions", question, assumed, seen, verdict)


def table(findings: Sequence[Observation]) -> Table:
    """Lay the findings out for the terminal."""
    shown = Table(box=box.SIMPLE_HEAD, show_lines=False)
    for column in _COLUMNS:
        shown.add_column(column, overflow="fold")
    section = None
    for found in findings:
        if found.section != section:
            shown.add_section()
            shown.add_row(f"[bold]{found.section}[/]")
            section = found.section
        style = _STYLES[found.verdict]
        shown.add_row(
            *(escape(text) for text in (found.what, found.assumed, found.seen)),
            f"[{style}]{found.verdict}[/]" if style else found.verdict,
        )
    return shown


def markdown(findings: Sequence[Observation], title: str) -> str:
    """Write the findings as a Markdown file."""
    lines = [f"# {title}", ""]
    section = None
    for found in findings:
        if found.section != section:
            section = found.section
            lines += ["", f"## {section.capitalize()}", ""]
            lines += [f"| {' | '.join(_COLUMNS)} |", "| --- | --- | --- | --- |"]
        cells = (found.what, found.assumed, found.seen, found.verdict)
        lines.append(f"| {' | '.join(_cell(text) for text in cells)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
