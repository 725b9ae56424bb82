"""Documents that are made to hurt: each is small to write and as costly to read as one can be."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from appconfig_rollback.errors import PersonMustActError
from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument
from appconfig_rollback.json_text import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FREEFORM = "AWS.Freeform"
NOW = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
_LOOKED_AT = 3


@dataclass(frozen=True)
class Hurting:
    """A kind of document: `write` makes its text out of so many elements.

    `before` makes the one that is compared with it, where it is another one.
    """

    name: str
    write: Callable[[int], str]
    before: Callable[[int], str] | None = None
    profile_type: str = FREEFORM

    def documents(self, elements: int) -> tuple[FlagDocument, FlagDocument]:
        """Make the document, and the one before it."""
        before = self.before or self.write
        return self._document(self.write(elements)), self._document(before(elements))

    def of_size(self, size: int) -> tuple[FlagDocument, FlagDocument]:
        """Make both as large as they may be, in bytes."""
        elements = 100
        for _ in range(4):  # names grow with their numbers, so the first guess is too many
            elements = max(int(elements * 0.99 * size / self._largest(elements)), 1)
        while self._largest(elements) > size:
            elements = int(elements * 0.98)
        return self.documents(elements)

    def _largest(self, elements: int) -> int:
        return max(len(each.content) for each in self.documents(elements))

    def _document(self, text: str) -> FlagDocument:
        return FlagDocument(text.encode(), "application/json", self.profile_type)


def work_through(document: FlagDocument, before: FlagDocument) -> None:
    """Do with a document all that functions and commands do with one; refusals are fine."""
    flag = "a"
    tasks: list[Callable[[], object]] = [
        document.flags,
        lambda: document.is_on(flag),
        lambda: document.is_on("no such flag"),
        lambda: (document.owner(flag), document.ticket(flag), document.policy(flag)),
        lambda: document.turned_off({flag: "why"}, NOW),
        lambda: document.restored(before, flag, NOW),
        lambda: document.turned_off_since(before),
        lambda: before.turned_off_since(document),
        lambda: document.is_rollback_of(before),
        *(lambda name=name: document.where(name) for name in _some(document)),
    ]
    for task in tasks:
        with suppress(PersonMustActError):
            task()


def _some(document: FlagDocument) -> list[str]:
    with suppress(PersonMustActError):
        return document.flags()[:_LOOKED_AT]
    return []


def _members(element: Callable[[int], str]) -> Callable[[int], str]:
    return lambda n: ",".join(map(element, range(n)))


def _in(before: str, members: Callable[[int], str], after: str) -> Callable[[int], str]:
    return lambda n: f"{before}{members(n)}{after}"


def _workshop(value: str) -> Callable[[int], str]:
    return _in('{"flags": {', _members(lambda n: f'"f{n}":{value}'), "}}")


def _native(value: str) -> Callable[[int], str]:
    return _in('{"values": {', _members(lambda n: f'"f{n}":{value}'), "}}")


def _nested(inside: Callable[[int], str]) -> Callable[[int], str]:
    deep = DEEPEST - 5
    return lambda n: '{"flags":{},"x":' + '{"k":' * deep + inside(n) + "}" * deep + "}"


def _bracket_storm(n: int) -> str:
    return '{"a":true,"x":"' + '\\"[' * n


_ON, _OFF = '{"enabled":true}', '{"enabled":false}'
_HALF = r'{"enabled":true,"owner":"\ud83d"}'
_ITEM = '{"name":"a","enabled":true}'


def _of_freeform() -> Iterator[Hurting]:
    many = _members(lambda n: f'"f{n}":{_ON}')
    yield Hurting("many flags, all of them off since", _workshop(_OFF), _workshop(_ON))
    yield Hurting("many flags that have lost their switches", _workshop("{}"), _workshop(_ON))
    yield Hurting("many plain booleans", _in("{", _members(lambda n: f'"f{n}":false'), "}"))
    items = _members(lambda n: f'{{"id":"f{n}","enabled":true}}')
    yield Hurting("many items of a list", _in("[", items, "]"))
    rules = _members(lambda n: f'"r{n}":{{"when_match":true}}')
    yield Hurting("a feature of many rules", _in('{"a":{"default":true,"rules":{', rules, "}}}"))
    yield Hurting("many flags, deep down", _nested(_in("{", many, "}")))
    yield Hurting("halves of characters", _workshop(_HALF))


def _of_feature_flags() -> Iterator[Hurting]:
    defined = _in('{"values":{},"flags":{', _members(lambda n: f'"f{n}":{{}}'), "}}")
    yield Hurting("many feature flags without values since", defined, _native(_ON), FEATURE_FLAGS)
    variants = _in('{"values":{"a":{"_variants":[', _members(lambda _: _ON), "]}}}")
    yield Hurting("a feature flag of many variants", variants, None, FEATURE_FLAGS)


def _of_repetitions() -> Iterator[Hurting]:
    flag = _members(lambda _: f'"a":{_ON}')
    yield Hurting("a flag written many times", _in('{"flags":{', flag, "}}"))
    switch = _members(lambda _: '"enabled":true')
    yield Hurting("a switch written many times", _in('{"flags":{"a":{', switch, "}}}"))
    notes = _members(lambda _: '"metadata":{"lastRollback":"x"}')
    yield Hurting("notes written many times", _in('{"flags":{"a":{"enabled":true,', notes, "}}}"))
    containers = _members(lambda n: f'"flags":{{"f{n}":true}}')
    yield Hurting("`flags` written many times", _in("{", containers, "}"))
    yield Hurting("an item written many times", _in("[", _members(lambda _: _ITEM), "]"))


def _of_lengths() -> Iterator[Hurting]:
    deep_text = _nested(lambda n: f'{{"a":true,"p":"{_long(n)}"}}')
    yield Hurting("a long text, deep down", deep_text)
    yield Hurting("a long name", lambda n: f'{{"{_long(n)}":true}}')
    yield Hurting("a long number", lambda n: f'{{"a":{{"enabled":true,"n":{_long(n, "1")}}}}}')
    yield Hurting("brackets without end", lambda n: _long(n, "["))
    yield Hurting("a text without an end", lambda n: '{"a":true,"x":"' + _long(n, '\\"['))
    yield Hurting("blanks without end", lambda n: '{"a":true}' + _long(n, " ") + "x")


def _long(n: int, piece: str = "x") -> str:
    return piece * (10 * n)


#: Each kind of document.
HURTING = (*_of_freeform(), *_of_feature_flags(), *_of_repetitions(), *_of_lengths())
