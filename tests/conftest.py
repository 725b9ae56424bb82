"""Settings of every test: the same on every machine, whatever its user has set."""

import os

from hypothesis import settings

settings.register_profile("repeatable", max_examples=200, deadline=None, derandomize=True)
settings.load_profile("repeatable")

# Nothing of this user's AWS settings reaches a test, or a program that a test starts. Boto3 reads
# them when a client is made, which some modules do at import; so no fixture would be early enough.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
