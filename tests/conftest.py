"""Settings of every test: generated examples are the same on every machine.

`make test-fast` tries 200 examples of each rule, `make test` 1,000 and `make documents` 10,000.
"""

from hypothesis import settings

for name, examples in {"fast": 200, "full": 1_000, "long": 10_000}.items():
    settings.register_profile(name, max_examples=examples, deadline=None, derandomize=True)
settings.load_profile("fast")
