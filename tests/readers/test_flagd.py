"""flagd's Python provider reads a disabled flag as the default in the client's own code."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openfeature import api
from openfeature.contrib.provider.flagd import FlagdProvider
from openfeature.contrib.provider.flagd.config import ResolverType
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext

from tests.documents import document
from tests.domain.documents import NOW, WHY, freeform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openfeature.client import OpenFeatureClient

    from appconfig_rollback.flag_document import FlagDocument

#: Another library is loaded for it.
pytestmark = pytest.mark.thorough

CITIES = ("Graz", "Wien", "")


def _in(city: str) -> EvaluationContext:
    return EvaluationContext(attributes={"city": city})


def _off(before: FlagDocument, flag: str) -> FlagDocument:
    return replace(before, content=before.turned_off({flag: WHY}, NOW))


@pytest.fixture(name="served")
def served_fixture(tmp_path: Path) -> Iterator[Path]:
    """The file that the provider reads, as the AppConfig Agent or a sidecar would write it."""
    yield tmp_path / "flags.json"
    api.shutdown()


def _client(served: Path, read: FlagDocument) -> OpenFeatureClient:
    served.write_bytes(read.content)
    provider = FlagdProvider(resolver_type=ResolverType.FILE, offline_flag_source_path=str(served))
    api.set_provider_and_wait(provider, "shop")
    return api.get_client("shop")


@pytest.mark.parametrize("default", [True, False])
@pytest.mark.parametrize("city", CITIES)
def test_clients_get_their_own_default_once_the_flag_is_disabled(
    served: Path, city: str, default: bool
) -> None:
    before = document("flagd.json")
    was = _client(served, before).get_boolean_value("quick-tour", default, _in(city))
    assert was is (city == "Graz")

    told = _client(served, _off(before, "quick-tour")).get_boolean_details(
        "quick-tour", default, _in(city)
    )

    assert told.value is default
    assert told.reason == "DISABLED"
    assert told.error_code is None


@pytest.mark.parametrize("default", [True, False])
def test_a_flag_that_counts_as_off_is_one_that_the_provider_does_not_evaluate(
    served: Path, default: bool
) -> None:
    read = document("flagd.json")

    assert not read.is_on("old-tour")
    told = _client(served, read).get_boolean_details("old-tour", default, _in("Graz"))
    assert (told.value, told.reason) == (default, "DISABLED")


def _evaluated(read: FlagDocument, flag: str, default: bool, city: str) -> tuple[object, object]:
    """Evaluate as the provider does in its own process, without a file."""
    core = FlagdCore()
    core.set_flags(read.content.decode())
    told = core.resolve_boolean_value(flag, default, _in(city))
    return told.value, told.reason


_TARGETING = st.recursive(
    st.sampled_from(["on", "off", None]),
    lambda inner: st.builds(
        lambda city, then, other: {"if": [{"==": [{"var": "city"}, city]}, then, other]},
        st.sampled_from(CITIES),
        inner,
        inner,
    ),
    max_leaves=4,
)
_FLAGS = st.fixed_dictionaries(
    {
        "state": st.sampled_from(["ENABLED", "DISABLED"]),
        "variants": st.just({"on": True, "off": False}),
        "defaultVariant": st.sampled_from(["on", "off"]),
    },
    optional={
        "targeting": _TARGETING.filter(lambda rule: isinstance(rule, dict)),
        "metadata": st.just({"owner": "tours", "version": 1.5}),
    },
)


@pytest.mark.documents
@given(flag=_FLAGS, other=_FLAGS, default=st.booleans())
def test_any_flag_is_disabled_is_restored_and_leaves_others_alone(
    flag: dict[str, Any], other: dict[str, Any], default: bool
) -> None:
    before = freeform(json.dumps({"flags": {"a": flag, "b": other}}))

    off = _off(before, "a")
    back = replace(off, content=off.restored(before, "a", NOW))

    for city in CITIES:
        assert _evaluated(off, "a", default, city) == (default, "DISABLED")
        assert _evaluated(off, "b", default, city) == _evaluated(before, "b", default, city)
        assert _evaluated(back, "a", default, city) == _evaluated(before, "a", default, city)
