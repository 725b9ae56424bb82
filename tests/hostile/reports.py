"""Reports and lists of executions in which each text that others write is another one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from appconfig_rollback.target import Names
from flag_rollback.execution.report import Change
from flag_rollback.flags.differences import Difference
from tests.operators.dashboards import listed
from tests.operators.scenes import SCENES

if TYPE_CHECKING:
    from flag_rollback.execution.finding import Execution
    from flag_rollback.execution.report import Report


def report(scene: str, text: str) -> Report:
    """A scene, with a text in every place that takes one from elsewhere."""
    told = SCENES[scene]()
    metric = told.metric
    series = [replace(each, label=text) for each in metric.series]
    measured = replace(metric, title=text, note=text, series=series)
    stored = json.dumps({text: [text]})
    described = {
        **told.execution.description,
        "input": stored,
        "output": json.dumps(
            {
                "outcome": "rolled_back",
                "flags": [{"flag": text, "outcome": "rolled_back", "reason": text}],
            }
        ),
    }
    visits = [
        replace(
            visit,
            input=stored,
            output=text,
            tries=[
                replace(each, error=each.error and text, cause=each.cause and text)
                for each in visit.tries
            ],
        )
        for visit in told.visits
    ]
    failure = told.failure and replace(
        told.failure, error=text, cause=text, meaning=text, input=stored
    )
    return replace(
        told,
        execution=type(told.execution)(described, (text,), text),  # type: ignore[arg-type]
        visits=visits,
        reason=text,
        failure=failure,
        change=told.change and Change(3, 4, [Difference(text, text, text)]),
        standings={text: replace(next(iter(told.standings.values())), reason=text)},
        called=Names(text, text, text),
        measure=lambda: measured,
    )


def execution(text: str) -> Execution:
    """One of a list, with a text for its flag, its alarm and its reason."""
    made = listed(3)
    output = {"outcome": "rolled_back", "flags": [{"flag": text, "outcome": "rolled_back"}]}
    described = {**made.description, "output": json.dumps({**output, "reason": text})}
    return type(made)(described, (text,), text)  # type: ignore[arg-type]
