"""A feature of Powertools for AWS Lambda (its documentation, "Feature flags", schema)."""

from __future__ import annotations

from appconfig_rollback.shapes.shape import Found, Shape, Switch, switches


class PowertoolsFeature(Shape):
    """A feature is what its first matching rule says, and its default where none matches."""

    name = "a Powertools feature"
    recognised_by = "an object with a boolean `default` and no `boolean_type` false"
    off_means = "`default` false and `when_match` false in every rule"

    def switches(self, found: Found) -> list[Switch]:
        if is_not_boolean(found) or not found.has_boolean("default"):
            return []
        rules = [rule for rules in found.named("rules") for rule in rules.members()]
        return [
            *switches(found, "default"),
            *(
                Switch(f"rules.{rule.key}.when_match", rule.value, "when_match", value)
                for rule in rules
                for value in rule.value.named("when_match")
            ),
        ]


def is_not_boolean(found: Found) -> bool:
    """Return whether it is a feature whose values are something else than booleans."""
    types = found.named("boolean_type")
    return bool(found.named("default")) and any(value.text == "false" for value in types)
