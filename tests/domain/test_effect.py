"""The first words of a notice: what users see, of which flags, and where."""

from __future__ import annotations

import pytest

from appconfig_rollback.notices.effect import BECAUSE, Effect, Headline


def _of(effect: Effect, *flags: str, of: int = 0, drill: bool = False) -> Headline:
    because = BECAUSE["rolled_back"]
    return Headline(effect, flags, of or len(flags), "shop", "rolled back", because, drill)


@pytest.mark.parametrize(
    ("headline", "subject", "sentence"),
    [
        (
            _of("OFF", "a"),
            "OFF shop a: rolled back",
            '"a" is OFF in shop: it was rolled back.',
        ),
        (
            _of("OFF", "a", "b"),
            "OFF shop 2 flags: rolled back (a, b)",
            '"a", "b" are OFF in shop: they were rolled back.',
        ),
        (
            _of("ON", "a", of=3),
            "ON shop 1 of 3 flags: rolled back (a)",
            '"a" is still ON in shop: it was rolled back.',
        ),
        (
            _of("ON", "a", "b"),
            "ON shop 2 flags: rolled back (a, b)",
            '"a", "b" are still ON in shop: they were rolled back.',
        ),
        (
            _of("?", drill=True),
            "? DRILL shop a flag: rolled back",
            "This was a drill. Users may still get a flag in shop: it was rolled back.",
        ),
    ],
    ids=lambda value: value.subject if isinstance(value, Headline) else "",
)
def test_it_says_of_which_flags_what_users_see(
    headline: Headline, subject: str, sentence: str
) -> None:
    assert (headline.subject, headline.sentence) == (subject, sentence)
