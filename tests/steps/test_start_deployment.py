"""StartDeployment releases the new version, once, and only on what FetchConfig has seen."""

from __future__ import annotations

import pytest

import start_deployment
from appconfig_rollback.errors import BareSwitchRequiredError, InvalidConfigurationError
from tests.steps.fake_store import OFF, FakeStore
from tests.steps.inputs import CONFIG, CONTEXT, DEPLOYMENT, VERSION, mark, task


def test_the_version_is_deployed_after_the_latest_deployment_that_was_seen(
    store: FakeStore,
) -> None:
    answer = start_deployment.handler(task(config=CONFIG, version=VERSION), CONTEXT)

    assert store.started == [(6, 8, mark(base=3), None)]
    assert answer == DEPLOYMENT


def test_a_version_that_was_written_before_is_deployed(store: FakeStore) -> None:
    own = {"fromVersion": 3, "toVersion": 6, "deploymentNumber": None}

    start_deployment.handler(task(config={**CONFIG, "own": own}, version=VERSION), CONTEXT)

    assert store.started == [(6, 8, mark(base=3), None)]


def test_a_deployment_that_was_started_before_is_not_started_again(store: FakeStore) -> None:
    own = {"fromVersion": 3, "toVersion": 6, "deploymentNumber": 4}

    answer = start_deployment.handler(task(config={**CONFIG, "own": own}, version=VERSION), CONTEXT)

    assert store.started == []
    assert answer == {**DEPLOYMENT, "number": 4}


def test_a_deployment_is_encrypted_as_what_is_served_is(store: FakeStore) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"

    start_deployment.handler(task(config={**CONFIG, "kmsKey": key}, version=VERSION), CONTEXT)

    assert [started[3] for started in store.started] == [key]


@pytest.mark.parametrize(
    ("bare", "error"), [(False, BareSwitchRequiredError), (True, InvalidConfigurationError)]
)
def test_a_version_that_is_refused_calls_for_the_bare_switch_once(
    store: FakeStore, error: type[Exception], *, bare: bool
) -> None:
    store.texts[6], store.refuses = OFF, "false"

    with pytest.raises(error) as raised:
        start_deployment.handler(task(config=CONFIG, version={**VERSION, "bare": bare}), CONTEXT)

    assert type(raised.value) is error
    assert str(raised.value) == "'false' is not allowed"
