"""Settings of every test: generated examples are the same on every machine."""

from hypothesis import settings

settings.register_profile("repeatable", max_examples=200, deadline=None, derandomize=True)
settings.load_profile("repeatable")
