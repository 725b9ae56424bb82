"""Settings of every test: the same on every machine, whatever its user has set.

`make test-fast` tries 200 examples of each rule, `make test` 1,000 and `make documents` 10,000.
"""

from __future__ import annotations

import os

from hypothesis import settings

for profile, examples in {"fast": 200, "full": 1_000, "long": 10_000}.items():
    settings.register_profile(profile, max_examples=examples, deadline=None, derandomize=True)
settings.load_profile("fast")

# Nothing of this user's AWS settings reaches a test, or a program that a test starts. Boto3 reads
# them when a client is made, which some modules do at import; so no fixture would be early enough.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
