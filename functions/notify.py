"""Notify: publish the notice of how the rollback ended."""

from __future__ import annotations

from typing import TypedDict

from appconfig_rollback.adapters import clock
from appconfig_rollback.adapters.names import named_target
from appconfig_rollback.adapters.task import task
from appconfig_rollback.adapters.topic import publish
from appconfig_rollback.errors import NoticeNotSentError, PersonMustActError
from appconfig_rollback.notices.outcome import outcome_notice
from appconfig_rollback.state import TaskInput


class Told(TypedDict):
    """Notify's answer, under `notice`: the id that SNS gave the message."""

    messageId: str


@task
def handler(event: TaskInput, context: object) -> Told:  # noqa: ARG001
    """Publish the outcome that the state machine passes in.

    Raises:
        NoticeNotSentError: it cannot be published; the outcome itself is unaffected.
    """
    state = event["state"]
    result = state["result"]
    notice = outcome_notice(state, named_target(), event["execution"]["Id"], clock.now())
    try:
        return {"messageId": publish(notice)}
    except PersonMustActError as error:
        raise NoticeNotSentError(
            f"the run ended {result['outcome']} for {', '.join(state['alarm']['flags'])}, but the "
            f"notice of it could not be sent. {error}"
        ) from error
