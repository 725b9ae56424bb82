"""The Unleash client reads a toggle of a list as off, whatever its strategies say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from UnleashClient.cache import FileCache
from UnleashClient.clients.unleash_client import UnleashClient
from yggdrasil_engine.engine import UnleashEngine  # type: ignore[import-untyped]

from appconfig_rollback.flag_document import FlagDocument
from tests.documents import document
from tests.domain.documents import NOW, WHY, freeform

if TYPE_CHECKING:
    from pathlib import Path

#: Another library is loaded for it.
pytestmark = pytest.mark.thorough

NOWHERE = "http://127.0.0.1:9/api"
Read = Callable[[FlagDocument], UnleashClient]


@pytest.fixture(name="client")
def client_fixture(tmp_path: Path) -> Read:
    """A client that has a document as its bootstrap, and is never connected."""

    def client(read: FlagDocument) -> UnleashClient:
        cache = FileCache("toggles", directory=str(tmp_path))
        cache.bootstrap_from_dict(_toggles(read))
        return UnleashClient(
            NOWHERE, "shop", cache=cache, disable_metrics=True, disable_registration=True
        )

    return client


def _toggles(read: FlagDocument) -> dict[str, Any]:
    """What Unleash's API answers; a list alone is what it has under `features`."""
    parsed = json.loads(read.content)
    return parsed if isinstance(parsed, dict) else {"version": 2, "features": parsed}


def _off(before: FlagDocument, flag: str) -> FlagDocument:
    return replace(before, content=before.turned_off({flag: WHY}, NOW))


def test_a_toggle_of_a_list_is_off_and_the_others_are_as_they_were(client: Read) -> None:
    before = document("list.json")
    was = {name: client(before).is_enabled(name) for name in ("Voice", "Video", "Notes")}
    assert was == {"Voice": True, "Video": False, "Notes": True}

    after = client(_off(before, "Voice"))

    now = {name: after.is_enabled(name) for name in was}
    assert now == {**was, "Voice": False}
    assert not after.is_enabled("Voice", fallback_function=lambda *_: True)


def _evaluated(read: FlagDocument, name: str, user: str) -> bool:
    """Evaluate as the client does, by the engine that it is a wrapper of."""
    engine = UnleashEngine()
    engine.take_state(json.dumps(_toggles(read)))
    return bool(engine.is_enabled(name, {"userId": user}).is_enabled)


_STRATEGIES = st.lists(
    st.one_of(
        st.just({"name": "default"}),
        st.builds(
            lambda users: {"name": "userWithId", "parameters": {"userIds": ",".join(users)}},
            st.lists(st.sampled_from(["ann", "bo"]), min_size=1),
        ),
        st.builds(
            lambda rollout: {
                "name": "flexibleRollout",
                "parameters": {"rollout": str(rollout), "stickiness": "userId", "groupId": "g"},
            },
            st.integers(0, 100),
        ),
    ),
    max_size=3,
)


def _toggle(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"name": st.just(name), "enabled": st.booleans(), "strategies": _STRATEGIES}
    )


@pytest.mark.documents
@given(toggles=st.tuples(_toggle("a"), _toggle("b")).flatmap(st.permutations))
@pytest.mark.parametrize("listed", [True, False])
def test_any_toggle_is_off_is_restored_and_leaves_others_alone(
    toggles: list[dict[str, Any]], listed: bool
) -> None:
    text = json.dumps(toggles if listed else {"version": 2, "features": toggles})
    before = freeform(text)

    off = _off(before, "a")
    back = replace(off, content=off.restored(before, "a", NOW))

    for user in ("ann", "bo", "cy"):
        was = {name: _evaluated(before, name, user) for name in ("a", "b")}
        assert not _evaluated(off, "a", user)
        assert _evaluated(off, "b", user) == was["b"]
        assert _evaluated(back, "a", user) == was["a"]
        assert before.is_on("a") or not was["a"]
