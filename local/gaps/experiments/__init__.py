"""AppConfig's experiments, which MiniStack does not know: the API, what clients get, permissions.

AppConfig user guide, "AWS AppConfig experimentation". An experiment definition names a flag and the
values that its control and its treatments give it; while a run of it is RUNNING, the experiment
controls the flag, whatever is deployed.
"""

from __future__ import annotations

from local.gaps.experiments import clients, operations, permissions

GAPS = [*operations.GAPS, *clients.GAPS, *permissions.GAPS]
