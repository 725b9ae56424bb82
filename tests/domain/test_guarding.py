"""Which flags an alarm guards: its series says so first, then its tags, then its name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appconfig_rollback.alarm import AlarmChange
from appconfig_rollback.errors import AlarmNameMismatchError, TooManyFlagsError
from appconfig_rollback.guarding import AlarmNames, Guarded, guarded, policy_of, tagged_flags
from appconfig_rollback.policy import Policy, strictest

NAMES = AlarmNames("FeatureFlag-", "-ErrorRate")
NAMED = AlarmChange("FeatureFlag-c-ErrorRate", "ALARM", "", None, None, None, None, None)
FOREIGN = replace(NAMED, name="disk full")
SERIES = replace(FOREIGN, contributor={"id": "1", "attributes": {"FeatureFlagName": "a"}})
OTHER_SERIES = replace(FOREIGN, contributor={"id": "1", "attributes": {"Host": "a"}})
TAGGED = {"feature-flag": "b"}


@pytest.mark.parametrize(
    ("change", "tags", "found"),
    [
        (SERIES, None, Guarded(("a",), "contributor")),
        (replace(SERIES, name=NAMED.name), TAGGED, Guarded(("a",), "contributor")),
        (NAMED, TAGGED, Guarded(("b",), "tag")),
        (FOREIGN, TAGGED, Guarded(("b",), "tag")),
        (OTHER_SERIES, TAGGED, Guarded(("b",), "tag")),
        (NAMED, None, Guarded(("c",), "name")),
        (NAMED, {}, Guarded(("c",), "name")),
        (NAMED, {"feature-flag": "  ", "team": "x"}, Guarded(("c",), "name")),
        (replace(OTHER_SERIES, name=NAMED.name), {}, Guarded(("c",), "name")),
    ],
)
def test_the_first_that_answers_says_which_flags_an_alarm_guards(
    change: AlarmChange, tags: dict[str, str] | None, found: Guarded
) -> None:
    assert guarded(change, tags, NAMES) == found


@pytest.mark.parametrize(
    ("change", "tags"),
    [
        (FOREIGN, None),
        (FOREIGN, {"team": "x"}),
        (FOREIGN, {"feature-flag-6": "a"}),
        (OTHER_SERIES, None),
        (replace(SERIES, contributor={"id": "1", "attributes": {"FeatureFlagName": ""}}), None),
    ],
)
def test_an_alarm_that_nothing_gives_a_flag_is_refused(
    change: AlarmChange, tags: dict[str, str] | None
) -> None:
    with pytest.raises(AlarmNameMismatchError, match="or one with the tag feature-flag; got"):
        guarded(change, tags, NAMES)


@pytest.mark.parametrize(
    ("tags", "flags"),
    [
        ({"feature-flag": "b a"}, ("b", "a")),
        ({"feature-flag": "  a \t b  "}, ("a", "b")),
        ({"feature-flag": "a b a"}, ("a", "b")),
        ({"feature-flag-2": "b", "feature-flag": "a b"}, ("a", "b")),
        (
            {f"feature-flag-{number}": f"f{number}" for number in range(5, 1, -1)}
            | {"feature-flag": "f1"},
            ("f1", "f2", "f3", "f4", "f5"),
        ),
        ({"feature-flag-3": "a"}, ("a",)),
        ({"feature-flag-1": "a", "feature-flag-6": "b", "Feature-Flag": "c"}, ()),
        ({"feature-flag": " "}, ()),
        ({}, ()),
    ],
)
def test_tags_name_flags_between_blanks_and_go_on_in_further_tags(
    tags: dict[str, str], flags: tuple[str, ...]
) -> None:
    assert tagged_flags(tags) == flags


@given(
    st.lists(st.sampled_from("abcdefgh"), min_size=1), st.sampled_from([" ", "  ", "\t", " \u00a0"])
)
def test_however_tags_are_filled_each_flag_is_named_once(names: list[str], blank: str) -> None:
    tags = {"feature-flag": blank.join(names), "feature-flag-2": blank.join(reversed(names))}

    assert tagged_flags(tags) == tuple(dict.fromkeys(names))


def test_more_flags_than_one_deployment_is_to_turn_off_are_refused() -> None:
    def tags(count: int) -> dict[str, str]:
        names = [f"flag-{number}" for number in range(count)]
        return {"feature-flag": " ".join(names[:30]), "feature-flag-2": " ".join(names[30:])}

    assert len(guarded(FOREIGN, tags(50), NAMES).flags) == 50
    with pytest.raises(
        TooManyFlagsError,
        match="at most 50 flags in the tags feature-flag to feature-flag-5 of alarm 'disk full'; "
        "got 51",
    ):
        guarded(FOREIGN, tags(51), NAMES)
    repeated = {"feature-flag": " ".join(["a"] * 51)}
    assert guarded(FOREIGN, repeated, NAMES).flags == ("a",)


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("auto", "auto"),
        ("notify", "notify"),
        ("off", "off"),
        (" off ", "off"),
        ("", "auto"),
        ("Off", "auto"),
        ("offf", "auto"),
    ],
)
def test_an_alarm_says_by_its_tag_what_may_be_done(text: str, policy: Policy) -> None:
    assert policy_of({"feature-flag-rollback": text, "rollback": "off"}) == policy
    assert policy_of({}) == "auto"


@pytest.mark.parametrize(
    ("said", "policy"),
    [
        (["auto", "notify", "off"], "off"),
        (["notify", "auto"], "notify"),
        (["auto", None, "nonsense"], "auto"),
        ([], "auto"),
    ],
)
def test_the_strictest_of_several_policies_counts(said: list[str | None], policy: Policy) -> None:
    assert strictest(said) == policy
