"""Inputs for each target: what Hypothesis makes of its shape, and samples to begin from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from flag_rollback.cli import main
from tests.domain.alarms import inputs as alarms
from tests.domain.generated import documents
from tests.hostile.texts import ALL

if TYPE_CHECKING:
    from collections.abc import Callable

_TESTS = Path(__file__).parents[2] / "tests"
_NAMED = (
    "flags features toggles values enabled state default rules when_match metadata rollback "
    "rolloutPercentage _variants name key id version lastUpdated a b config.features"
)
_SAID = "true false null ENABLED DISABLED auto notify off 1 0 50 1e400 -0.0 2026-03-02T17:04:40Z"
_KEYS, _WORDS = _NAMED.split(), _SAID.split()

_TEXTS = st.sampled_from(ALL) | st.text(max_size=12)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -1, 0, 1])
    | st.floats()
    | st.sampled_from(_WORDS)
    | _TEXTS
)
_ANY = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS) | _TEXTS, inner)
    ),
    max_leaves=14,
)
_JSON = _ANY.map(json.dumps).map(str.encode)


@st.composite
def _twisted(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """A well-formed input, from which at times something is cut, doubled or replaced."""
    data = draw(whole)
    if not data or draw(st.integers(0, 2)):
        return data
    at = draw(st.integers(0, len(data)))
    to = draw(st.integers(at, min(at + 40, len(data))))
    piece = draw(st.sampled_from([b"", data[at:to] * 2, b'"', b"[" * 300, b"\xff", b"\\ud800"]))
    return data[:at] + piece + data[to:]


@st.composite
def _command_lines(draw: st.DrawFn) -> bytes:
    name = draw(st.sampled_from(sorted(main.commands)))
    options = [option for each in main.commands[name].params for option in each.opts]
    word = st.sampled_from([*options, "--", "-", "latest", "2h", "5", "new-checkout"]) | _TEXTS
    words = [name, *draw(st.lists(word, max_size=6))]
    return "\0".join(words).encode("utf-8", "surrogatepass")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


_FIRST = st.integers(0, 11).map(lambda number: bytes([number]))
_MARKS = st.sampled_from(
    [
        b"Automated rollback: flags=1 alarm=a transition=t execution=e base=3",
        b"Turned off by hand: flags=1 alarm=a contributor=%20 transition=t execution=e base=3",
    ]
)

#: By the target's name.
STRATEGIES: dict[str, st.SearchStrategy[bytes]] = {
    "alarm": _twisted(alarms().map(json.dumps).map(str.encode) | _JSON),
    "document": _twisted(
        st.builds(lambda first, case: first + case.document.content, _FIRST, documents())
        | st.builds(lambda first, any_: first + any_, _FIRST, _JSON)
    ),
    "mark": _twisted(_MARKS) | _TEXTS.map(_bytes),
    "history": st.binary(max_size=120),
    "command line": _command_lines() | st.binary(max_size=60),
    "notice": _TEXTS.map(_bytes) | st.text(max_size=2_000).map(_bytes),
}


def _files(folder: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((_TESTS / folder).glob("*.json"))]


def _seeded_documents() -> list[bytes]:
    return [bytes([first]) + each for first in (0, 1) for each in _files("documents")]


_SAMPLES: dict[str, Callable[[], list[bytes]]] = {
    "alarm": lambda: _files("events"),
    "document": _seeded_documents,
    "mark": lambda: [b"Automated rollback: flags=1 alarm=a transition=t execution=e base=3"],
    "history": lambda: [bytes(range(50))],
    "command line": lambda: [f"{name}\0--help".encode() for name in main.commands],
    "notice": lambda: [_bytes(text) for text in ALL],
}


def samples_of(target: str) -> list[bytes]:
    """Give inputs from which a fuzzer that is guided by coverage begins."""
    return _SAMPLES[target]()
