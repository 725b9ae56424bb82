"""What must come of each document: the table that the domain and the workflow are held to."""

from __future__ import annotations

import json

from appconfig_rollback.errors import (
    BooleanFeatureRequiredError,
    FeatureFlagsProfileRequiredError,
    FlagNotFoundError,
    FlagsAtRequiredError,
    RollbackError,
    SwitchRequiredError,
    UnreadableDocumentError,
)
from tests.domain.documents import WHEN, WHY

#: By document, flag and FlagsAt: where the flag is, and all that differs once it is off.
SERVED = {
    ("workshop.json", "one-page-order", ""): (
        "the workshop's shape at flags.one-page-order",
        {
            "version": '"2026.3.2.1705"',
            "lastUpdated": f'"{WHEN}"',
            "flags.one-page-order.enabled": "false",
            "flags.one-page-order.rolloutPercentage": "0",
            "flags.one-page-order.metadata.lastRollback": f'"{WHEN}"',
            "flags.one-page-order.metadata.rollbackReason": json.dumps(WHY, ensure_ascii=False),
        },
    ),
    ("booleans_at_the_top.json", "newSearchEnabled", ""): (
        "a plain boolean at newSearchEnabled",
        {"newSearchEnabled": "false"},
    ),
    ("booleans_in_a_container.json", "instantRefund", ""): (
        "a plain boolean at featureFlags.instantRefund",
        {"featureFlags.instantRefund": "false"},
    ),
    ("enabled_at_the_top.json", "wishlist", ""): (
        "an object with `enabled` at wishlist",
        {"wishlist.enabled": "false"},
    ),
    ("enabled_at_the_top.json", "oldFooter", ""): (
        "a plain boolean at oldFooter",
        {"oldFooter": "false"},
    ),
    ("enabled_by_country.json", "invoice", "AT"): (
        "an object with `enabled` at AT.invoice",
        {"AT.invoice.enabled": "false"},
    ),
    ("powertools.json", "free_shipping", ""): (
        "a Powertools feature at free_shipping",
        {
            "free_shipping.rules.members only.when_match": "false",
            "free_shipping.rules.the north.when_match": "false",
        },
    ),
    ("powertools.json", "gift_notes", ""): (
        "a Powertools feature at gift_notes",
        {"gift_notes.default": "false"},
    ),
    ("powertools_in_an_envelope.json", "gift_notes", ""): (
        "a Powertools feature at features.gift_notes",
        {"features.gift_notes.default": "false"},
    ),
    ("flagd.json", "quick-tour", ""): (
        "an OpenFeature (flagd) flag at flags.quick-tour",
        {"flags.quick-tour.state": '"DISABLED"'},
    ),
    ("list.json", "Voice", ""): ("an item of a list at [0]", {"[0].enabled": "false"}),
    ("list_in_a_container.json", "routes-v5", ""): (
        "an item of a list at features[0]",
        {"features[0].enabled": "false"},
    ),
    ("list_in_a_container.json", "Old routes", ""): (
        "an item of a list at features[1]",
        {"features[1].enabled": "false"},
    ),
    ("feature_flags_text_false.json", "can_return", ""): (
        "an AppConfig feature flag at values.can_return",
        {"values.can_return.enabled": '"false"'},
    ),
    ("twice.json", "wide-rows", "toggles"): (
        "an object with `enabled` at toggles.wide-rows",
        {"toggles.wide-rows.enabled": "false"},
    ),
}
ALREADY_OFF = [
    ("flagd.json", "old-tour"),
    ("list.json", "Video"),
    ("feature_flags_text_false.json", "can_pay"),
    ("feature_flags_without_values.json", "someday"),
]
REFUSED: list[tuple[str, str, type[RollbackError], str]] = [
    ("enabled_by_country.json", "invoice", FlagNotFoundError, "FlagsAt"),
    ("powertools_not_boolean.json", "badges", BooleanFeatureRequiredError, "boolean feature"),
    ("twice.json", "wide-rows", FlagsAtRequiredError, "at features.wide-rows and at toggles."),
    ("twice.json", "wide-rows", FlagsAtRequiredError, "FlagsAt"),
    ("no_switch.json", "grid", SwitchRequiredError, '"narrow" at grid'),
    ("no_switch.json", "grid", SwitchRequiredError, '{"rows": 4, "theme": "light"} at flags.grid'),
    (
        "feature_flags_in_a_freeform_profile.json",
        "banner",
        FeatureFlagsProfileRequiredError,
        "Set the profile's type",
    ),
    ("flags.yaml", "ticker", UnreadableDocumentError, "YAML and text are not served"),
]
