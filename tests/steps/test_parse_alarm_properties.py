"""Whatever starts an execution: ParseAlarm reads an alarm, or refuses it by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import event, given

import parse_alarm
from appconfig_rollback.adapters import alarms
from appconfig_rollback.errors import AlarmNameMismatchError, NotAnAlarmError
from appconfig_rollback.times import moment
from tests import samples
from tests.domain.alarms import inputs
from tests.samples import CONTEXT, task

if TYPE_CHECKING:
    from appconfig_rollback.untyped import Json


@pytest.mark.documents
@given(inputs())
def test_any_json_is_an_alarm_or_refused_by_name(source: Json) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alarms, "current_state", lambda *_: "ALARM")
        patch.setattr(alarms, "tags", lambda _: {})
        try:
            alarm = parse_alarm.handler(task(samples.execution(Input=source)), CONTEXT)
        except (NotAnAlarmError, AlarmNameMismatchError) as error:
            event(type(error).__name__)
            return
    event("an alarm")

    assert alarm["flags"] == ["a"]
    assert moment(alarm["transitionedAt"]) is not None
    assert json.loads(json.dumps(alarm)) == alarm
