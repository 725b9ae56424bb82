"""Writes the table of `docs/doctor.md`, by `python -m local.doctor_table`."""

from __future__ import annotations

import re

from flag_rollback.findings import KINDS, LEVELS
from local.cloud import REPOSITORY

PAPER = REPOSITORY / "docs" / "doctor.md"
_HEADING = "| level | when | remedy | kind |\n| --- | --- | --- | --- |\n"
_TABLE = re.compile(re.escape(_HEADING) + r"(?:\|.*\n)*")


def table() -> str:
    """Lay out everything that doctor can find, the worst first."""
    rows = sorted(KINDS.items(), key=lambda item: LEVELS.index(item[1].level))
    return _HEADING + "".join(
        f"| {kind.level} | {kind.when} | {_remedy(kind.remedy)} | {name} |\n" for name, kind in rows
    )


def written(paper: str) -> str:
    """Put the table where the paper has one."""
    return _TABLE.sub(lambda _: table(), paper)


def _remedy(text: str | None) -> str:
    return re.sub(r"\{(\w+)\}", r"*\1*", text) if text else "-"


if __name__ == "__main__":
    PAPER.write_text(written(PAPER.read_text("utf-8")), "utf-8")
