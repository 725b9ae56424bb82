"""CreateVersion writes the served document with one flag off, once."""

import json

import create_version
from tests.steps.fake_store import FakeStore
from tests.steps.inputs import CONFIG, CONTEXT, mark, task


def test_the_version_is_the_served_document_with_the_flag_off(store: FakeStore) -> None:
    answer = create_version.handler(task(config=CONFIG), CONTEXT)

    ((content, content_type, latest_version, description),) = store.created
    flags = json.loads(content)["flags"]
    assert answer == {"fromVersion": 3, "toVersion": 6}
    assert (content_type, latest_version) == ("application/json", 5)
    assert description == mark(base=3)
    assert flags["other"] == {"enabled": True}
    assert flags["new-checkout"]["enabled"] is False
    assert flags["new-checkout"]["metadata"]["rollbackReason"] == (
        "FeatureFlag-new-checkout-ErrorRate: 12.7 > 5.0"
    )


def test_what_this_execution_has_written_before_is_not_written_again(store: FakeStore) -> None:
    own = {"fromVersion": 2, "toVersion": 4, "deploymentNumber": None}

    answer = create_version.handler(task(config={**CONFIG, "own": own}), CONTEXT)

    assert answer == {"fromVersion": 2, "toVersion": 4}
    assert store.created == []
