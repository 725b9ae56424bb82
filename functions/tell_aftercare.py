"""TellAftercare: publish the notice of what became of a rollback."""

from __future__ import annotations

from typing import TypedDict

from appconfig_rollback.adapters import clock
from appconfig_rollback.adapters.names import named_target
from appconfig_rollback.adapters.task import task
from appconfig_rollback.adapters.topic import publish
from appconfig_rollback.aftercare.watch import AftercareInput
from appconfig_rollback.errors import NoticeNotSentError, PersonMustActError
from appconfig_rollback.notices.aftercare import aftercare_notice


class AftercareTold(TypedDict):
    """TellAftercare's answer, under `notice`: the id that SNS gave the message."""

    messageId: str


@task
def handler(event: AftercareInput, context: object) -> AftercareTold:  # noqa: ARG001
    """Publish the result that LookAfter came to.

    Raises:
        NoticeNotSentError: it cannot be published; the result itself is unaffected.
    """
    state = event["state"]
    result = state["look"]["result"]
    notice = aftercare_notice(state, named_target(), clock.now())
    try:
        return {"messageId": publish(notice)}
    except PersonMustActError as error:
        raise NoticeNotSentError(
            f"the watch over {state['watch']['rollback']} came to {result}, but the notice of it "
            f"could not be sent. {error}"
        ) from error
