"""Writes what was tried and measured into docs/proof/hostile.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofs.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofs.fuzz.measuring import Cost
    from proofs.fuzz.trying import Tried

_TOP = """# Hostile input

Written by `make fuzz`. Each target is a function of bytes in `proofs/fuzz/targets.py`: an input is
refused by an error that has a name, or the promise holds. Hypothesis makes inputs of the target's
shape and twists some; atheris changes samples and keeps what reaches code that none has reached.
What others could do with such input, and what stops it, is in [threats.md](../threats.md).
"""
_HURTING = """## Documents that are made to hurt

Each is as large as AppConfig takes it (2 MB), and all that functions and commands do with a
document is done with it: naming, reading, turning off, restoring, comparing with the one before.
That they take in proportion to their size is a test, `tests/hostile/test_documents.py`. A function
has 1,769 MB and so one processor (`MemorySize` in `template.yaml`).
"""


def page(
    tried: Sequence[Tried], costs: Sequence[Cost], said: Sequence[str], findings: Sequence[str]
) -> str:
    """Write the page."""
    promises = {target.name: target.promises for target in TARGETS}
    lines = [
        _TOP,
        "| target | promise | by | examples | seconds | findings |",
        "| --- | --- | --- | ---: | ---: | ---: |",
        *(
            f"| {each.target} | {promises[each.target]} | {each.by} | {each.examples:,} | "
            f"{each.seconds:.0f} | {len(each.found)} |"
            for each in tried
        ),
        "",
        *said,
        *(["", *(f"- {_cell(each)}" for each in findings)] if findings else []),
        "",
        _HURTING,
        "| document | processor, s | memory, MB |",
        "| --- | ---: | ---: |",
        *(
            f"| {each.name} | {_number(each.seconds, 1)} | {_number(each.megabytes, 0)} |"
            for each in costs
        ),
    ]
    return "\n".join(lines) + "\n"


def _number(value: float | None, digits: int) -> str:
    return "did not end" if value is None else f"{value:.{digits}f}"


def _cell(text: str) -> str:
    return f"`{' '.join(text.replace('`', ' ').split())[:400]}`"
