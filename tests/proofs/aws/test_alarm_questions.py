"""What `make verify-aws` asks of alarms' events, rehearsed: "safe", "NOT SAFE" and "unknown".

MiniStack evaluates no GROUP BY: the events of series are made by hand here, from AWS's own sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from flag_rollback.watched import Place
from local.cloud import EmbeddedCloud
from local.contributors import Contributors
from proofs.aws import listening as listening_module
from proofs.aws import questions_alarms
from proofs.aws.account import open_account
from proofs.aws.listening import Listening
from proofs.aws.making import Made, Names
from proofs.aws.removing import remove

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proofs.aws.report import Observation

pytestmark = [pytest.mark.cloud, pytest.mark.timeout(120)]

QUESTIONS = [questions_alarms.tags_in_events, questions_alarms.events_of_series]


@pytest.fixture(scope="module")
def cloud() -> Iterator[EmbeddedCloud]:
    with EmbeddedCloud(iam=True, wait_scale=0.004) as running:
        yield running


@pytest.fixture
def listening(cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    account, names = open_account(None, None, cloud.endpoint_url), Names.fresh()
    made = Made(account, names, Place("unused", "unused", "unused"), "", {}, "")
    try:
        yield Listening.begin(made)
    finally:
        assert remove(account, names, lambda _: None) == []
    alarms = cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix=names.alarm_prefix)
    assert alarms["MetricAlarms"] == []
    assert cloud.client("sqs").list_queues(QueueNamePrefix=names.common).get("QueueUrls", []) == []
    assert cloud.client("events").list_rules(NamePrefix=names.common)["Rules"] == []


def heard_otherwise(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], object]
) -> None:
    """Let every event that is heard be changed on its way."""
    listen = Listening._listen

    def changed(self: Listening) -> None:
        before = len(self._heard)
        listen(self)
        for event in self._heard[before:]:
            change(event["detail"])

    monkeypatch.setattr(Listening, "_listen", changed)


@pytest.mark.parametrize("question", QUESTIONS)
def test_events_as_ours_are_safe(
    listening: Listening, question: Callable[[Listening], Observation]
) -> None:
    finding = question(listening)

    assert finding.verdict == "safe", finding.seen
    by_hand = "made by hand" in finding.seen
    assert by_hand == (question is questions_alarms.events_of_series)


@pytest.mark.parametrize(
    ("question", "change", "told"),
    [
        (QUESTIONS[0], lambda it: it.pop("alarmTags"), "missing: detail.alarmTags"),
        (QUESTIONS[0], lambda it: it.update(alarmTags=[]), "detail.alarmTags (list, not object)"),
        (QUESTIONS[0], lambda it: it["alarmTags"].update({"feature-flag": "x"}), "alarmTags is"),
        (QUESTIONS[1], lambda it: it["state"].pop("timestamp"), "detail.state.timestamp"),
        (QUESTIONS[1], lambda it: it.pop("alarmContributor"), "missing: detail.alarmContributor"),
        (
            QUESTIONS[1],
            lambda it: it["alarmContributor"]["attributes"].update(FeatureFlagName="x"),
            "alarmContributor is",
        ),
    ],
)
def test_an_event_that_is_not_as_ours_is_unsafe_and_named(
    listening: Listening,
    monkeypatch: pytest.MonkeyPatch,
    question: Callable[[Listening], Observation],
    change: Callable[[dict[str, Any]], object],
    told: str,
) -> None:
    def of_its_kind(detail: dict[str, Any]) -> None:
        if question is QUESTIONS[0] or "alarmContributor" in detail:
            change(detail)

    heard_otherwise(monkeypatch, of_its_kind)

    finding = question(listening)

    assert finding.verdict == "NOT SAFE", finding.seen
    assert told in finding.seen


def test_what_is_beyond_ours_is_a_note(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard_otherwise(monkeypatch, lambda detail: detail.update(brandNew=1))

    finding = questions_alarms.tags_in_events(listening)

    assert finding.verdict == "safe", finding.seen
    assert "beyond ours: detail.brandNew" in finding.seen


def test_an_alarm_whose_series_have_no_event_is_unsafe(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening_module, "EVENT_SECONDS", 3.0)
    monkeypatch.setattr(questions_alarms, "CONTRIBUTOR_CHANGE", "Something Else")
    alarm = f"{listening.names.alarm_prefix}series"

    def fired(self: Listening, *_: str) -> None:
        endpoint = self.account.access.endpoint_url or ""
        Contributors(endpoint).set(alarm, [{"FeatureFlagName": "a"}])

    monkeypatch.setattr(Listening, "_feed", fired)

    finding = questions_alarms.events_of_series(listening)

    assert finding.verdict == "NOT SAFE"
    assert "none of its series" in finding.seen


@pytest.mark.parametrize("question", QUESTIONS)
def test_where_no_event_comes_nothing_is_known(
    listening: Listening,
    monkeypatch: pytest.MonkeyPatch,
    question: Callable[[Listening], Observation],
) -> None:
    monkeypatch.setattr(listening_module, "EVENT_SECONDS", 0.3)
    monkeypatch.setattr(Listening, "_feed", lambda *_: None)

    assert question(listening).verdict == "unknown"


def test_tags_that_cloudwatch_cannot_read_tell_nothing(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(detail: dict[str, Any]) -> None:
        del detail["alarmTags"]
        detail["alarmTagsStatus"] = "FAILED"

    heard_otherwise(monkeypatch, unread)

    finding = questions_alarms.tags_in_events(listening)

    assert finding.verdict == "unknown"
    assert "FAILED" in finding.seen
