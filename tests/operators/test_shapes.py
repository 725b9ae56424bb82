"""What programs read of --json is a contract: documented, and only added to."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast

from click.testing import CliRunner

from flag_rollback import interrupting
from flag_rollback.cli import main
from flag_rollback.commands.executions import executions
from flag_rollback.execution.document import document
from flag_rollback.execution.report import Change, Failure
from flag_rollback.flags.differences import Difference
from tests.contract.shipped import ROOT
from tests.contract.test_papers import section, table, tables, ticked
from tests.operators.canned_aws import BEGUN, canned, execution, serving
from tests.operators.reports import FAILURE, ON
from tests.operators.reports import report as report_of
from tests.operators.test_any_input import ENVIRONMENT
from tests.operators.test_layout import VISITS

if TYPE_CHECKING:
    from collections.abc import Mapping

PAPER = (ROOT / "docs" / "commands.md").read_text("utf-8")
LISTED, INSPECTED = [
    {row[0].strip("`"): row[1] for row in rows}
    for heading, *rows in tables(section(PAPER, "JSON"))
    if heading == ["key", "what it is"]
]
#: What any later version still has. A line is only ever added here.
EXECUTIONS = {
    "name", "arn", "status", "started", "stopped", "seconds", "flags", "alarm", "outcome", "drill",
    "redriveCount", "error", "state", "told", "aftercare",
}  # fmt: skip
INSPECT = {
    "execution", "flags", "alarm", "reason", "outcome", "drill", "input", "output", "failure",
    "redriveCommand", "restoreCommand", "offCommand", "stopExperimentCommands", "change",
    "flagsNow", "stoppedExperiments", "told", "visits", "readAt", "called",
    "aftercare",
}  # fmt: skip
DOCTOR = {"stack", "counts", "checks", "exposure"}
CHECK = {"check", "well", "lookedAt", "findings"}


def printed(*words: str, **run: Any) -> Mapping[str, Any]:
    with canned(serving(execution("run-1", **run), DescribeAlarms={"MetricAlarms": []})):
        done = CliRunner(env=ENVIRONMENT).invoke(main, [*words, "--json"])
    return cast("Mapping[str, Any]", json.loads(done.stdout))


def test_executions_have_the_documented_keys() -> None:
    answer = printed("executions")
    (one,) = answer["executions"]

    assert one.keys() == EXECUTIONS
    keys = {*answer, *(f"executions[].{key}" for key in one)}
    assert (
        keys
        == LISTED.keys()
        == {
            "stack",
            "executions",
            "lookedThrough",
            "stoppedAt",
            *(f"executions[].{key}" for key in EXECUTIONS),
        }
    )


def test_a_report_has_the_documented_keys() -> None:
    change = Change(1, 2, [Difference("flags.a.enabled", "true", "false")])
    told = document(report_of("", ON, failure=FAILURE, visits=VISITS, change=change))

    assert told.keys() == INSPECTED.keys() == INSPECT
    for key in ("execution", "failure", "change", "told"):
        assert told[key].keys() == ticked(INSPECTED[key]), key
    assert told["flagsNow"][0].keys() == ticked(INSPECTED["flagsNow"]) - {"on", "off", "unknown"}
    assert told["visits"][0].keys() == ticked(INSPECTED["visits"])
    assert {field.name for field in fields(Failure)} == told["failure"].keys()


def test_doctor_has_the_documented_keys() -> None:
    answer = printed("doctor")

    assert answer.keys() == DOCTOR
    assert answer["checks"][0].keys() == CHECK
    paper = section((ROOT / "docs" / "doctor.md").read_text("utf-8"), "JSON")
    assert DOCTOR | (CHECK - {"check"}) <= ticked(paper)


def test_the_sentence_is_the_tables() -> None:
    (one,) = printed("executions", output=json.dumps({"outcome": "ignored"}))["executions"]

    assert one["told"] == "nothing was done: the alarm called for nothing"
    assert one["started"] == f"{BEGUN:%Y-%m-%dT%H:%M:%S}.000Z"


def test_every_exit_code_is_documented() -> None:
    documented = {int(code) for code, _ in table(PAPER, "code", "meaning")}

    assert documented == {
        interrupting.DONE,
        interrupting.NOT_DONE,
        interrupting.USAGE,
        interrupting.RUN_FAILED,
        interrupting.INTERRUPTED,
    }


def test_every_filter_is_documented() -> None:
    documented = {option for cells in table(PAPER, "option", "only those") for option in cells[:1]}
    options = {f"`{parameter.opts[-1]}`" for parameter in executions.params}

    others = {"--region", "--profile", "--endpoint-url", "--stack", "--state-machine-arn", "--json"}
    assert documented == options - {f"`{option}`" for option in others}
