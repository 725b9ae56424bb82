"""Generates documents of every shape, each with a flag that is in it."""

from __future__ import annotations

from hypothesis import strategies as st

from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument
from tests.domain.documents import FREEFORM, Case
from tests.domain.writer import Writer

_CONTENT_TYPES = ["application/json", "application/json; charset=utf-8", "text/plain", "x/y"]
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

#: What documents say where a boolean should be.
_SWITCHES = ["true", "false", "true", "null", '"true"', '"false"', '"yes"', "1"]
_BOOLEANS = ["true", "false"]
_STATES = ['"ENABLED"', '"DISABLED"', r'"EN\u0041BLED"']
#: Words of the shapes, with values that none of them recognises.
_NEAR_MISSES = {
    "enabled": ['"true"', "null", "1", "{}"],
    "state": ['"running"', '"enabled"', "true", '["ENABLED"]'],
    "default": ['"on"', "1", "null", "[true]"],
}
_CONTAINERS = ("flags", "features", "featureFlags", "feature_flags", "toggles")
#: The stack's parameter FlagsAt, and the path of keys that it means.
_FLAGS_AT: list[tuple[str, tuple[str, ...]]] = [
    ("DE", ("DE",)),
    ("config.features", ("config", "features")),
    ("config.v1.5", ("config", "v1.5")),
    ("flags", ("flags",)),
]
_SHAPES = [
    {"boolean"},
    {"enabled"},
    {"flagd"},
    {"powertools"},
    {"enabled", "flagd"},
    {"enabled", "powertools"},
    {"flagd", "powertools"},
    {"enabled", "flagd", "powertools"},
]
_SIBLINGS = ['"b"', '"\u00e4"', '"a "', '"name"']

Members = list[tuple[str, str]]


def documents() -> st.SearchStrategy[Case]:
    """Documents of either profile type and every shape, with a flag that is in them."""
    tapes = st.binary(min_size=400, max_size=400)
    return tapes.map(lambda tape: _CaseWriter(tape).case())


class _CaseWriter(Writer):
    """Writes documents of flags."""

    def case(self) -> Case:
        kinds = [self.feature_flags, self.workshop, self.freeform, self.freeform, self.listed]
        return self.one_of(kinds)()

    def feature_flags(self) -> Case:
        flag = self.one_of([*FLAGS])
        names = [self.spelled(flag), *self.several(lambda: self.one_of(FLAGS[flag]))]
        flags = self.written([*((name, self.feature_flag()) for name in names), *self.siblings()])
        root = [('"values"', flags), ('"flags"', self.value()), *self.stamps(flag)]
        return self.finished(root, flag, ("values", flag), {"feature flag"}, FEATURE_FLAGS)

    def workshop(self) -> Case:
        """A workshop's flag, which wins over what has the same name elsewhere."""
        flag = self.one_of([*FLAGS])
        shapes = self.one_of([each for each in _SHAPES if "enabled" in each])
        flags = self.written([*self.parts(flag, shapes), *self.siblings()])
        root = [('"flags"', flags), ('"values"', self.value()), *self.stamps(flag)]
        if self.one_of([0, 1]):
            root.append(('"toggles"', f"{{{self.spelled(flag)}: true}}"))
        shapes = shapes - {"enabled"} | {"workshop"}
        return self.finished(root, flag, ("flags", flag), shapes)

    def freeform(self) -> Case:
        flag, shapes = self.one_of([*FLAGS]), self.one_of(_SHAPES)
        members = [*self.parts(flag, shapes), *self.siblings()]
        where = self.one_of(["", "at", *_CONTAINERS])
        if where == "":
            root = [*members, *self.stamps(flag)]
            return self.finished(root, flag, (flag,), shapes)
        if where == "at":
            flags_at, path = self.one_of(_FLAGS_AT)
            held = self.written(members)
            for key in reversed(path[1:]):
                held = f'{{"{key}": {held}, "v1": {{{self.spelled(flag)}: true}}}}'
            root = [(f'"{path[0]}"', held), *self.stamps(flag)]
            if path != ("flags",):
                root.append(('"flags"', f"{{{self.spelled(flag)}: true}}"))
        else:
            flags_at, path = "", (where,)
            root = [(f'"{where}"', self.written(members)), *self.stamps(flag)]
        if path == ("flags",) and "enabled" in shapes:
            shapes = shapes - {"enabled"} | {"workshop"}
        return self.finished(root, flag, (*path, flag), shapes, flags_at=flags_at)

    def listed(self) -> Case:
        """An item of a list, at the top or in a container."""
        flag = self.one_of([*FLAGS])
        items = [self.item('"b"') for _ in range(self.one_of([0, 1, 2]))]
        number = self.one_of(range(len(items) + 1))
        items.insert(number, self.item(self.spelled(flag)))
        held = f"[{', '.join([*items, self.value()])}]"
        where = self.one_of(["", *_CONTAINERS])
        if where == "":
            return self.finished(held, flag, (number,), {"list"})
        root = [(f'"{where}"', held), *self.stamps(flag)]
        return self.finished(root, flag, (where, number), {"list"})

    def finished(
        self,
        root: Members | str,
        flag: str,
        where: tuple[str | int, ...],
        shapes: set[str],
        profile_type: str = FREEFORM,
        flags_at: str = "",
    ) -> Case:
        lead = self.one_of(["", "", "\ufeff", "\r\n "])
        text = f"{lead}{root if isinstance(root, str) else self.written(root)}\n"
        content_type = self.one_of(_CONTENT_TYPES)
        document = FlagDocument(text.encode(), content_type, profile_type, flags_at)
        return Case(document, flag, where, frozenset(shapes))

    def spelled(self, flag: str) -> str:
        return self.one_of(FLAGS[flag])

    def siblings(self) -> Members:
        return [(self.one_of(_SIBLINGS), self.value()) for _ in range(self.one_of([0, 1, 2]))]

    def stamps(self, flag: str) -> Members:
        return [
            (f'"{stamp}"', self.text_or_number())
            for stamp in ("version", "lastUpdated")
            if stamp != flag
            for _ in range(self.one_of([0, 1, 1, 2]))
        ]

    def parts(self, flag: str, shapes: set[str]) -> Members:
        """The flag, once or more; it has the same shapes wherever it appears."""
        return [
            (self.spelled(flag), self.boolean_or_object(shapes))
            for _ in range(self.one_of([1, 1, 1, 2]))
        ]

    def boolean_or_object(self, shapes: set[str]) -> str:
        if "boolean" in shapes:
            return self.one_of(_BOOLEANS)
        members: Members = []
        if "enabled" in shapes:
            members += self.word("enabled", _BOOLEANS)
        if "flagd" in shapes:
            members += self.word("state", _STATES)
        if "powertools" in shapes:
            members += self.word("default", _BOOLEANS)
            members += [('"boolean_type"', "true")] * self.one_of([0, 0, 1])
        members += [
            (f'"{word}"', self.one_of(_NEAR_MISSES[word]))
            for shape, word in (
                ("enabled", "enabled"),
                ("flagd", "state"),
                ("powertools", "default"),
            )
            if shape not in shapes and self.one_of([0, 0, 1])
        ]
        members += [('"rules"', self.rules())] * self.one_of([0, 1, 1, 2])
        return self.with_others(members)

    def word(self, word: str, recognised: list[str]) -> Members:
        """A switch; where its word appears twice, the other one can be anything."""
        values = [self.one_of(recognised), *[self.one_of(_SWITCHES)] * self.one_of([0, 0, 0, 1])]
        return [(f'"{word}"', value) for value in values]

    def rules(self) -> str:
        rule = {
            "when_match": lambda: self.one_of([*_BOOLEANS, *_SWITCHES]),
            "conditions": self.value,
        }
        return self.object({}, lambda: self.object(rule))

    def item(self, name: str) -> str:
        members = [(self.one_of(['"name"', '"key"', '"id"']), name)]
        return self.with_others([*members, *self.word("enabled", _BOOLEANS)])

    def with_others(self, members: Members) -> str:
        """Write an object that also has what no or another shape has a use for."""
        members += [('"rolloutPercentage"', self.value())] * self.one_of([0, 1, 1, 2])
        members += [('"metadata"', self.metadata())] * self.one_of([0, 1, 1, 2])
        return self.written([*members, *self.others()])

    def metadata(self) -> str:
        note = {"lastRollback": self.value, "rollbackReason": self.text}
        return self.value() if self.one_of([0, 0, 1]) else self.object(note)

    def feature_flag(self) -> str:
        def switch() -> str:
            return self.one_of(_SWITCHES)

        variant = {"enabled": switch, "name": self.text, "attributeValues": self.value}
        named = {"enabled": switch, "rolloutPercentage": self.value, "metadata": self.metadata}
        if self.one_of([0, 0, 1]):
            named["_variants"] = lambda: self.array(lambda: self.object(variant))
        return self.object(named)
