"""A flag goes off, and every other character of its document stays as it was."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from tests.domain.documents import NOW, WHEN, WHY, WHY_TEXT, feature_flags, freeform, off

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOTE = f'{{"lastRollback": "{WHEN}", "rollbackReason": {WHY_TEXT}}}'

_PRETTY = """\
{
  "version": "2026.2.27.0915",
  "lastUpdated": "2026-02-27T09:15:00Z",
  "flags": {
    "a": {
      "enabled": true,
      "rolloutPercentage": 50,
      "metadata": {
        "owner": "checkout"
      },
      "limits": [1.0, 1.10, 1e400]
    },
    "b": { "enabled": true, "rolloutPercentage": 100 }
  },
  "audience": null
}
"""
_PRETTY_OFF = f"""\
{{
  "version": "2026.3.2.1705",
  "lastUpdated": "{WHEN}",
  "flags": {{
    "a": {{
      "enabled": false,
      "rolloutPercentage": 0,
      "metadata": {{
        "owner": "checkout",
        "lastRollback": "{WHEN}",
        "rollbackReason": {WHY_TEXT}
      }},
      "limits": [1.0, 1.10, 1e400]
    }},
    "b": {{ "enabled": true, "rolloutPercentage": 100 }}
  }},
  "audience": null
}}
"""


@pytest.fixture
def _in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock on the wall is nine hours ahead."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_in_tokyo")
def test_the_stamps_are_in_utc_wherever_the_computer_is() -> None:
    assert off(freeform(_PRETTY), "a") == _PRETTY_OFF


def test_a_freeform_flag_goes_off_in_a_document_laid_out_for_people() -> None:
    assert off(freeform(_PRETTY)) == _PRETTY_OFF


def test_windows_line_ends_stay() -> None:
    before, after = (text.replace("\n", "\r\n") for text in (_PRETTY, _PRETTY_OFF))

    assert off(freeform(before)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            '{"enabled":true,"rolloutPercentage":50,"metadata":{"owner":"x"}}',
            '{"enabled":false,"rolloutPercentage":0,"metadata":{"owner":"x",'
            f'"lastRollback":"{WHEN}","rollbackReason":{WHY_TEXT}}}}}',
            id="compact",
        ),
        pytest.param(
            '{ "enabled" :true , "metadata" : {  } }',
            f'{{ "enabled" :false , "metadata" : {_NOTE} }}',
            id="odd blanks and empty metadata",
        ),
        pytest.param(
            '{"enabled": true}', f'{{"enabled": false, "metadata": {_NOTE}}}', id="no metadata"
        ),
        pytest.param(
            '{"metadata": null, "enabled": true}',
            f'{{"metadata": {_NOTE}, "enabled": false}}',
            id="null metadata",
        ),
        pytest.param(
            '{"enabled": true, "metadata": "see wiki"}',
            '{"enabled": false, "metadata": "see wiki"}',
            id="metadata of another kind stays",
        ),
        pytest.param(
            '{"enabled": true, "metadata": {"rollbackReason": "old", "n": 1}}',
            f'{{"enabled": false, "metadata": {{"rollbackReason": {WHY_TEXT}, "n": 1, '
            f'"lastRollback": "{WHEN}"}}}}',
            id="an earlier note is replaced where it stands",
        ),
        pytest.param(
            '{"enabled": true, "enabled": true, "metadata": null, "metadata": {}}',
            f'{{"enabled": false, "enabled": false, "metadata": {_NOTE}, "metadata": {_NOTE}}}',
            id="keys that stand twice",
        ),
        pytest.param(
            r'{"en\u0061bled": true, "metadata": []}',
            r'{"en\u0061bled": false, "metadata": []}',
            id="an escaped key",
        ),
        pytest.param(
            '{"enabled": true, "enabled": null, "rolloutPercentage": "1", "metadata": 0}',
            '{"enabled": false, "enabled": false, "rolloutPercentage": 0, "metadata": 0}',
            id="values of odd kinds",
        ),
        pytest.param(
            '{"id": 1234567890123456789012345678901234567890, "f": 1.0, "enabled": true,'
            r' "t": "\u00FC\/ü", "metadata": 0}',
            '{"id": 1234567890123456789012345678901234567890, "f": 1.0, "enabled": false,'
            r' "t": "\u00FC\/ü", "metadata": 0}',
            id="numbers and texts as written",
        ),
        pytest.param(
            '{"enabled": true, "_variants": [{"name": "x", "enabled": true}], "metadata": 0}',
            '{"enabled": false, "_variants": [{"name": "x", "enabled": true}], "metadata": 0}',
            id="variants of a freeform document are nobody's switches",
        ),
    ],
)
def test_a_freeform_flag_goes_off_and_keeps_its_layout(before: str, after: str) -> None:
    frame = '{{"flags": {{"b": {{"enabled": true}}, "a": {}, "c": [true]}}, "enabled": true}}'

    assert off(freeform(frame.format(before))) == frame.format(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            '{"enabled": true, "limit": 5, "rolloutPercentage": 50, "metadata": {"k": 1}}',
            '{"enabled": false, "limit": 5, "rolloutPercentage": 50, "metadata": {"k": 1}}',
            id="attributes keep their values",
        ),
        pytest.param('{"limit":5}', '{"limit":5,"enabled":false}', id="no enabled"),
        pytest.param("{}", '{"enabled": false}', id="empty flag"),
        pytest.param(
            '{"_variants": [{"name": "beta", "enabled": true, "rule": "(eq $u 1)",'
            ' "attributeValues": {"limit": 1.0, "enabled": true}}, {"name": "rest",'
            ' "enabled": false}]}',
            '{"_variants": [{"name": "beta", "enabled": false, "rule": "(eq $u 1)",'
            ' "attributeValues": {"limit": 1.0, "enabled": true}}, {"name": "rest",'
            ' "enabled": false}]}',
            id="every variant, and nothing else of it",
        ),
        pytest.param(
            '{"enabled": true, "_variants": [{"enabled": true}, {}]}',
            '{"enabled": false, "_variants": [{"enabled": false}, {"enabled": false}]}',
            id="variants beside the flag's own enabled",
        ),
        pytest.param(
            '{"enabled": true, "_variants": []}',
            '{"enabled": false, "_variants": []}',
            id="no variants",
        ),
        pytest.param('{"enabled": "true"}', '{"enabled": "false"}', id="a text stays a text"),
        pytest.param(
            '{"_variants": [{"enabled": "true"}, {"enabled": "false"}, {"enabled": "yes"}]}',
            '{"_variants": [{"enabled": "false"}, {"enabled": "false"}, {"enabled": false}]}',
            id="texts in variants, and one that is no boolean's",
        ),
    ],
)
def test_a_feature_flag_goes_off_by_enabled_alone(before: str, after: str) -> None:
    frame = (
        '{{"version": "1", "lastUpdated": "x", "flags": {{"a": {{"name": "A", "enabled": true}}}},'
        ' "values": {{"a": {}, "b": {{"enabled": true}}}}}}'
    )

    assert off(feature_flags(frame.format(before))) == frame.format(after)


def test_a_flag_goes_off_wherever_its_key_stands_twice() -> None:
    text = (
        '{"flags":{"a":{"enabled":true,"metadata":0}},'
        '"flags":{"a":{"metadata":0,"enabled":true},"a":true,"a":{"state": "ENABLED"}}}'
    )

    assert off(freeform(text)) == (
        '{"flags":{"a":{"enabled":false,"metadata":0}},'
        '"flags":{"a":{"metadata":0,"enabled":false},"a":false,"a":{"state": "DISABLED"}}}'
    )


@pytest.mark.parametrize("key", ["ü", r"\u00fc", r"\u00FC"])
def test_a_flag_is_found_however_its_name_is_written(key: str) -> None:
    text = '{{"flags": {{"{}": {{"enabled": {}, "metadata": 0}}}}}}'

    assert off(freeform(text.format(key, "true")), "ü") == text.format(key, "false")


def test_a_byte_order_mark_stays() -> None:
    text = '\ufeff{"flags": {"a": {"enabled": true, "metadata": 0}}}'

    assert off(freeform(text)) == text.replace("true", "false")


@pytest.mark.parametrize(
    ("stamps", "stamped"),
    [
        ('"version": 7, "lastUpdated": null', '"version": 7, "lastUpdated": null'),
        ('"version": ["1"]', '"version": ["1"]'),
        ('"version": "1"', '"version": "2026.3.2.1705"'),
        ('"lastUpdated": ""', f'"lastUpdated": "{WHEN}"'),
    ],
)
def test_version_and_time_are_brought_up_to_date_where_they_are_texts(
    stamps: str, stamped: str
) -> None:
    frame = '{{{}, "flags": {{"a": {{"enabled": {}, "metadata": 0, "version": "1"}}}}}}'

    assert off(freeform(frame.format(stamps, "true"))) == frame.format(stamped, "false")


def test_the_document_is_stamped_in_utc() -> None:
    tokyo = datetime(2026, 1, 1, 4, 30, tzinfo=timezone(timedelta(hours=9)))
    before = '{"version": "", "lastUpdated": "", "flags": {"a": {"enabled": true, "metadata": 0}}}'

    after = freeform(before).turned_off({"a": WHY}, tokyo).decode()

    assert '"version": "2025.12.31.1930", "lastUpdated": "2025-12-31T19:30:00.000Z"' in after


_ON_OR_OFF = [
    ('{"enabled": true}', True),
    ('{"enabled": false}', False),
    ('{"enabled": false, "enabled": true}', True),
    ('{"enabled": true, "enabled": false}', True),
    ('{"enabled": false, "enabled": 0}', True),
    ('{"enabled": true, "_variants": [{"enabled": false}]}', True),
    ('{"enabled": false, "_variants": []}', False),
]


@pytest.mark.parametrize(("flag", "is_on"), _ON_OR_OFF)
def test_only_an_explicit_false_everywhere_is_off(flag: str, is_on: bool) -> None:
    assert freeform(f'{{"flags": {{"a": {flag}}}}}').is_on("a") is is_on
    assert feature_flags(f'{{"values": {{"a": {flag}}}}}').is_on("a") is is_on


@pytest.mark.parametrize(
    ("flag", "is_on"),
    [
        ('{"enabled": "false"}', False),
        (r'{"enabled": "f\u0061lse"}', False),
        ('{"enabled": "true"}', True),
        ('{"enabled": "False"}', True),
        ('{"enabled": 0}', True),
        ("{}", True),
        ('{"_variants": [{"enabled": false}, {"enabled": true}]}', True),
        ('{"_variants": [{"enabled": false}, {"name": "x"}]}', True),
        ('{"_variants": [{"enabled": false}, {"enabled": "false"}]}', False),
    ],
)
def test_a_feature_flag_is_off_by_the_word_false_in_all_variants(flag: str, is_on: bool) -> None:
    assert feature_flags(f'{{"values": {{"a": {flag}}}}}').is_on("a") is is_on


def test_a_feature_flag_that_is_off_by_a_text_stays_as_it_is_written() -> None:
    text = r'{"values": {"a": {"enabled": "f\u0061lse"}}}'

    assert off(feature_flags(text)) == text


@pytest.mark.parametrize("values", ["", ', "values": {}', ', "values": {"b": {"enabled": true}}'])
def test_a_feature_flag_that_is_defined_without_a_value_is_off(values: str) -> None:
    text = f'{{"version": "1", "flags": {{"a": {{"name": "A"}}}}{values}}}'
    document = feature_flags(text)

    assert not document.is_on("a")
    assert document.policy("a") == "auto"
    assert not document.may_be_swept("a")
    assert off(document) == text


def test_a_large_document_changes_in_its_flag_alone() -> None:
    def flag(number: int, enabled: str, percentage: str) -> str:
        text = r"\u00fc ü " * 8
        return (
            f'"flag-{number}": {{"enabled": {enabled}, "rolloutPercentage": {percentage}, '
            f'"metadata": 0, "text": "{text}"}}'
        )

    flags = [flag(number, "true", "1.0") for number in range(12_000)]
    changed = [*flags[:6_000], flag(6_000, "false", "0"), *flags[6_001:]]
    before, after = (f'{{"flags": {{\n{",".join(each)}}}}}' for each in (flags, changed))

    assert len(before.encode()) > 1_500_000
    assert freeform(before).turned_off({"flag-6000": WHY}, NOW) == after.encode()


@pytest.mark.parametrize(
    ("flag", "owner", "ticket"),
    [
        ('{"enabled": true, "metadata": {"owner": "web", "ticket": "A-1"}}', "web", "A-1"),
        ('{"enabled": true, "owner": "web", "issue": "A-1"}', "web", "A-1"),
        ('{"enabled": true, "team": "web", "jira": "A-1"}', "web", "A-1"),
        ('{"enabled": true}', None, None),
    ],
)
def test_who_owns_a_flag_and_why_it_is_there_is_read_under_the_usual_words(
    flag: str, owner: str | None, ticket: str | None
) -> None:
    document = freeform(f'{{"flags": {{"a": {flag}}}}}')

    assert (document.owner("a"), document.ticket("a")) == (owner, ticket)
