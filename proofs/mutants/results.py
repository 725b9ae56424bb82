"""What became of each mutant, as mutmut keeps it in the copy."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from difflib import ndiff
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Fate = Literal["killed", "timed out", "survived", "not tried"]

#: By the exit code of the process that ran a mutant's tests, or mutmut's own code for one that no
#: test comes by. Any other process broke off before it could tell: its mutant is tried again.
_FATES: dict[int | None, Fate] = {
    1: "killed",
    -11: "killed",
    -24: "timed out",
    -9: "timed out",
    0: "survived",
    33: "survived",
}


@dataclass(frozen=True)
class Mutant:
    """One change to one function.

    It has no line number and no number of its own, so that it is the same one when other lines
    of its module change.
    """

    module: str
    function: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.module}.{self.function}: {self.before} -> {self.after}"


@dataclass(frozen=True)
class Module:
    """What became of the mutants of a module; the survivors are by mutmut's names for them."""

    name: str
    counts: Counter[Fate]
    survivors: dict[str, Mutant]


def fate(code: int | None) -> Fate:
    """What an exit code says of a mutant."""
    return _FATES.get(code, "not tried")


def module_of(path: Path | str) -> str:
    """The name of the module at a path below `src/`: `appconfig_rollback.mark`."""
    return ".".join(Path(path).with_suffix("").parts[1:])


def modules(copy: Path) -> Iterator[Module]:
    """Read what is known in a copy of the project, module by module."""
    mutated = copy / "mutants" / "src"
    for meta in sorted(mutated.rglob("*.py.meta")):
        codes: dict[str, int | None] = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
        if not codes:
            continue
        name = module_of(meta.with_suffix("").relative_to(mutated.parent))
        source = meta.with_suffix("")
        lines = source.read_text("utf-8").splitlines()
        spans = json.loads(source.with_suffix(".py.spans").read_text("utf-8"))["spans"]
        yield Module(
            name,
            Counter(fate(code) for code in codes.values()),
            {
                key: _mutant(name, key.rpartition(".")[2], lines, spans)
                for key, code in codes.items()
                if fate(code) == "survived"
            },
        )


def _mutant(module: str, mutated: str, lines: list[str], spans: dict[str, list[int]]) -> Mutant:
    """Read how a mutant's function differs from the original; `spans` are their lines."""
    mangled = mutated.partition("__mutmut_")[0]
    before, after = (
        [line.strip().replace(name, "") for line in lines[spans[name][0] - 1 : spans[name][1]]]
        for name in (f"{mangled}__mutmut_orig", mutated)
    )
    changed = [line for line in ndiff(before, after) if line[0] in "+-"]
    return Mutant(
        module,
        ".".join(mangled.removeprefix("x_").removeprefix("xǁ").split("ǁ")),
        " ".join(line[2:] for line in changed if line[0] == "-"),
        " ".join(line[2:] for line in changed if line[0] == "+"),
    )
