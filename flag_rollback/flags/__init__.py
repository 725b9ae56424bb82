"""Flags in AppConfig: where they are, what changed, and how a person turns one back on."""
