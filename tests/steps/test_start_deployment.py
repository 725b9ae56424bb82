"""StartDeployment releases the new version, once, and only on what FetchConfig has seen."""

from __future__ import annotations

import pytest

import start_deployment
from appconfig_rollback.errors import BareSwitchRequiredError, InvalidConfigurationError
from tests import samples
from tests.appconfig import OFF, AppConfig
from tests.samples import CONTEXT, mark, task


def test_the_version_is_deployed_after_the_latest_deployment_that_was_seen(
    appconfig: AppConfig,
) -> None:
    answer = start_deployment.handler(
        task(config=samples.config(), version=samples.version()), CONTEXT
    )

    assert appconfig.started == [(6, 8, mark(base=3), None)]
    assert answer == samples.deployment()


def test_the_deployment_says_how_many_flags_it_turns_off_those_that_were_swept_included(
    appconfig: AppConfig,
) -> None:
    start_deployment.handler(
        task(config=samples.config(), version=samples.version(sweptFlags=4)), CONTEXT
    )

    assert appconfig.started[0][2].startswith("Automated rollback: flags=5 ")


def test_a_version_that_was_written_before_is_deployed(appconfig: AppConfig) -> None:
    own = {"fromVersion": 3, "toVersion": 6, "deploymentNumber": None}

    start_deployment.handler(
        task(config=samples.config(own=own), version=samples.version()), CONTEXT
    )

    assert appconfig.started == [(6, 8, mark(base=3), None)]


def test_a_deployment_that_was_started_before_is_not_started_again(appconfig: AppConfig) -> None:
    own = {"fromVersion": 3, "toVersion": 6, "deploymentNumber": 4}

    answer = start_deployment.handler(
        task(config=samples.config(own=own), version=samples.version()), CONTEXT
    )

    assert appconfig.started == []
    assert answer == samples.deployment(number=4)


def test_a_deployment_is_encrypted_as_what_is_served_is(appconfig: AppConfig) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"

    start_deployment.handler(
        task(config=samples.config(kmsKey=key), version=samples.version()), CONTEXT
    )

    assert [started[3] for started in appconfig.started] == [key]


@pytest.mark.parametrize(
    ("bare", "error"), [(False, BareSwitchRequiredError), (True, InvalidConfigurationError)]
)
def test_a_version_that_is_refused_calls_for_the_bare_switch_once(
    appconfig: AppConfig, error: type[Exception], *, bare: bool
) -> None:
    appconfig.versions[6], appconfig.refuses = OFF, "false"

    with pytest.raises(error) as raised:
        start_deployment.handler(
            task(config=samples.config(), version=samples.version(bare=bare)), CONTEXT
        )

    assert type(raised.value) is error
    assert str(raised.value) == "'false' is not allowed"
