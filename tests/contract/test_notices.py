"""The keys of a notice's JSON are a contract, and the paper on notices lists them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from appconfig_rollback.notices.aftercare import aftercare_notice
from appconfig_rollback.notices.facts import Facts
from appconfig_rollback.notices.failure import FailedRun, failure_notice
from appconfig_rollback.notices.outcome import outcome_notice
from tests import samples, watches
from tests.contract.shipped import ROOT
from tests.contract.test_papers import tables

if TYPE_CHECKING:
    from appconfig_rollback.state import State

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PAPER = (ROOT / "docs" / "notices.md").read_text("utf-8")
EVERY, OF_OUTCOME, OF_FAILURE, OF_AFTERCARE = (
    {key for row in rows for key in re.findall(r"`(\w+)`", row[0])} for rows in tables(PAPER)
)
STATE = cast(
    "State",
    {
        "alarm": samples.alarm(),
        "config": samples.config(),
        "result": samples.undeployed("already_off"),
    },
)


def test_an_outcomes_notice_has_the_keys_that_the_paper_promises() -> None:
    notice = outcome_notice(STATE, samples.NAMED, samples.ARN, NOW)

    assert json.loads(notice.messages["default"]).keys() == EVERY | OF_OUTCOME


def test_a_failures_notice_has_the_keys_that_the_paper_promises() -> None:
    facts = Facts.of(STATE, samples.NAMED, samples.ARN)
    run = FailedRun(facts, "X", "why", "FetchConfig", 1, {samples.FLAG: "on"})

    assert json.loads(failure_notice(run, NOW).messages["default"]).keys() == EVERY | OF_FAILURE


def test_the_notice_of_aftercare_has_the_keys_that_the_paper_promises() -> None:
    notice = aftercare_notice(watches.recovered(), samples.NAMED, NOW)

    assert json.loads(notice.messages["default"]).keys() == EVERY | OF_AFTERCARE
