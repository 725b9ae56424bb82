"""Single values of a JSON text are found and replaced; all else stays as it is written."""

from __future__ import annotations

import pytest

from appconfig_rollback import json_text


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "line 1 column 1"),
        ("flags:\n  a: {enabled: true}\n", "line 1 column 1"),
        ('{"flags": {"a": {"enabled": tr', "line 1 column 29"),
        ('{"flags": {}} {}', "Extra data: line 1 column 14"),
        ('{"a": 1,}', "line 1 column 9"),
        ("{'a': 1}", "line 1 column 2"),
        ('{"a": 01}', "line 1 column 8"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": [-Infinity]}', "-Infinity is not JSON"),
        ('{"a": "b\nc"}', "line 1 column 9"),
        (r'{"a": "\x"}', "line 1 column 8"),
        ('// a comment\n{"a": 1}', "line 1 column 1"),
        ("\ufeff\ufeff{}", "line 1 column 2"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(text: str, where: str) -> None:
    with pytest.raises(ValueError, match=where):
        json_text.read(text)


@pytest.mark.parametrize("opening", ["[", '{"a": '])
def test_a_text_may_be_as_deep_as_it_says_and_no_deeper(opening: str) -> None:
    closing, deepest = "]" if opening == "[" else "}", json_text.DEEPEST

    json_text.read(opening * deepest + "1" + closing * deepest)
    with pytest.raises(ValueError, match=f"more than {deepest} deep"):
        json_text.read(opening * (deepest + 1) + "1" + closing * (deepest + 1))


def test_what_stands_side_by_side_is_not_deep() -> None:
    many = json_text.DEEPEST + 1

    assert json_text.read(f"[{', '.join(['[1]'] * many)}]")
    assert json_text.read(f"[{', '.join(['{}', '[[1]]'] * many)}]")
    with pytest.raises(ValueError, match="nested too deeply"):
        json_text.read("[[], " * many + "1" + "]" * many)


@pytest.mark.parametrize("text", ["1e400", "1" * 5000, "-0.0", '"\\ud800"', "[1.0, 1.00]", "null"])
def test_every_json_value_is_read_as_it_is_written(text: str) -> None:
    assert json_text.read(f"\r\n {text}\t").text == text


def test_members_are_given_in_order_with_their_unescaped_keys() -> None:
    root = json_text.read('{ "b" : [1 , 2],"\\u0061":{"c":1.0}, "b":null }')

    assert [(member.key, member.value.text) for member in root.members()] == [
        ("b", "[1 , 2]"),
        ("a", '{"c":1.0}'),
        ("b", "null"),
    ]


def test_a_key_that_stands_twice_is_found_twice() -> None:
    root = json_text.read('{"a": 1, "b": 2, "a": 3}')

    assert [value.text for value in root.named("a")] == ["1", "3"]


@pytest.mark.parametrize("text", ["[]", "[ ]", "{}", '"[1]"', "7"])
def test_what_has_no_items_gives_none(text: str) -> None:
    assert list(json_text.read(text).items()) == []


def test_items_are_given_in_order() -> None:
    items = json_text.read('[ {"a":[]} ,"]" , -1.50 ]').items()

    assert [item.text for item in items] == ['{"a":[]}', '"]"', "-1.50"]


@pytest.mark.parametrize("text", ["[]", '"{}"', "{}", "{ \n}"])
def test_what_has_no_members_gives_none(text: str) -> None:
    assert list(json_text.read(text).members()) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", '{"n": true}'),
        ("{ \n }", '{"n": true}'),
        ('{"a":1}', '{"a":1,"n":true}'),
        ('{"a": 1}', '{"a": 1, "n": true}'),
        ('{ "a" : 1 }', '{ "a" : 1, "n" : true }'),
        ('{\n  "a": 1\n}', '{\n  "a": 1,\n  "n": true\n}'),
        ('{\r\n\t"a":1,\r\n\t"b":2\r\n}', '{\r\n\t"a":1,\r\n\t"b":2,\r\n\t"n":true\r\n}'),
    ],
)
def test_new_members_are_laid_out_as_the_first_one(before: str, after: str) -> None:
    edit = json_text.read(before).with_members({"n": True})

    assert json_text.apply(before, [edit]) == after


def test_edits_apply_in_the_order_of_the_text_whatever_their_own_order() -> None:
    text = '{"a": 1, "b": {"c": 2}}'
    root = json_text.read(text)
    (a,), (b,) = root.named("a"), root.named("b")

    edits = [root.with_members({"d": None}), b.with_members({"e": 3}), a.replaced_by("\u00fc")]

    assert json_text.apply(text, edits) == ('{"a": "\\u00fc", "b": {"c": 2, "e": 3}, "d": null}')


def test_of_two_edits_of_the_same_characters_the_first_is_made() -> None:
    text = '{"a": 1, "b": 2}'
    root = json_text.read(text)
    (a,), (b,) = root.named("a"), root.named("b")

    edits = [a.replaced_by(True), b.replaced_by(3), a.replaced_by(False)]

    assert json_text.apply(text, edits) == '{"a": true, "b": 3}'


def test_new_members_can_be_texts_that_stay_as_they_are() -> None:
    edit = json_text.read('{"a":1}').with_texts({"n": "1.50"})

    assert json_text.apply('{"a":1}', [edit]) == '{"a":1,"n":1.50}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": 1.0, "n": 2, "b" : {"n":3}, "n": 4}', '{"a": 1.0,"b" : {"n":3}}'),
        ('{"n": 2}', "{}"),
        ("{ }", "{}"),
    ],
)
def test_members_are_left_out_and_the_others_stay_as_they_are(before: str, after: str) -> None:
    assert json_text.apply(before, [json_text.read(before).without("n", "o")]) == after


@pytest.mark.parametrize(
    ("text", "parsed", "is_boolean"),
    [
        ("true", True, True),
        ("false", False, True),
        ("1.0", "1.0", False),
        (r'"\u0061"', "a", False),
    ],
)
def test_a_value_is_parsed_and_a_number_stays_a_text(
    text: str, parsed: object, is_boolean: bool
) -> None:
    value = json_text.read(f" {text} ")

    assert value.parsed == parsed
    assert value.is_boolean is is_boolean
