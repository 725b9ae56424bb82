"""What AppConfig serves after a rollback, read by the libraries that own the documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.feature_flags import AppConfigStore, FeatureFlags
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext
from yggdrasil_engine.engine import UnleashEngine  # type: ignore[import-untyped]

from local.demo_flags import content_for_client, create_demo_flags
from local.site import Site, alarm_event
from tests.documents import document

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

CONTEXTS: list[dict[str, Any]] = [
    {},
    {"plan": "family"},
    {"region": "north", "email": "test-1@example.com"},
    {"customer": "reseller"},
]


@pytest.fixture(scope="module", name="site")
def site_fixture(cloud: EmbeddedCloud) -> Site:
    return Site.build(cloud, create_demo_flags(cloud, profile_type="AWS.Freeform"), "readers")


def _rolled_back(site: Site, name: str, flag: str) -> None:
    read = document(name)
    site.release(read.content, read.content_type)
    assert site.run(alarm_event(flag)).output["outcome"] == "rolled_back"


def _powertools(site: Site, envelope: str) -> FeatureFlags:
    """What a function has that reads its features from AppConfig."""
    store = AppConfigStore(
        environment=site.flags.environment_id,
        application=site.flags.application_id,
        name=site.flags.profile_id,
        envelope=envelope,
        boto3_client=site.cloud.client("appconfigdata"),
    )
    return FeatureFlags(store)


@pytest.mark.parametrize(
    ("name", "flag", "envelope"),
    [
        ("powertools.json", "free_shipping", ""),
        ("powertools.json", "gift_notes", ""),
        ("powertools_in_an_envelope.json", "gift_notes", "features"),
    ],
)
def test_powertools_gets_a_feature_off_in_every_context(
    site: Site, name: str, flag: str, envelope: str
) -> None:
    before = document(name)
    site.release(before.content, before.content_type)
    was = [
        _powertools(site, envelope).evaluate(name=flag, context=c, default=True) for c in CONTEXTS
    ]
    assert True in was

    assert site.run(alarm_event(flag)).output["outcome"] == "rolled_back"

    features = _powertools(site, envelope)
    for each in CONTEXTS:
        assert features.evaluate(name=flag, context=each, default=True) is False


def test_flagd_gets_a_flag_disabled(site: Site) -> None:
    _rolled_back(site, "flagd.json", "quick-tour")

    core = FlagdCore()
    core.set_flags(content_for_client(site.cloud, site.flags).decode())

    graz = EvaluationContext(attributes={"city": "Graz"})
    for default in (True, False):
        told = core.resolve_boolean_value("quick-tour", default, graz)
        assert (told.value, told.reason) == (default, "DISABLED")


def test_unleash_gets_a_toggle_off_and_the_others_as_they_were(site: Site) -> None:
    _rolled_back(site, "list.json", "Voice")

    engine = UnleashEngine()
    engine.take_state(
        json.dumps(
            {"version": 2, "features": json.loads(content_for_client(site.cloud, site.flags))}
        )
    )

    on = {name: engine.is_enabled(name, {}).is_enabled for name in ("Voice", "Video", "Notes")}
    assert on == {"Voice": False, "Video": False, "Notes": True}
