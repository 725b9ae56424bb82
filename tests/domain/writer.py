"""Writes JSON texts in any layout, with all that people and programs put into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Choice = TypeVar("Choice")

_SPACES = ["", "", " ", "\n", "\r\n\t"]
NUMBERS = [
    *[
        "0",
        "1.0",
        "50",
        "1e400",
        "-1E-7",
        "1.10",
        "-0",
        "-0.0",
        "5e-324",
        "2.2250738585072011e-308",
    ],
    *["1" * 40, "9007199254740993", "0.1000000000000000055511", "1.7976931348623157e+308"],
]
TEXTS = ['"on"', '""', r'"\\ \" \/ \n"', '"\u4f60\u597d"', r'"\ud83d\ude00"', '"{,:]"', '"50"']
_OTHER_KEYS = ['"owner"', '"n"', '"\u00fc"', r'"\u00fc"', r'"a\"b"', '"\U0001f600"', '""', '"x.y"']


class Writer:
    """Writes JSON; every choice is the next byte of a tape, the first choice once it has ended.

    One draw per document instead of one per choice keeps generating fast, and an example still
    shrinks to its simplest form.
    """

    def __init__(self, tape: bytes) -> None:
        self._tape = iter(tape)

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        return choices[next(self._tape, 0) % len(choices)]

    def text(self) -> str:
        return self.one_of(TEXTS)

    def text_or_number(self) -> str:
        return self.one_of([*TEXTS, *NUMBERS])

    def value(self, depth: int = 0) -> str:
        kind = self.one_of("snntco" if depth < 4 else "snnt")
        if kind == "c":
            return self.array(lambda: self.value(depth + 1))
        if kind == "o":
            return self.object({}, lambda: self.value(depth + 1))
        return self.one_of({"s": ["null", "true", "false"], "n": NUMBERS, "t": TEXTS}[kind])

    def array(self, item: Callable[[], str]) -> str:
        space = self.one_of(_SPACES)
        items = [item() for _ in range(self.one_of([0, 1, 2, 3]))]
        return f"[{space}{f'{space},{space}'.join(items)}{space}]"

    def object(
        self, named: dict[str, Callable[[], str]], other: Callable[[], str] | None = None
    ) -> str:
        """Write an object of some of the named members, in any order, among unknown ones."""
        members = [
            (f'"{key}"', value())
            for key, value in named.items()
            for _ in range(self.one_of([1, 1, 0, 1, 1, 0, 2]))
        ]
        return self.written([*members, *self.others(other)])

    def others(self, value: Callable[[], str] | None = None) -> list[tuple[str, str]]:
        """Members with keys that mean nothing."""
        return [
            (self.one_of(_OTHER_KEYS), (value or self.value)())
            for _ in range(self.one_of([0, 1, 2]))
        ]

    def written(self, members: list[tuple[str, str]]) -> str:
        members = sorted(members, key=lambda _: self.one_of(range(256)))
        space, colon = self.one_of(_SPACES), self.one_of([":", ": ", " : ", ":\n"])
        pairs = f"{space},{space}".join(f"{key}{colon}{value}" for key, value in members)
        return f"{{{space}{pairs}{space}}}"

    def several(self, item: Callable[[], str]) -> list[str]:
        return [item() for _ in range(self.one_of([0, 1, 2]))]
