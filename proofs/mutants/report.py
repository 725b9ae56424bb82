"""The page of `make mutants`: what was made, killed and left, and what the tests run at all."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from proofs.mutants.harmless import RULES, reason
from proofs.mutants.lines import SOURCES, Covered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from proofs.mutants.results import Module, Mutant

#: What the tests have to notice of all that could do harm.
AIM = 95

_ABOUT = """\
# Mutants

Written by `make mutants`. mutmut changes `functions/` in one place at a time: a comparison, a
number, a word, an argument. The tests of `make test-fast` that come by the changed function then
run, and one of them should fail: then the mutant is killed. One whose tests do not end in many
times their usual time is killed, too. What survives is either harmless, for the reason below, or
open: nothing in process would notice that mistake. The tests on the embedded cloud are not asked.

Not changed: what Python reads once, at import (tables, patterns, types, signatures with a
computed default), because that is data; and docstrings. Of a function whose answer is kept, such as
a client, only the test that calls it first is asked: some of those that are open are noticed by a
later one.
"""


class Judged:
    """The survivors of all modules, harmless or open."""

    def __init__(self, modules: Sequence[Module], known: dict[str, str]) -> None:
        self.modules = modules
        self.open: dict[str, list[Mutant]] = defaultdict(list)
        self.harmless: dict[str, list[Mutant]] = defaultdict(list)
        self._harmless_of: Counter[str] = Counter()
        for mutant in (each for module in modules for each in module.survivors.values()):
            if why := reason(mutant, known):
                self.harmless[why].append(mutant)
                self._harmless_of[mutant.module] += 1
            else:
                self.open[mutant.module].append(mutant)

    def rows(self) -> Iterator[tuple[str, int, int, int, int, int]]:
        """Of each module its name, and mutants made, killed, timed out, harmless and open."""
        for module in self.modules:
            yield (
                module.name,
                module.counts.total() - module.counts["not tried"],
                module.counts["killed"],
                module.counts["timed out"],
                self._harmless_of[module.name],
                len(self.open[module.name]),
            )

    @property
    def not_tried(self) -> int:
        """How many mutants were not tried, or broke off."""
        return sum(module.counts["not tried"] for module in self.modules)

    def total(self) -> tuple[int, int, int, int, int]:
        """The sums of the numbers in the rows."""
        columns = zip(*(numbers for _, *numbers in self.rows()), strict=True)
        made, killed, timed_out, harmless, left = (sum(column) for column in columns)
        return made, killed, timed_out, harmless, left


def share(made: int, killed: int, timed_out: int, harmless: int) -> float:
    """How many percent of what could do harm was noticed."""
    harmful = made - harmless
    return 100 * (killed + timed_out) / harmful if harmful else 100.0


def verdict(judged: Judged) -> str:
    """Say what was found, in three sentences."""
    made, killed, timed_out, harmless, left = judged.total()
    noticed = share(made, killed, timed_out, harmless)
    short = f"; the aim of {AIM}% is missed by {AIM - noticed:.1f}" if noticed < AIM else ""
    untried = f" {judged.not_tried:,} are not tried yet." if judged.not_tried else ""
    return (
        f"Of {made:,} mutants {killed + timed_out:,} were killed, {harmless:,} survived and are "
        f"harmless, {left:,} are open: {noticed:.1f}% of those that could do harm were "
        f"noticed{short}.{untried}"
    )


def page(judged: Judged, covered: dict[str, Covered], said: str) -> str:
    """Write the page; `said` is when, where and how long."""
    return "\n".join(
        [
            _ABOUT,
            verdict(judged),
            "",
            *_modules(judged),
            "",
            *_coverage(covered),
            "",
            *_open(judged),
            *_harmless(judged),
            said,
            "",
        ]
    )


def _modules(judged: Judged) -> Iterator[str]:
    yield "| module | made | killed | timed out | harmless | open | noticed |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, made, *numbers, left in [*judged.rows(), ("all", *judged.total())]:
        if made:
            cells = [name, made, *numbers, left, f"{share(made, *numbers):.1f}%"]
            yield f"| {' | '.join(map(str, cells))} |"


def _coverage(covered: dict[str, Covered]) -> Iterator[str]:
    yield "## Lines and branches"
    yield ""
    yield "What `make test-fast` runs, by coverage.py; below each folder the files under 90%."
    yield ""
    yield "| what | lines | run | branches | taken |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for source in SOURCES:
        files = {path: each for path, each in covered.items() if path.startswith(f"{source}/")}
        yield _covered_row(f"`{source}/`", sum(files.values(), Covered(0, 0, 0, 0)))
        for path, each in files.items():
            if min(_percent(each.lines_run, each.lines), _taken(each)) < 90:
                yield _covered_row(f"`{path}`", each)


def _covered_row(what: str, each: Covered) -> str:
    run = _percent(each.lines_run, each.lines)
    return f"| {what} | {each.lines} | {run:.1f}% | {each.branches} | {_taken(each):.1f}% |"


def _taken(each: Covered) -> float:
    return _percent(each.branches_taken, each.branches)


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 100.0


def _open(judged: Judged) -> Iterator[str]:
    found = {name: mutants for name, mutants in judged.open.items() if mutants}
    if found:
        yield "## Open"
        yield ""
    for mutants in found.values():
        yield from _changes(mutants)
        yield ""


def _harmless(judged: Judged) -> Iterator[str]:
    yield "## Harmless"
    yield ""
    for why in RULES:
        yield f"- {why} {len(judged.harmless.get(why, ()))} mutants, by rule."
    yield ""
    for why, mutants in sorted(judged.harmless.items()):
        if why not in RULES:
            yield f"**{why}**"
            yield ""
            yield from _changes(mutants)
            yield ""


def _changes(mutants: Iterable[Mutant]) -> Iterator[str]:
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant in mutants:
        seen[f"{mutant.module}.{mutant.function}"][_change(mutant)] += 1
    for where, changes in seen.items():
        yield f"- `{where}`"
        for change, times in changes.items():
            yield f"  - {change}{f' ({times} times)' if times > 1 else ''}"


def _change(mutant: Mutant) -> str:
    return f"`` {mutant.before} `` becomes `` {mutant.after} ``"
