"""A document that cannot be edited is refused by name, with what was expected, came, and where."""

import json
import re

import pytest

from appconfig_rollback.errors import FlagNotFoundError, RollbackError, UnreadableDocumentError
from appconfig_rollback.flag_document import FlagDocument
from tests.domain.documents import FREEFORM, NOW, WHY, feature_flags, freeform


@pytest.mark.parametrize(
    ("document", "error", "message"),
    [
        pytest.param(
            FlagDocument(b"flags:\n  a:\n    enabled: true\n", "application/x-yaml", FREEFORM),
            UnreadableDocumentError,
            "expected JSON; the document (content type application/x-yaml) is none: "
            "Expecting value: line 1 column 1 (char 0)",
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
            freeform('["flags", "a"]'),
            UnreadableDocumentError,
            "expected a JSON object; the document (content type application/json) is "
            """'["flags", "a"]'""",
            id="a list",
        ),
        pytest.param(
            freeform('{"features": {"a": {"enabled": true}}, "version": "1"}'),
            UnreadableDocumentError,
            "expected an object 'flags' at the top of a document of type AWS.Freeform; "
            "got the keys 'features', 'version'",
            id="no flags",
        ),
        pytest.param(
            freeform('{"flags": ["a"]}'),
            UnreadableDocumentError,
            "expected an object 'flags' at the top",
            id="flags are a list",
        ),
        pytest.param(
            freeform("{}"), UnreadableDocumentError, "got the keys none", id="empty document"
        ),
        pytest.param(
            feature_flags('{"version": "1", "flags": {"a": {"name": "A"}}}'),
            UnreadableDocumentError,
            "expected an object 'values' at the top of a document of type "
            "AWS.AppConfig.FeatureFlags; got the keys 'version', 'flags'",
            id="feature flags without values",
        ),
        pytest.param(
            freeform('{"flags": {"b": {}, "A": {}}}'),
            FlagNotFoundError,
            "expected a flag 'a' below 'flags'; got 'b', 'A'",
            id="flag missing",
        ),
        pytest.param(
            freeform(json.dumps({"flags": {f"f{n}": {} for n in range(13)}})),
            FlagNotFoundError,
            "'f9' and 3 more",
            id="flag missing among many",
        ),
        pytest.param(
            freeform('{"flags": {"a": true}}'),
            UnreadableDocumentError,
            "expected an object at flags.a; got 'true'",
            id="the flag is no object",
        ),
    ],
)
def test_a_document_that_cannot_be_edited_is_refused_with_its_place(
    document: FlagDocument, error: type[RollbackError], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        document.is_on("a")
    with pytest.raises(error, match=re.escape(message)):
        document.turned_off("a", WHY, NOW)
