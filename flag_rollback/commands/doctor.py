"""`flag-rollback doctor`: what would keep the next rollback from working."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.console import Group
from rich.text import Text

from flag_rollback.access import Access, with_access
from flag_rollback.checkup import Checked, count, examine, exposures
from flag_rollback.layout import Paragraph
from flag_rollback.printing import console, write_json
from flag_rollback.surroundings import Surroundings
from flag_rollback.until_off import DEFAULT_POLL
from flag_rollback.watched import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flag_rollback.findings import Level
    from flag_rollback.until_off import Exposure

_MARKS: dict[Level, tuple[str, str]] = {
    "fail": ("✗", "red"),
    "warn": ("!", "dark_orange"),
    "unknown": ("?", "blue"),
    "note": ("·", "dim"),
}


@click.command(epilog="Example: flag-rollback doctor || echo 'fix the above'")
@click.option("--strict", is_flag=True, help="Exit code 1 for warnings and unknowns, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, as docs/doctor.md describes it.")
@click.option(
    "--client-poll",
    type=click.IntRange(1),
    default=DEFAULT_POLL,
    show_default=True,
    help="Seconds between two polls of your clients.",
)
@with_access
def doctor(access: Access, client_poll: int, *, strict: bool, as_json: bool) -> None:
    """Look for what would keep the next rollback from working, and judge its alarms.

    One line for each check, with what was looked at, and for each finding, with what fixes it:
    ✗ the next rollback would not work, ! it works, and something is unwise, ? it could not be
    looked at, · something to know. The last lines say how long users would be exposed. Exit code 1
    only for ✗, or where the stack itself cannot be read.
    """
    at = Surroundings(access, find(access))
    answers = examine(at)
    exposed = exposures(at, client_poll)
    counts = count(answers)
    if as_json:
        write_json(_as_json(at, answers, exposed))
    else:
        console().print(Group(*_lines(answers)))
        for each in exposed:
            console().print(str(each), soft_wrap=True, markup=False, highlight=False)
        if not exposed:
            click.echo("How long users would be exposed is unknown: no alarm tells its period.")
        click.echo(_verdict(at, counts))
    if counts["fail"] or (strict and (counts["warn"] or counts["unknown"])):
        raise click.exceptions.Exit(1)


def _lines(answers: Sequence[Checked]) -> Iterator[Paragraph]:
    for answer in answers:
        if answer.is_well:
            told = Text(answer.check).append(f": {answer.looked_at}", style="dim")
            yield Paragraph(Text("✓", style="green"), told, 2)
        for finding in answer.findings:
            mark, style = _MARKS[finding.level]
            told = Text(finding.what, style="bold" if finding.remedy else "")
            if finding.remedy:
                told.append(f"  → {finding.remedy}", style="not bold")
            yield Paragraph(Text(mark, style=style), told, 2)


def _verdict(at: Surroundings, counts: Mapping[Level, int]) -> str:
    stack = at.watched.stack
    if counts["fail"]:
        return f"Stack {stack} is not ready for the next rollback: {_counted(counts)}."
    if counts["unknown"]:
        return (
            f"Whether stack {stack} is ready for the next rollback is unknown: {_counted(counts)}."
        )
    if at.watched.parameters.get("Mode") == "notify":
        return f"Stack {stack} turns nothing off, because its Mode is notify: {_counted(counts)}."
    if counts["warn"]:
        return f"Stack {stack} is ready for the next rollback; {_counted(counts)}."
    return f"Stack {stack} is ready for the next rollback."


def _counted(counts: Mapping[Level, int]) -> str:
    words: dict[Level, str] = {"fail": "failure(s)", "warn": "warning(s)", "unknown": "unknown(s)"}
    return ", ".join(f"{counts[level]} {word}" for level, word in words.items() if counts[level])


def _as_json(
    at: Surroundings, answers: Sequence[Checked], exposed: Sequence[Exposure]
) -> dict[str, object]:
    counts = count(answers)
    return {
        "stack": at.watched.stack,
        "counts": counts,
        "checks": [
            {
                "check": answer.check,
                "well": answer.is_well,
                "lookedAt": answer.looked_at,
                "findings": [
                    {
                        "kind": finding.kind,
                        "level": finding.level,
                        "what": finding.what,
                        "remedy": finding.remedy,
                    }
                    for finding in answer.findings
                ],
            }
            for answer in answers
        ],
        "exposure": [{**asdict(each), "seconds": each.seconds} for each in exposed],
    }
