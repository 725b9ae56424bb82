"""Input that is made to harm: what docs/threats.md says of it is held here."""
