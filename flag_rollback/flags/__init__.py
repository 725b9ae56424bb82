"""Flags in AppConfig: where they stand, what changed, and how a person turns one back on."""
