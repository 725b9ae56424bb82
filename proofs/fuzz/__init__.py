"""Bytes that nobody meant: what reads others' input takes them, or refuses them by name."""
