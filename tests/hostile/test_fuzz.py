"""The targets of `make fuzz`, with few examples; and that what breaks a promise is found."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appconfig_rollback.flag_document import FlagDocument
from proofs.fuzz import report
from proofs.fuzz.hurting import HURTING
from proofs.fuzz.inputs import STRATEGIES, samples_of
from proofs.fuzz.measuring import Cost
from proofs.fuzz.targets import TARGETS, Target
from proofs.fuzz.trying import Tried, by_atheris, by_hypothesis, has_atheris
from tests.contract.shipped import ROOT

pytestmark = pytest.mark.thorough

EXAMPLES = 40
BY_NAME = {target.name: target for target in TARGETS}


def _names(target: Target) -> str:
    return target.name


@pytest.mark.parametrize("target", TARGETS, ids=_names)
def test_a_target_keeps_its_promise(target: Target) -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[target.name])
    def kept(data: bytes) -> None:
        target.run(data)

    for sample in samples_of(target.name):
        target.run(sample)
    kept()


@given(st.binary(max_size=40), st.sampled_from(TARGETS))
@settings(max_examples=3 * EXAMPLES)
def test_any_bytes_will_do(data: bytes, target: Target) -> None:
    target.run(data)


def test_a_broken_promise_is_a_finding_with_the_input_that_shows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(FlagDocument, "turned_off", lambda self, *_: self.content)

    tried = by_hypothesis(BY_NAME["document"], 60, most=200)

    assert len(tried.found) == 1
    assert "BrokenPromiseError: a flag that was turned off reads as off" in tried.found[0]


def test_an_error_without_a_name_is_a_finding() -> None:
    def run(data: bytes) -> None:
        raise OverflowError(len(data))

    tried = by_hypothesis(Target("mark", "it holds", run), 60, most=20)

    assert tried.found[0].startswith("OverflowError")
    assert tried.examples == 1


@pytest.mark.skipif(not has_atheris(), reason="atheris is not installed (pip install '.[fuzz]')")
def test_atheris_tries_a_target_in_a_process_of_its_own() -> None:
    tried = by_atheris(BY_NAME["mark"], 1)

    assert tried.found == []
    assert tried.examples > 0


def test_the_page_says_what_was_tried_what_was_found_and_what_hurting_took() -> None:
    tried = [Tried("mark", "Hypothesis", 1234, 59.6, ["OverflowError: `x`\nof b'1'"])]
    costs = [Cost("a long name", 1.26, 40.4), Cost("many flags", None, None)]

    page = report.page(tried, costs, ["It ran."], ["mark: OverflowError: `x`\nof b'1'"])

    assert (
        "| mark | a mark comes back, and fits into a header | Hypothesis | 1,234 | 60 | 1 |" in page
    )
    assert "- `mark: OverflowError: x of b'1'`" in page
    assert "| a long name | 1.3 | 40 |" in page
    assert "| many flags | did not end | did not end |" in page


def test_the_page_has_all_targets_and_all_documents() -> None:
    page = (ROOT / "docs" / "proof" / "hostile.md").read_text("utf-8")

    for target in TARGETS:
        assert f"| {target.name} | {target.promises} | Hypothesis |" in page
    for hurting in HURTING:
        assert f"| {hurting.name} |" in page
