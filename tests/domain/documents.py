"""Feature flag documents for the tests: written ones, and generated texts in any layout."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from hypothesis import strategies as st

from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument

FREEFORM = "AWS.Freeform"
NOW = datetime(2026, 3, 2, 17, 5, 7, 123456, tzinfo=UTC)
WHEN = "2026-03-02T17:05:07.123Z"
WHY = 'FeatureFlag-a-ErrorRate: "5xx" \u2265 5 %'
WHY_TEXT = r'"FeatureFlag-a-ErrorRate: \"5xx\" \u2265 5 %"'

Choice = TypeVar("Choice")

_CONTENT_TYPES = ["application/json", "application/json; charset=utf-8", "text/plain", "x/y"]

_SPACES = ["", "", " ", "\n", "\r\n\t"]
_NUMBERS = [
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
_TEXTS = ['"on"', '""', r'"\\ \" \/ \n"', '"\u4f60\u597d"', r'"\ud83d\ude00"', '"{,:]"', '"50"']
_OTHER_KEYS = ['"owner"', '"n"', '"\u00fc"', r'"\u00fc"', r'"a\"b"', '"\U0001f600"', '""', '"x.y"']
#: Names of the flag that goes off, each in all its spellings. Many are keys that documents have.
FLAGS = {
    "a": ['"a"', r'"\u0061"'],
    "enabled": ['"enabled"', r'"en\u0061bled"'],
    "flags": ['"flags"'],
    "values": ['"values"'],
    "version": ['"version"'],
    "metadata": ['"metadata"'],
    "_variants": ['"_variants"', r'"\u005fvariants"'],
    "rolloutPercentage": ['"rolloutPercentage"'],
    "lastUpdated": ['"lastUpdated"'],
    "true": ['"true"'],
    "null": ['"null"'],
    "__proto__": ['"__proto__"'],
    "gr\u00f6\u00dfe": ['"gr\u00f6\u00dfe"', r'"gr\u00F6\u00dfe"'],
    "\u4f60\u597d": ['"\u4f60\u597d"', r'"\u4f60\u597d"'],
    "\U0001f6d2": ['"\U0001f6d2"', r'"\ud83d\uded2"'],
    'say "x"\\': [r'"say \"x\"\\"', r'"say \u0022x\u0022\u005c"'],
}
_SWITCHES = ["true", "false", "true", "null", '"true"', "1"]


def freeform(text: str) -> FlagDocument:
    return FlagDocument(text.encode(), "application/json", FREEFORM)


def feature_flags(text: str) -> FlagDocument:
    return FlagDocument(text.encode(), "application/json", FEATURE_FLAGS)


def off(document: FlagDocument, flag: str = "a") -> str:
    """The document with the flag off, as text."""
    return document.turned_off(flag, WHY, NOW).decode()


@dataclass(frozen=True)
class Case:
    """A generated document and a flag that is in it, perhaps more than once."""

    document: FlagDocument
    flag: str

    @property
    def holder(self) -> str:
        """The key below which the document's flags stand."""
        return "values" if self.document.profile_type == FEATURE_FLAGS else "flags"

    def turned_off(self) -> FlagDocument:
        """The document with the flag off."""
        content = self.document.turned_off(self.flag, WHY, NOW)
        return FlagDocument(content, self.document.content_type, self.document.profile_type)


class _Writer:
    """Writes JSON; every choice is the next byte of a tape, the first choice once it has ended.

    One draw per document instead of one per choice keeps generating fast, and an example still
    shrinks to its simplest form.
    """

    def __init__(self, tape: bytes) -> None:
        self._tape = iter(tape)

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        return choices[next(self._tape, 0) % len(choices)]

    def switch(self) -> str:
        return self.one_of(_SWITCHES)

    def text(self) -> str:
        return self.one_of(_TEXTS)

    def text_or_number(self) -> str:
        return self.one_of([*_TEXTS, *_NUMBERS])

    def value(self, depth: int = 0) -> str:
        kind = self.one_of("snntco" if depth < 4 else "snnt")
        if kind == "c":
            return self.array(lambda: self.value(depth + 1))
        if kind == "o":
            return self.object({}, lambda: self.value(depth + 1))
        return self.one_of({"s": ["null", "true", "false"], "n": _NUMBERS, "t": _TEXTS}[kind])

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
        for _ in range(self.one_of([0, 1, 2])):
            place = self.one_of(range(len(members) + 1))
            members.insert(place, (self.one_of(_OTHER_KEYS), (other or self.value)()))
        return self.written(members)

    def written(self, members: list[tuple[str, str]]) -> str:
        members = sorted(members, key=lambda _: self.one_of(range(256)))
        space, colon = self.one_of(_SPACES), self.one_of([":", ": ", " : ", ":\n"])
        pairs = f"{space},{space}".join(f"{key}{colon}{value}" for key, value in members)
        return f"{{{space}{pairs}{space}}}"

    def metadata(self) -> str:
        note = {"lastRollback": self.value, "rollbackReason": self.text}
        return self.value() if self.one_of([0, 0, 1]) else self.object(note)

    def flag(self) -> str:
        variant = {"enabled": self.switch, "name": self.text, "attributeValues": self.value}
        named = {
            "enabled": self.switch,
            "rolloutPercentage": self.value,
            "metadata": self.metadata,
        }
        if self.one_of([0, 0, 1]):
            named["_variants"] = lambda: self.array(lambda: self.object(variant))
        return self.object(named)

    def case(self) -> Case:
        profile_type, holder, unused = self.one_of(
            [(FREEFORM, "flags", "values"), (FEATURE_FLAGS, "values", "flags")]
        )
        flag = self.one_of([*FLAGS])
        spellings = FLAGS[flag]
        others = ['"b"', '"\u00e4"', '"a "', '"name"', *spellings]
        names = [self.one_of(spellings), *self.several(lambda: self.one_of(others))]
        flags = self.written([(name, self.flag()) for name in names])
        root = [(f'"{holder}"', flags), (f'"{unused}"', self.value())]
        for stamp in ('"version"', '"lastUpdated"'):
            root += [(stamp, self.text_or_number())] * self.one_of([0, 1, 1, 2])
        lead = self.one_of(["", "", "\ufeff", "\r\n "])
        content = f"{lead}{self.written(root)}\n".encode()
        return Case(FlagDocument(content, self.one_of(_CONTENT_TYPES), profile_type), flag)

    def several(self, item: Callable[[], str]) -> list[str]:
        return [item() for _ in range(self.one_of([0, 1, 2]))]


def documents() -> st.SearchStrategy[Case]:
    """Documents of either profile type, with a flag that is in them."""
    tapes = st.binary(min_size=300, max_size=300)
    return tapes.map(lambda tape: _Writer(tape).case())
