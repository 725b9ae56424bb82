"""What cannot be rolled back ends red under a name of its own, and nothing is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.demo_flags import DemoFlags, create_unfed_alarm
from local.site import DOCUMENT, FLAG, EndedExecution, Site, alarm_event

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud


@pytest.mark.parametrize(
    ("name", "told"),
    [("Latency", "FeatureFlag-<flag>-ErrorRate"), ("FeatureFlag--ErrorRate",) * 2],
)
def test_an_alarm_that_neither_its_name_nor_a_tag_ties_to_a_flag(
    site: Site, name: str, told: str
) -> None:
    create_unfed_alarm(site.cloud, name)

    assert_refused(site, alarm_event(name=name), "AlarmNameMismatchError", told)


@pytest.mark.parametrize(
    ("source", "error", "told"),
    [
        ({"orders": 1}, "NotAnAlarmError", "['orders']"),
        ([1, 2], "NotAnAlarmError", "a list"),
        ("text", "NotAnAlarmError", "the text 'text'"),
        (None, "NotAnAlarmError", "nothing (null)"),
        (7, "NotAnAlarmError", "a number"),
        ({"detail": {"alarmName": 5}}, "NotAnAlarmError", "detail.state"),
    ],
)
def test_an_input_that_names_no_flag(site: Site, source: object, error: str, told: str) -> None:
    assert_refused(site, source, error, told)


def test_an_alarm_that_names_a_flag_which_nobody_has(site: Site) -> None:
    # It fires now, however long ago the tests were collected.
    assert_refused(site, alarm_event("no-such-flag"), "FlagNotFoundError", "'no-such-flag'")


@pytest.mark.parametrize(
    ("document", "content_type", "error", "told"),
    [
        (f"flags:\n  {FLAG}:\n    enabled: true\n", "application/x-yaml", None, "x-yaml"),
        ("just words", "text/plain", None, "text/plain"),
        (json.dumps(DOCUMENT)[:-5], "application/json", None, "none"),
        (b"\xff\xfe{}", "application/json", None, "UTF-8"),
        ('"on"', "application/json", None, "object or list"),
        ("[]", "application/json", "FlagNotFoundError", FLAG),
        ('{"toggles": {}}', "application/json", "FlagNotFoundError", "'toggles'"),
        (json.dumps({"flags": {FLAG: "on"}}), "application/json", "SwitchRequiredError", '"on"'),
        (
            json.dumps({"features": {FLAG: True}, "toggles": {FLAG: True}}),
            "application/json",
            "FlagsAtRequiredError",
            f"at features.{FLAG} and at toggles.{FLAG}",
        ),
        (
            json.dumps({FLAG: {"default": [], "boolean_type": False}}),
            "application/json",
            "BooleanFeatureRequiredError",
            "boolean_type",
        ),
        (
            json.dumps({"flags": {FLAG: {}}, "values": {FLAG: {"enabled": True}}}),
            "application/json",
            "FeatureFlagsProfileRequiredError",
            "Set the profile's type",
        ),
    ],
)
def test_a_document_that_cannot_be_edited(
    site: Site, document: str | bytes, content_type: str, error: str | None, told: str
) -> None:
    site.release(document, content_type)
    assert_refused(site, alarm_event(), error or "UnreadableDocumentError", told)


def test_an_environment_that_serves_nothing(cloud: EmbeddedCloud) -> None:
    flags = new_profile(cloud, "hosted")
    cloud.client("appconfig").create_hosted_configuration_version(
        ApplicationId=flags.application_id,
        ConfigurationProfileId=flags.profile_id,
        Content=json.dumps(DOCUMENT).encode(),
        ContentType="application/json",
    )
    site = Site.build(cloud, flags, "serves-nothing")
    assert_refused(site, alarm_event(), "NothingDeployedError", flags.environment_id)


def test_a_profile_that_is_not_hosted(cloud: EmbeddedCloud) -> None:
    flags = new_profile(cloud, "ssm-parameter://flags")
    site = Site.build(cloud, flags, "not-hosted")
    assert_refused(site, alarm_event(), "NotHostedError", "ssm-parameter://flags")


def new_profile(cloud: EmbeddedCloud, location: str) -> DemoFlags:
    appconfig = cloud.client("appconfig")
    application = appconfig.create_application(Name="other")["Id"]
    return DemoFlags(
        application,
        appconfig.create_environment(ApplicationId=application, Name="production")["Id"],
        appconfig.create_configuration_profile(
            ApplicationId=application, Name="flags", LocationUri=location
        )["Id"],
        strategy_id="AppConfig.AllAtOnce",
    )


def assert_refused(site: Site, source: object, error: str, told: str) -> None:
    versions, deployments = site.versions(), site.deployments()

    run: EndedExecution = site.run(source)

    assert (run.status, run.error) == ("FAILED", error), run.cause
    assert told in run.cause
    assert "expected" in run.cause
    assert (site.versions(), site.deployments()) == (versions, deployments)
    notice = site.notices(run.arn)[0]
    assert notice["action"] == "rollback_failed"
    assert notice["error"] == error
    assert told in notice["cause"]
