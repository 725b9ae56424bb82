"""Which survivors do no harm, and why: by rule, or by their entry in `harmless.toml`."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proofs.mutants.results import Mutant

REASONS = Path(__file__).with_name("harmless.toml")
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')

WORDING = (
    "The wording of a sentence: it has XX around it, or other capitals, and says the same. That "
    "it is said, and with which facts, is tried by the mutants that drop it or exchange them."
)

LOGGED = (
    "What is logged beside an outcome, for a person who looks for more: nothing reads it again. "
    "That each task's input, answer and error are logged has tests of its own."
)
#: The reasons that need no entry.
RULES = (WORDING, LOGGED)
_LOGS_EACH_TASK = "appconfig_rollback.adapters.task"


def reasons() -> dict[str, str]:
    """The reason of each mutant that has an entry, by `str(mutant)`.

    Raises:
        ValueError: a mutant has two entries.
    """
    groups = tomllib.loads(REASONS.read_text("utf-8"))["harmless"]
    pairs = [(name, " ".join(each["why"].split())) for each in groups for name in each["mutants"]]
    counts = Counter(name for name, _ in pairs)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise ValueError(f"expected one reason for each mutant; got more for {', '.join(twice)}")
    return dict(pairs)


def reason(mutant: Mutant, known: dict[str, str]) -> str | None:
    """Why a survivor does no harm; None where nobody has said so."""
    if is_wording(mutant):
        return WORDING
    if "logger." in mutant.before and mutant.module != _LOGS_EACH_TASK:
        return LOGGED
    return known.get(str(mutant))


def is_wording(mutant: Mutant) -> bool:
    """Whether only the letters of a sentence changed, by mutmut's ways of changing a string."""
    before, after = (_LITERAL.findall(text) for text in (mutant.before, mutant.after))
    changed = [pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]]
    return (
        len(before) == len(after)
        and len(changed) == 1
        and _LITERAL.sub("", mutant.before) == _LITERAL.sub("", mutant.after)
        and " " in changed[0][0].strip()
        and _plain(changed[0][0]) == _plain(changed[0][1])
    )


def _plain(text: str) -> str:
    return text.removeprefix("XX").removesuffix("XX").lower()


def gone(survivors: Iterable[Mutant], known: dict[str, str]) -> list[str]:
    """Which reasons are about no survivor any more."""
    return sorted(known.keys() - {str(mutant) for mutant in survivors})
