"""TellAftercare: tell people and programs what became of a rollback."""

from __future__ import annotations

from typing import TypedDict

from appconfig_rollback.adapters import clock
from appconfig_rollback.adapters.names import named_target
from appconfig_rollback.adapters.task import task
from appconfig_rollback.adapters.topic import publish
from appconfig_rollback.aftercare.watch import AftercareInput
from appconfig_rollback.notices.aftercare import aftercare_notice


class AftercareTold(TypedDict):
    """TellAftercare's answer, under `notice`: the id that SNS gave the message."""

    messageId: str


@task
def handler(event: AftercareInput, context: object) -> AftercareTold:  # noqa: ARG001
    """Publish the result that LookAfter came to."""
    notice = aftercare_notice(event["state"], named_target(), clock.now())
    return {"messageId": publish(notice)}
