"""Notify publishes the outcome that it is given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import notify
from appconfig_rollback.errors import (
    NoticeNotSentError,
    PermissionDeniedError,
    ResourceMissingError,
    RetryLaterError,
    RollbackError,
)
from tests import samples
from tests.samples import ARN, CONTEXT, task

if TYPE_CHECKING:
    from appconfig_rollback.notices.sns import Notice

_CONFIRMED = samples.confirmed("2026-03-02T17:04:47.000Z")
_TOLD: dict[str, Any] = {
    "config": samples.config(),
    "version": samples.version(),
    "deployment": _CONFIRMED,
}


def _publishing(
    monkeypatch: pytest.MonkeyPatch, error: RollbackError | None = None
) -> list[Notice]:
    published: list[Notice] = []

    def publish(notice: Notice) -> str:
        if error:
            raise error
        published.append(notice)
        return "message-1"

    monkeypatch.setattr(notify, "publish", publish)
    return published


def test_the_outcome_is_published_with_what_was_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    published = _publishing(monkeypatch)

    answer = notify.handler(task(result=samples.result(), **_TOLD), CONTEXT)

    (notice,) = published
    document = json.loads(notice.messages["default"])
    assert answer == {"messageId": "message-1"}
    assert document["outcome"] == "rolled_back"
    assert document["executionArn"] == ARN
    assert (document["application"], document["environment"], document["profile"]) == (
        "app1234",
        "env1234",
        "prof123",
    )
    assert "6 seconds later" in notice.messages["email"]


def test_an_outcome_without_a_deployment_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    published = _publishing(monkeypatch)
    result = samples.undeployed(outcome="already_off")

    notify.handler(task(result=result, config=samples.config()), CONTEXT)

    assert json.loads(published[0].messages["default"])["outcome"] == "already_off"


@pytest.mark.parametrize("error", [PermissionDeniedError("no"), ResourceMissingError("no topic")])
def test_a_notice_that_cannot_be_published_makes_the_run_red_and_says_how_it_ended(
    monkeypatch: pytest.MonkeyPatch, error: RollbackError
) -> None:
    _publishing(monkeypatch, error)

    with pytest.raises(NoticeNotSentError) as raised:
        notify.handler(task(result=samples.result(), **_TOLD), CONTEXT)

    assert str(raised.value).startswith(
        "the run ended rolled_back for new-checkout, but the notice of it could not be sent"
    )
    assert str(raised.value).endswith(str(error))


def test_a_throttled_notice_is_left_to_the_state_machine_to_repeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _publishing(monkeypatch, RetryLaterError("throttled"))

    with pytest.raises(RetryLaterError):
        notify.handler(task(result=samples.result(), **_TOLD), CONTEXT)


def test_the_outcome_of_several_flags_is_published_with_each_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published = _publishing(monkeypatch)
    flags = [
        samples.flag_result("new-checkout"),
        samples.flag_result("other", "opted_out", reason="the flag says rollback: off"),
    ]
    told = {**_TOLD, "config": samples.config(flags=flags)}
    alarm = samples.alarm(flags=["new-checkout", "other"], namedBy="tag")

    notify.handler(task(alarm=alarm, result=samples.result(flags=flags), **told), CONTEXT)

    (notice,) = published
    assert json.loads(notice.messages["default"])["flags"] == flags
    assert notice.attributes["flagName"] == ["new-checkout", "other"]
    assert notice.subject == "OFF env1234 1 of 2 flags: rolled back (new-checkout)"
    assert "other: left as it is (the flag says rollback: off)" in notice.messages["email"]


def test_tags_that_could_not_be_read_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    published = _publishing(monkeypatch)
    told = {**_TOLD, "config": samples.config(aboutTags="its tags could not be read: no right")}

    notify.handler(task(result=samples.result(), **told), CONTEXT)

    assert "its tags could not be read: no right" in published[0].messages["email"]


def test_a_notice_of_several_flags_that_cannot_be_published_names_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _publishing(monkeypatch, PermissionDeniedError("no"))
    alarm = samples.alarm(flags=["new-checkout", "other"])

    with pytest.raises(NoticeNotSentError, match="ended rolled_back for new-checkout, other, but"):
        notify.handler(task(alarm=alarm, result=samples.result(), **_TOLD), CONTEXT)
