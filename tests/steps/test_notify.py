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
        "the run ended rolled_back for flag 'new-checkout', but the notice of it could not be sent"
    )
    assert str(raised.value).endswith(str(error))


def test_a_throttled_notice_is_left_to_the_state_machine_to_repeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _publishing(monkeypatch, RetryLaterError("throttled"))

    with pytest.raises(RetryLaterError):
        notify.handler(task(result=samples.result(), **_TOLD), CONTEXT)
