"""CloudFormation acts with the permissions of who deploys."""

from __future__ import annotations

from local.gaps.provisioning import asking

GAPS = asking.GAPS
