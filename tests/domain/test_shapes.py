"""Every shape that teams have: what goes off, where it is, and that nothing else changes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import jsonschema  # type: ignore[import-untyped]
import pytest

from appconfig_rollback import json_text
from appconfig_rollback.errors import SwitchRequiredError
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.shapes.boolean import PlainBoolean
from appconfig_rollback.shapes.feature_flags import FeatureFlag
from appconfig_rollback.shapes.flag import Flag, several
from appconfig_rollback.shapes.known import SHAPES
from appconfig_rollback.shapes.shape import Found
from flag_rollback.flags.differences import differences
from tests.contract.shipped import ROOT
from tests.documents import document
from tests.documents.expected import ALREADY_OFF, REFUSED, SERVED
from tests.domain.documents import WHEN, WHY, freeform, off
from tests.domain.generated import _SHAPES, _CaseWriter

if TYPE_CHECKING:
    from appconfig_rollback.errors import RollbackError
    from appconfig_rollback.shapes.shape import Shape


@pytest.mark.parametrize(("name", "flag", "flags_at"), SERVED)
def test_a_flag_goes_off_where_its_clients_read_it_and_nothing_else_changes(
    name: str, flag: str, flags_at: str
) -> None:
    where, changes = SERVED[name, flag, flags_at]
    before = document(name, flags_at)

    after = replace(before, content=off(before, flag).encode())

    found = differences(before.content, after.content)
    assert {difference.path: difference.after for difference in found} == changes
    assert (before.is_on(flag), after.is_on(flag)) == (True, False)
    assert before.where(flag) == where
    assert flag in before.flags() or name == "list_in_a_container.json"


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_shape_has_a_document_and_is_generated(shape: Shape) -> None:
    samples = [where for where, _ in SERVED.values() if where.startswith(f"{shape.name} at ")]

    assert samples, f"a sample in tests/documents/, with a row of `{shape.name} at ...` in SERVED"
    module = type(shape).__module__.rpartition(".")[2]
    generated = module in chain(*_SHAPES) or hasattr(_CaseWriter, module)
    assert generated, f"tests/domain/generated.py writes no {module}"


@pytest.mark.parametrize(("name", "flag"), ALREADY_OFF)
def test_a_flag_that_is_off_stays_as_it_is_written(name: str, flag: str) -> None:
    before = document(name)

    assert not before.is_on(flag)
    assert before.where(flag)
    assert off(before, flag).encode() == before.content


@pytest.mark.parametrize(("name", "flag", "error", "message"), REFUSED)
def test_what_cannot_be_turned_off_is_refused_with_what_to_do(
    name: str, flag: str, error: type[RollbackError], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        off(document(name), flag)


@pytest.mark.parametrize("name", ["closed_flags", "three_part_version"])
def test_the_bare_switch_is_valid_where_notes_and_stamps_are_not(name: str) -> None:
    before = document(f"validators/{name}.json")
    schema = json.loads(document(f"validators/{name}.schema.json").content)

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(off(before, "hints")), schema)
    bare = json.loads(before.switched_off("hints"))

    jsonschema.validate(bare, schema)
    assert not bare["flags"]["hints"]["enabled"]
    assert bare["flags"]["hints"].get("rolloutPercentage", 0) == 0


def test_several_flags_can_be_switched_off_without_notes() -> None:
    text = '{"version": "1", "flags": {"a": {"enabled": true}, "b": true, "c": true}}'

    assert freeform(text).switched_off("a", "b") == (
        b'{"version": "1", "flags": {"a": {"enabled": false}, "b": false, "c": true}}'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            '{"enabled": false, "state": "ENABLED"}',
            '{"enabled": false, "state": "DISABLED"}',
            id="enabled and flagd",
        ),
        pytest.param(
            '{"enabled": true, "default": false, "rules": {"r": {"when_match": true}}}',
            '{"enabled": false, "default": false, "rules": {"r": {"when_match": false}}}',
            id="enabled and Powertools",
        ),
        pytest.param(
            '{"state": "DISABLED", "default": true, "rules": {"r": {"when_match": "y"}, "s": 0}}',
            '{"state": "DISABLED", "default": false, '
            '"rules": {"r": {"when_match": false}, "s": 0}}',
            id="flagd and Powertools",
        ),
        pytest.param(
            '{"enabled": true, "default": true, "boolean_type": false, "state": "running"}',
            '{"enabled": false, "default": true, "boolean_type": false, "state": "running"}',
            id="words that are none of a shape's",
        ),
    ],
)
def test_an_object_of_several_shapes_is_on_while_any_switch_is(before: str, after: str) -> None:
    frame = '{{"version": "1", "toggles": {{"a": {}}}}}'

    assert freeform(frame.format(before)).is_on("a")
    assert off(freeform(frame.format(before))) == frame.format(after)
    assert not freeform(frame.format(after)).is_on("a")


@pytest.mark.parametrize(
    ("text", "flags_at", "after"),
    [
        pytest.param(
            '{"a": true, "flags": {"a": {"enabled": true, "metadata": 0}}}',
            "",
            '{"a": true, "flags": {"a": {"enabled": false, "metadata": 0}}}',
            id="the workshop's counts alone",
        ),
        pytest.param(
            '{"a": true, "flags": {"a": {"enabled": true, "metadata": 0}}}',
            ".",
            '{"a": false, "flags": {"a": {"enabled": true, "metadata": 0}}}',
            id="unless FlagsAt says otherwise",
        ),
        pytest.param(
            '{"a": "wide", "features": {"a": {"colour": "red"}}, "toggles": {"a": true}}',
            "",
            '{"a": "wide", "features": {"a": {"colour": "red"}}, "toggles": {"a": false}}',
            id="only places with a switch count",
        ),
        pytest.param(
            '{"config": {"v1.5": {"a": true}, "v1": {"5": {"a": true}}}}',
            "config.v1.5",
            '{"config": {"v1.5": {"a": false}, "v1": {"5": {"a": false}}}}',
            id="keys with dots in them",
        ),
        pytest.param(
            '{"eu.west": {"shop": {"a": true}}, "eu": {"a": true}}',
            "eu.west.shop",
            '{"eu.west": {"shop": {"a": false}}, "eu": {"a": true}}',
            id="a key with a dot in it on the way",
        ),
        pytest.param(
            '{"config": {"list": [{"id": "a", "enabled": true}, 7, {"id": 7}]}}',
            "config.list",
            '{"config": {"list": [{"id": "a", "enabled": false}, 7, {"id": 7}]}}',
            id="an item of a list at FlagsAt",
        ),
        pytest.param(
            '{"flags": {"a": {}}, "values": {"a": {"enabled": true}}}',
            "values",
            '{"flags": {"a": {}}, "values": {"a": {"enabled": false}}}',
            id="clients that read `values` themselves",
        ),
        pytest.param(
            '[{"name": "a", "enabled": true, "rolloutPercentage": 5, "metadata": {}}]',
            "",
            '[{"name": "a", "enabled": false, "rolloutPercentage": 5, "metadata": {}}]',
            id="in a list the switch alone",
        ),
        pytest.param(
            '{"version": "1", "flags": {"a": {"state": "ENABLED", "metadata": {}}}}',
            "",
            '{"version": "1", "flags": {"a": {"state": "DISABLED", "metadata": {}}}}',
            id="flagd gets neither notes nor stamps",
        ),
        pytest.param(
            '{"version": "1", "a": {"enabled": true, "rolloutPercentage": 5, "metadata": {}}}',
            "",
            '{"version": "1", "a": {"enabled": false, "rolloutPercentage": 0, "metadata": '
            f'{{"lastRollback": "{WHEN}", "rollbackReason": {json.dumps(WHY)}}}}}}}',
            id="an object with `enabled` gets notes in its metadata, and no stamps",
        ),
        pytest.param(
            '{"a": {"enabled": true, "metadata": null}}',
            "",
            '{"a": {"enabled": false, "metadata": null}}',
            id="null is no room for notes there",
        ),
    ],
)
def test_the_place_and_the_shape_decide_what_is_written(
    text: str, flags_at: str, after: str
) -> None:
    assert off(freeform(text, flags_at)) == after


@pytest.mark.parametrize(
    ("text", "percentage"),
    [
        ('{"flags": {"a": {"enabled": true, "rolloutPercentage": 12.50}}}', 12.5),
        ('{"a": {"enabled": true, "rolloutPercentage": 7}}', 7.0),
        ('{"a": {"enabled": true, "rolloutPercentage": "half"}}', None),
        ('{"a": {"enabled": true}}', None),
        ('{"a": {"default": true, "rolloutPercentage": 7}}', None),
        ('{"a": true}', None),
    ],
)
def test_the_rollout_percentage_of_a_flag(text: str, percentage: float | None) -> None:
    assert freeform(text).percentage("a") == percentage


def test_flags_are_named_once_in_the_order_of_the_document() -> None:
    text = (
        '{"b": true, "n": 7, "features": [{"key": "k", "name": "N", "enabled": true}, {"id": 1}],'
        ' "flags": {"z": {"enabled": true}, "a": {"state": "DISABLED"}, "y": {}}, "a": false}'
    )

    assert freeform(text).flags() == ["b", "k", "z", "a"]
    assert document("feature_flags_text_false.json").flags() == ["can_pay", "can_return"]
    assert document("feature_flags_without_values.json").flags() == ["someday"]


@pytest.mark.thorough
def test_a_large_document_is_compared_in_time() -> None:
    flags = {f"flag-{number}": {"enabled": True, "metadata": {}} for number in range(6_000)}
    gone = {f"gone-{number}": True for number in range(6_000)}
    before = freeform(json.dumps({"flags": {**flags, **gone}}))
    after = freeform(json.dumps({"flags": {**flags, "flag-77": {"enabled": False}}}))

    assert after.turned_off_since(before) == ["flag-77"]


def test_what_off_means_is_said_for_every_shape() -> None:
    flagd = FlagDocument.off_means(document("flagd.json"), "quick-tour")

    assert flagd == "`state` DISABLED; clients then get the default in their own code"
    assert document("twice.json", "features").off_means("wide-rows") == "`false`"


@pytest.mark.parametrize(
    ("many", "told"),
    [
        (5, "1 and 2 and 3 and 4 and 5"),
        (6, "1 and 2 and 3 and 4 and 5 and 1 more"),
        (7, "1 and 2 and 3 and 4 and 5 and 2 more"),
    ],
)
def test_of_many_places_the_first_are_told(many: int, told: str) -> None:
    assert several([str(number + 1) for number in range(many)]) == told


def test_a_flag_of_two_shapes_is_off_in_both_and_says_so() -> None:
    both = freeform('{"flags": {"a": {"default": true, "enabled": true}}}')

    assert both.where("a") == "the workshop's shape and a Powertools feature at flags.a"
    assert both.off_means("a").endswith("; `default` false and `when_match` false in every rule")


@pytest.mark.parametrize("flag", ["true", '{"enabled": true}'])
def test_a_flag_with_a_switch_of_its_own_does_not_need_the_one_below_values(flag: str) -> None:
    both = f'{{"flags": {{"a": {flag}}}, "values": {{"a": {{"enabled": true}}}}}}'

    assert freeform(both).is_on("a")


class _Told(PlainBoolean):
    def __init__(self, caveat: str) -> None:
        self.caveat = caveat  # type: ignore[misc]


def test_each_caveat_of_a_flag_is_told_once() -> None:
    value = json_text.read("true")
    found = Found(("a",), "", "a", value)

    flag = Flag(((found, (_Told("mind this"), _Told(""), _Told("mind that"))),) * 2)

    assert flag.caveat == "mind this; mind that"


@pytest.mark.parametrize(("percentage", "number"), [("50", 50.0), ("1e400", None), ("true", None)])
def test_a_percentage_is_a_number_that_there_is(percentage: str, number: float | None) -> None:
    text = f'{{"flags": {{"a": {{"enabled": true, "rolloutPercentage": {percentage}}}}}}}'

    assert freeform(text).percentage("a") == number


@pytest.mark.parametrize(
    ("text", "told"), [("x" * 58, f'"{"x" * 58}"'), ("x" * 59, f'"{"x" * 56}...')]
)
def test_of_a_long_text_in_place_of_a_switch_the_beginning_is_told(text: str, told: str) -> None:
    with pytest.raises(SwitchRequiredError) as raised:
        off(freeform(json.dumps({"flags": {"a": text}})), "a")
    assert f"got {told} at flags.a, where" in str(raised.value)


def test_the_readme_has_the_table_of_shapes() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    for shape in (*SHAPES, FeatureFlag()):
        assert f"| {shape.recognised_by} | {shape.off_means} |" in readme
