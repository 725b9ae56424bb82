"""What doctor says where nothing can be read, of a stack's Mode, and in its paper."""

from __future__ import annotations

import json
import re

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from click.testing import CliRunner

from appconfig_rollback.flag_document import FlagDocument
from flag_rollback.access import Access
from flag_rollback.checks import mode, versions
from flag_rollback.checkup import CHECKS, Checked, count, examine, exposures
from flag_rollback.cli import main
from flag_rollback.findings import KINDS, found
from flag_rollback.flag_checks import cap
from flag_rollback.guards import Guard
from flag_rollback.surroundings import Surroundings
from flag_rollback.watched import Watched
from local.doctor_table import PAPER, table, written
from tests.contract.shipped import ROOT


@pytest.fixture
def denied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody with credentials that allow nothing."""

    def refuse(_: object, operation: str, __: object) -> None:
        raise ClientError(
            {"Error": {"Code": "AccessDenied", "Message": f"you may not {operation}"}}, operation
        )

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")


PLACE = {
    "ApplicationId": "app1234",
    "EnvironmentId": "env1234",
    "ConfigurationProfileId": "pro1234",
}
OUTPUTS = {
    "NotificationTopicArn": "arn:aws:sns:eu-central-1:123456789012:topic",
    "DeadLetterQueueUrl": "https://example.com/queue",
    "AlarmRuleName": "rule",
}
PARAMETERS = PLACE | {"Mode": "auto", "MonitorRoleArns": "", "SweepSeconds": "300"}


@pytest.mark.usefixtures("denied")
@pytest.mark.parametrize(
    "stack", [Watched("", "ours"), Watched("arn", "ours", OUTPUTS, PARAMETERS)]
)
def test_where_nothing_can_be_read_every_check_is_unknown(stack: Watched) -> None:
    at = Surroundings(Access(), stack)

    answers = examine(at)

    well = [answer.check for answer in answers if answer.is_well]
    assert well == (["the stack turns flags off by itself"] if stack.parameters else [])
    assert count(answers)["unknown"] >= len(CHECKS) - len(well)
    assert (count(answers)["fail"], count(answers)["warn"]) == (0, 0)
    assert exposures(at, 45) == []


@pytest.mark.usefixtures("denied")
def test_a_stack_that_cannot_be_read_is_an_error_in_one_sentence() -> None:
    done = CliRunner().invoke(main, ["doctor", "--stack", "ours"])

    assert done.exit_code == 1
    assert "your AWS credentials do not allow this" in done.output
    assert len(done.output.splitlines()) <= 3


@pytest.fixture
def in_the_dark(denied: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """Only the stack's own description could be read."""
    monkeypatch.setattr("flag_rollback.commands.doctor.find", lambda _: Watched("", "ours"))


@pytest.mark.usefixtures("in_the_dark")
def test_what_is_unknown_is_said_and_is_a_failure_to_the_strict() -> None:
    done = CliRunner().invoke(main, ["doctor", "--stack", "ours"])

    assert done.exit_code == 0
    assert "✓" not in done.output
    assert "is ready" not in done.output.replace("Whether stack ours is ready", "")
    assert "How long users would be exposed is unknown" in done.output
    assert CliRunner().invoke(main, ["doctor", "--strict"]).exit_code == 1


@pytest.mark.usefixtures("in_the_dark")
def test_json_has_the_shape_of_the_paper() -> None:
    done = CliRunner().invoke(main, ["doctor", "--json"])

    told = json.loads(done.stdout)
    assert [each["check"] for each in told["checks"]] == list(CHECKS)
    paper = PAPER.read_text("utf-8").split("## JSON")[1]
    keys = {*told, *told["checks"][0], *told["checks"][0]["findings"][0]} - {"check"}
    assert all(f"`{key}`" in paper for key in keys)
    assert told["checks"][0]["findings"][0]["level"] == "unknown"


@pytest.mark.parametrize(("set_to", "level"), [("auto", None), ("notify", "warn"), ("off", "fail")])
def test_a_stack_that_turns_nothing_off_is_not_well(set_to: str, level: str | None) -> None:
    at = Surroundings(Access(), Watched("arn", "ours", {}, {"Mode": set_to}))

    assert [finding.level for finding in mode(at)] == ([level] if level else [])


@pytest.mark.parametrize(
    ("most", "tags", "needs"),
    [
        ("0", {}, None),
        ("2", {}, None),  # flag c is off, and d is left to its owner
        ("1", {}, "2"),
        ("1", {"feature-flag-rollback": "notify"}, None),
    ],
)
def test_an_alarm_of_more_flags_than_may_go_off_would_be_held_back(
    most: str, tags: dict[str, str], needs: str | None
) -> None:
    at = Surroundings(Access(), Watched("arn", "ours", {}, {"MaxFlagsPerHour": most}))
    others = {"c": {"enabled": False}, "d": {"enabled": True, "metadata": {"rollback": "off"}}}
    flags = {"a": {"enabled": True}, "b": {"enabled": True}} | others
    document = FlagDocument(
        json.dumps({"flags": flags}).encode(), "application/json", "AWS.Freeform"
    )
    guards = [Guard({"AlarmName": "service"}, "tag", ("a", "b", "c", "d", "gone"), tags)]
    vars(at).update(document=document, guards=guards)

    findings = list(cap(at))

    assert [finding.kind for finding in findings] == (["above-cap"] if needs else [])
    if needs:
        assert f"guards {needs} flags that are on" in findings[0].what
        assert f"MaxFlagsPerHour to {needs} at least" in str(findings[0].remedy)


@pytest.mark.parametrize(("kept", "levels"), [(79, []), (80, ["note"])])
def test_many_versions_are_a_note_because_their_limit_is_unknown(
    monkeypatch: pytest.MonkeyPatch, kept: int, levels: list[str]
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    at = Surroundings(Access(), Watched("arn", "ours", {}, PARAMETERS))
    appconfig = at.access.client("appconfig")
    monkeypatch.setattr(Access, "client", lambda *_: appconfig)
    with Stubber(appconfig) as stub:
        for numbers in (range(50), range(50, kept)):
            page = {"Items": [{"VersionNumber": number + 1} for number in numbers]}
            more = {} if 50 in numbers else {"NextToken": "more"}
            stub.add_response("list_hosted_configuration_versions", page | more)
        found_levels = [finding.level for finding in versions(at)]

    assert found_levels == levels
    assert at.seen == [f"{kept} are kept; AWS's limit on their number is unknown"]


def test_a_note_leaves_a_check_well_and_an_unknown_does_not() -> None:
    assert Checked("it", "all", (found("fires-off", "it fires"),)).is_well
    assert not Checked("it", "all", (found("unknown", "who knows"),)).is_well


def test_the_paper_has_the_table_of_everything_that_can_be_found() -> None:
    paper = PAPER.read_text("utf-8")

    assert table() in paper, "run `python -m local.doctor_table`"
    assert written(paper) == paper


def test_every_kind_is_found_somewhere_and_has_words_for_its_remedy() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "flag_rollback").glob("*check*.py"))
    code += (ROOT / "flag_rollback" / "alarm_judgment.py").read_text("utf-8")

    for name, kind in KINDS.items():
        assert re.search(rf'"{name}"', code), name
        assert kind.remedy or kind.level == "note", name
