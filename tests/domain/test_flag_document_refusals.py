"""A document that cannot be edited is refused by name, with what was expected, came, and where."""

from __future__ import annotations

import json
import re

import pytest

from appconfig_rollback.errors import (
    BooleanFeatureRequiredError,
    FeatureFlagsProfileRequiredError,
    FlagNotFoundError,
    FlagsAtRequiredError,
    RollbackError,
    SwitchRequiredError,
    UnreadableDocumentError,
)
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.shapes.known import SHAPES
from tests.domain.documents import FREEFORM, NOW, WHY, feature_flags, freeform


def _nested(deep: int) -> str:
    """Flag `a`, so many keys below the top."""
    return f'{{"k": {_nested(deep - 1)}}}' if deep else '{"a": true}'


@pytest.mark.parametrize(
    ("document", "error", "message"),
    [
        pytest.param(
            FlagDocument(b"flags:\n  a:\n    enabled: true\n", "application/x-yaml", FREEFORM),
            UnreadableDocumentError,
            "expected JSON; the document (content type application/x-yaml) is none: "
            "Expecting value: line 1 column 1 (char 0). YAML and text are not served: store the "
            "flags as JSON",
            id="YAML",
        ),
        pytest.param(
            FlagDocument(b"hello", "text/plain", FREEFORM),
            UnreadableDocumentError,
            "expected JSON; the document (content type text/plain) is none: Expecting value",
            id="text",
        ),
        pytest.param(
            freeform('{"flags": {\n "a": {"enabled": true'),
            UnreadableDocumentError,
            "expected JSON; the document (content type application/json) is none: "
            "Expecting ',' delimiter: line 2 column 23",
            id="truncated",
        ),
        pytest.param(
            freeform(""), UnreadableDocumentError, "Expecting value: line 1 column 1", id="empty"
        ),
        pytest.param(
            FlagDocument('{"flags": "ü"}'.encode("latin-1"), "application/json", FREEFORM),
            UnreadableDocumentError,
            "expected JSON in UTF-8; the document (content type application/json) has a byte that "
            "is not UTF-8 at 11",
            id="not UTF-8",
        ),
        pytest.param(
            FlagDocument('{"flags": {}}'.encode("utf-16"), "application/json", FREEFORM),
            UnreadableDocumentError,
            "is not UTF-8 at 0",
            id="UTF-16",
        ),
        pytest.param(
            freeform('"flags"'),
            UnreadableDocumentError,
            "expected a JSON object or list; the document (content type application/json) is "
            """'"flags"'""",
            id="a text in JSON",
        ),
        pytest.param(
            feature_flags("[]"),
            UnreadableDocumentError,
            "expected a JSON object; the document (content type application/json) is '[]'",
            id="feature flags in a list",
        ),
        pytest.param(
            feature_flags('{"version": "1", "features": {"a": true}}'),
            UnreadableDocumentError,
            "expected an object 'values' at the top of a document of type "
            "AWS.AppConfig.FeatureFlags; got the keys 'version', 'features'",
            id="feature flags without values and definitions",
        ),
        pytest.param(
            feature_flags('{"values": ["a"]}'),
            UnreadableDocumentError,
            "expected an object 'values' at the top",
            id="values are a list",
        ),
        pytest.param(
            feature_flags('{"values": {"a": true}}'),
            UnreadableDocumentError,
            "expected an object at values.a; got 'true'",
            id="a feature flag that is no object",
        ),
        pytest.param(
            feature_flags('{"flags": {"b": {}}, "values": {"c": {}, "A": {}}}'),
            FlagNotFoundError,
            "expected a flag 'a' below 'values' or 'flags'; got 'c', 'A', 'b'",
            id="feature flag missing",
        ),
        pytest.param(
            freeform('["flags", "a"]'), FlagNotFoundError, "got none", id="a list of texts"
        ),
        pytest.param(
            freeform('{"limits": {"b": 1}, "version": "1"}'),
            FlagNotFoundError,
            "expected a flag 'a' below 'flags', 'features', 'featureFlags', 'feature_flags', "
            "'toggles', or at the top; got none, and the keys at the top are 'limits', 'version'. "
            "If it is elsewhere in the document, set the stack's parameter FlagsAt (a path of "
            "keys, such as DE or config.features)",
            id="no flags",
        ),
        pytest.param(
            freeform("{}"), FlagNotFoundError, "the keys at the top are none", id="empty document"
        ),
        pytest.param(
            freeform('{"flags": {"b": {"enabled": true}, "A": true, "c": 7}}'),
            FlagNotFoundError,
            "or at the top; got 'b', 'A'. If it is elsewhere",
            id="flag missing",
        ),
        pytest.param(
            freeform(json.dumps({"flags": {f"f{n}": True for n in range(13)}})),
            FlagNotFoundError,
            "'f9' and 3 more",
            id="flag missing among many",
        ),
        pytest.param(
            freeform(
                '{"DE": {"a": true}, "x": {"y": {"b": 1, "a": {"enabled": true}}}, "z": ["a"]}'
            ),
            FlagNotFoundError,
            "It is below 'DE', 'x.y': set the stack's parameter FlagsAt (a path of keys, such as "
            "DE or config.features) to the one that clients read",
            id="the flag is deeper",
        ),
        pytest.param(
            freeform('{"config": {"features": [{"name": "a", "enabled": true}]}}'),
            FlagNotFoundError,
            "It is below 'config.features'",
            id="the flag is in a list that is deeper",
        ),
        pytest.param(
            freeform('{"a": true, "features": {"a": true}, "limits": {"b": true}}', "limits"),
            FlagNotFoundError,
            "expected a flag 'a' below 'limits' (the stack's parameter FlagsAt); got 'b'. It is "
            "below '.', 'features'",
            id="FlagsAt decides alone",
        ),
        pytest.param(
            freeform('{"features": {"a": true}}', "feature"),
            FlagNotFoundError,
            "got none, and the keys at the top are 'features'. It is below 'features'",
            id="FlagsAt leads nowhere",
        ),
        pytest.param(
            freeform('{"DE": [{"name": "x", "flags": {"a": true}}]}'),
            FlagNotFoundError,
            ". If it is elsewhere in the document, set",
            id="FlagsAt cannot lead into an item of a list",
        ),
        pytest.param(
            freeform(_nested(20)),
            FlagNotFoundError,
            f"It is below '{'.'.join(['k'] * 20)}'",
            id="as deep as FlagsAt leads",
        ),
        pytest.param(
            freeform(_nested(21)),
            FlagNotFoundError,
            ". If it is elsewhere in the document, set",
            id="deeper than FlagsAt leads",
        ),
        pytest.param(
            freeform('{"a": 7}', "."),
            SwitchRequiredError,
            "got 7 at a, where none is",
            id="no switch at the top",
        ),
        pytest.param(
            freeform('{"flags": {"a": 1}, "features": {"a": 2}, "toggles": {"a": 3}, "a": 4}'),
            SwitchRequiredError,
            "got 1 at flags.a and 2 at features.a and 3 at toggles.a, where none is",
            id="no switch in four places, of which three are told",
        ),
        pytest.param(
            freeform('{"features": {"a": true}}', "features.a"),
            FlagNotFoundError,
            "expected a flag 'a' below 'features.a'",
            id="FlagsAt leads to the flag itself",
        ),
        pytest.param(
            freeform('{"features": {"a": true}}', "."),
            FlagNotFoundError,
            "expected a flag 'a' at the top (the stack's parameter FlagsAt); got none",
            id="FlagsAt is the top",
        ),
        pytest.param(
            freeform('{"a": "wide", "flags": {"a": {"columns": 3,\n "theme": "dark"}}}'),
            SwitchRequiredError,
            "expected a switch under the name 'a'; got \"wide\" at a and "
            '{"columns": 3, "theme": "dark"} at flags.a, where none is. A switch is: '
            f"{'; '.join(shape.recognised_by for shape in SHAPES)}. No switch is ever added to a "
            "freeform document",
            id="no switch",
        ),
        pytest.param(
            freeform('{"flags": {"a": {"enabled": "true"}}}'),
            SwitchRequiredError,
            'got {"enabled": "true"} at flags.a',
            id="a text is no switch",
        ),
        pytest.param(
            freeform('[{"name": "a", "on": true}]'),
            SwitchRequiredError,
            'got {"name": "a", "on": true} at [0]',
            id="an item without a switch",
        ),
        pytest.param(
            freeform('{"a": "wide", "DE": {"a": true}}'),
            SwitchRequiredError,
            "No switch is ever added to a freeform document. It is below 'DE': set the stack's",
            id="a switch is deeper",
        ),
        pytest.param(
            freeform('{"features": {"a": true, "a": "beta"}}'),
            SwitchRequiredError,
            'got true at features.a and "beta" at features.a, where none is. A switch is: ',
            id="a key that appears twice, once without a switch",
        ),
        pytest.param(
            freeform('{"a": {"default": [], "boolean_type": false}}'),
            BooleanFeatureRequiredError,
            "expected a boolean feature 'a'; a has `boolean_type` false",
            id="Powertools, not boolean",
        ),
        pytest.param(
            freeform('{"a": {"default": true, "boolean_type": false}}'),
            BooleanFeatureRequiredError,
            "expected a boolean feature 'a'",
            id="Powertools, said not to be boolean",
        ),
        pytest.param(
            freeform('{"features": {"a": true}, "toggles": {"a": {"enabled": false}}, "a": 1}'),
            FlagsAtRequiredError,
            "expected one place for flag 'a'; it has a switch at features.a and at toggles.a. "
            "Set the stack's parameter FlagsAt (a path of keys, such as DE or config.features) "
            "to what holds the one that clients read (. for the top)",
            id="two places",
        ),
        pytest.param(
            freeform('{"a": true, "flags": {"a": true}}'),
            FlagsAtRequiredError,
            "a switch at a and at flags.a",
            id="the top and flags",
        ),
        pytest.param(
            freeform('[{"name": "a", "enabled": true}, {"id": "a", "enabled": true}]'),
            FlagsAtRequiredError,
            "a switch at [0] and at [1]. Set",
            id="two items of one list",
        ),
        pytest.param(
            freeform('{"flags": {"a": {"name": "a"}}, "values": {"a": {"enabled": false}}}'),
            FeatureFlagsProfileRequiredError,
            "expected a freeform document; flag 'a' is defined at flags.a and has its switch at "
            "values.a, as in a profile of type AWS.AppConfig.FeatureFlags. Set the profile's type",
            id="feature flags in a freeform profile",
        ),
        pytest.param(
            freeform(
                '{"flags": {"a": {}}, "values": {"a": {"_variants": [{"enabled": true}]}}, '
                '"a": true}'
            ),
            FeatureFlagsProfileRequiredError,
            "has its switch at values.a",
            id="feature flags with variants in a freeform profile",
        ),
    ],
)
def test_a_document_that_cannot_be_edited_is_refused_with_its_place(
    document: FlagDocument, error: type[RollbackError], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)) as raised:
        document.is_on("a")
    assert type(raised.value) is error
    assert len(str(raised.value)) < 1000  # what a notice shows of it
    assert not document.may_be_swept("a")
    with pytest.raises(error, match=re.escape(message)):
        document.turned_off({"a": WHY}, NOW)


@pytest.mark.parametrize(
    ("length", "shown"),
    [(50, f'got ["{"x" * 50}"] at flags.a'), (57, f'got ["{"x" * 55}... at flags.a')],
)
def test_what_stands_in_place_of_a_switch_is_cut_where_it_is_long(length: int, shown: str) -> None:
    with pytest.raises(SwitchRequiredError) as raised:
        freeform(f'{{"flags": {{"a": ["{"x" * length}"]}}}}').is_on("a")

    assert shown in str(raised.value)


@pytest.mark.parametrize(
    ("many", "more"), [(10, "'flag-9'. "), (11, "'flag-9' and 1 more. "), (0, "got none, and ")]
)
def test_ten_names_are_listed_and_how_many_more(many: int, more: str) -> None:
    flags = ", ".join(f'"flag-{number}": {{"enabled": true}}' for number in range(many))

    with pytest.raises(FlagNotFoundError) as raised:
        freeform(f'{{"flags": {{{flags}}}}}').is_on("a")

    assert more in str(raised.value)
