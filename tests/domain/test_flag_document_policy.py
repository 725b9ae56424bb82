"""The owner of a flag says whether the rollback may turn it off, and sweep it along."""

from __future__ import annotations

import pytest

from appconfig_rollback.errors import FlagNotFoundError, UnreadableDocumentError
from tests.domain.documents import feature_flags, freeform

_VALUES = [
    ('"auto"', "auto"),
    ('"notify"', "notify"),
    ('"off"', "off"),
    ('"OFF"', "auto"),
    ('"of"', "auto"),
    ("false", "auto"),
    ("null", "auto"),
    ('["off"]', "auto"),
]


@pytest.mark.parametrize(("written", "policy"), _VALUES)
def test_the_policy_of_a_freeform_flag_stands_in_its_metadata(written: str, policy: str) -> None:
    flag = f'{{"enabled": true, "rollback": "off", "metadata": {{"rollback": {written}}}}}'

    assert freeform(f'{{"flags": {{"a": {flag}}}}}').policy("a") == policy


@pytest.mark.parametrize(("written", "policy"), _VALUES)
def test_the_policy_of_a_feature_flag_is_an_attribute(written: str, policy: str) -> None:
    flag = f'{{"enabled": true, "metadata": {{"rollback": "off"}}, "rollback": {written}}}'

    assert feature_flags(f'{{"values": {{"a": {flag}}}}}').policy("a") == policy


@pytest.mark.parametrize(
    ("of_one", "of_other", "policy"),
    [
        ('{"rollback": "notify"}', "{}", "notify"),
        ("{}", '{"rollback": "off"}', "off"),
        ('{"rollback": "notify"}', '{"rollback": "off"}', "off"),
        ('{"rollback": "auto"}', "null", "auto"),
    ],
)
def test_the_variants_of_a_feature_flag_hold_its_attributes_and_the_strictest_counts(
    of_one: str, of_other: str, policy: str
) -> None:
    variants = ", ".join(
        f'{{"name": "{name}", "enabled": true, "attributeValues": {attributes}}}'
        for name, attributes in (("x", of_one), ("y", of_other))
    )

    document = feature_flags(f'{{"values": {{"a": {{"_variants": [{variants}, 1]}}}}}}')

    assert document.policy("a") == policy


@pytest.mark.parametrize("metadata", ["", ', "metadata": null', ', "metadata": "off"'])
def test_a_flag_that_says_nothing_is_left_to_the_rollback(metadata: str) -> None:
    assert freeform(f'{{"flags": {{"a": {{"enabled": true{metadata}}}}}}}').policy("a") == "auto"


def test_a_key_that_stands_twice_is_read_as_the_stricter_one() -> None:
    metadata = '{"rollback": "notify", "rollback": "off"}'
    twice = f'{{"enabled": true, "metadata": {metadata}, "metadata": {{}}}}'

    assert freeform(f'{{"flags": {{"a": {twice}}}}}').policy("a") == "off"


def test_a_flag_that_appears_twice_has_the_stricter_policy() -> None:
    flags = '"a": {"enabled": true}, "a": {"enabled": true, "metadata": {"rollback": "off"}}'

    assert freeform(f'{{"flags": {{{flags}}}}}').policy("a") == "off"


def test_the_policy_of_a_flag_that_is_missing_or_unreadable_is_an_error() -> None:
    with pytest.raises(FlagNotFoundError):
        freeform('{"flags": {"b": {}}}').policy("a")
    with pytest.raises(UnreadableDocumentError):
        feature_flags('{"values": {"a": true}}').policy("a")


@pytest.mark.parametrize(
    "text",
    [
        '{"features": {"a": {"enabled": true, "metadata": {"rollback": "off"}}}}',
        '{"flags": {"a": {"state": "ENABLED", "metadata": {"rollback": "off"}}}}',
        '{"a": {"default": true, "metadata": {"rollback": "off"}}}',
        '[{"name": "a", "enabled": true, "metadata": {"rollback": "off"}}]',
    ],
)
def test_a_flag_of_any_shape_can_have_a_policy(text: str) -> None:
    assert freeform(text).policy("a") == "off"
    assert not freeform(text).may_be_swept("a")


@pytest.mark.parametrize(
    ("flags", "swept"),
    [
        ('{"a": {"enabled": true}}', True),
        ('{"a": {}}', False),
        ('{"a": {"enabled": true, "metadata": {"rollback": "auto"}}}', True),
        ('{"a": {"enabled": true, "metadata": {"rollback": "notify"}}}', False),
        ('{"a": {"enabled": true, "metadata": {"rollback": "off"}}}', False),
        ('{"a": {"enabled": false}}', False),
        ('{"b": {"enabled": true}}', False),
        ('{"a": true}', True),
        ('{"a": {"enabled": true}, "a": 1}', False),
    ],
)
def test_only_a_flag_that_is_on_and_left_to_the_rollback_is_swept_along(
    flags: str, *, swept: bool
) -> None:
    assert freeform(f'{{"flags": {flags}}}').may_be_swept("a") is swept
