"""`make permissions`: what fails without each permission of the template, and what people call.

For every permission, the workflow test that should need it runs against a stack that lacks it
(the environment variable WITHOUT), and all workflow tests if that one does not mind. A permission
counts as noticed if a test fails that passes with it, and IAM denied the action in that run.

Then the tests of people's policies run, and tell what was called. All of it is
docs/proof/permissions.md; for some permissions alone nothing is written.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from local.cloud import REPOSITORY
from local.stack import TEMPLATE
from local.template_permissions import Permission, permissions
from proofs.permissions.calls import FOLDER, kept
from proofs.permissions.noticed_by import NOTICED_BY
from proofs.permissions.report import WORKFLOW, Seen, page, rows

#: What holds the policies of people against what they call.
_PEOPLE = ("tests/deploying/test_policy.py", "tests/operators/test_policies.py")
_PAGE = REPOSITORY / "docs" / "proof" / "permissions.md"
_LONGEST_SECONDS = 900
_FAILED_TEST = re.compile(r"^(?:FAILED|ERROR) (tests/\S+?::.+?)(?: - .*)?$", re.MULTILINE)
_ERROR = re.compile(r"^E +(\S.*)$", re.MULTILINE)
#: Lines of pytest that say less than another one, if there is one.
_SAY_LITTLE = ("assert ", "Omitting ")


def main() -> int:
    """Look at each permission; 1 if nothing notices that one is gone."""
    parser = argparse.ArgumentParser(prog="make permissions", description=__doc__)
    parser.add_argument("only", nargs="*", help="Resource:service:Action; all by default")
    parser.add_argument("--processes", type=int, default=2, help="runs at a time (2)")
    arguments = parser.parse_args()
    granted = permissions(yaml_parse(TEMPLATE.read_text("utf-8")))
    asked = [Permission.parse(text) for text in arguments.only] or granted
    if unknown := sorted(map(str, set(asked) - set(granted))):
        parser.error(f"the template does not grant {', '.join(unknown)}")
    began = time.monotonic()
    tests = sorted({NOTICED_BY[each] for each in asked if each in NOTICED_BY})
    print(f"With all permissions: {len(tests)} tests ...", flush=True)
    whole = _pytest([*tests, "-n", str(arguments.processes)])
    if whole.returncode != 0:
        print(whole.stdout)
        print("These tests fail with all permissions, so they can show nothing.")
        return 1
    print(f"Without each of {len(asked)} permissions: one test each ...", flush=True)
    with ThreadPoolExecutor(arguments.processes) as pool:
        seen = dict(zip(asked, pool.map(_look, asked), strict=True))
    for line in rows(seen):
        print(line)
    unnoticed = [str(permission) for permission, each in seen.items() if not each.noticed]
    print(
        f"{len(seen) - len(unnoticed)} of {len(seen)} permissions are needed by a test; "
        f"{time.monotonic() - began:.0f} s"
    )
    for permission in unnoticed:
        print(f"Nothing notices that {permission} is gone: remove it, or test it.")
    if unnoticed or arguments.only:
        return 1 if unnoticed else 0
    with tempfile.TemporaryDirectory() as folder:
        print("Under the policies of people ...", flush=True)
        people = _pytest([*_PEOPLE, "-n", str(arguments.processes)], calls=folder)
        if people.returncode != 0:
            print(people.stdout)
            return 1
        _PAGE.write_text(page(seen, kept(Path(folder)), time.monotonic() - began), "utf-8")
    print(f"Written: {_PAGE.relative_to(REPOSITORY)}")
    return 0


def _look(permission: Permission) -> Seen:
    """Run the test that should mind, and if it does not, all of them."""
    test = NOTICED_BY.get(permission)
    if test and (seen := _seen(permission, [test])).noticed:
        return seen
    return _seen(permission, [WORKFLOW])


def _seen(permission: Permission, tests: list[str]) -> Seen:
    done = _pytest([*tests, "-x"], lacking=permission)
    failed = _FAILED_TEST.search(done.stdout)
    errors = _ERROR.findall(done.stdout)
    # A stack that fails says in the second line which resource failed, and why.
    words = next((words for words in errors if "HandlerErrorCode" in words), None)
    errors.sort(key=lambda words: words.startswith(_SAY_LITTLE))
    denied = re.search(
        rf"{re.escape(_whom(permission))}\S* {re.escape(permission.action)}$",
        done.stdout,
        re.MULTILINE,
    )
    return Seen(
        failed[1] if failed and done.returncode == 1 else None,
        words or (errors[0] if errors else ""),
        denied is not None,
    )


def _whom(permission: Permission) -> str:
    """How IAM's denial names who lacks it: by the role of a function or machine, or a service."""
    if permission.resource.endswith("Policy"):
        return "events.amazonaws.com:"
    return f"-{permission.resource}Role"


def _pytest(
    arguments: list[str], *, lacking: Permission | None = None, calls: str = ""
) -> subprocess.CompletedProcess[str]:
    ours = ("WITHOUT", FOLDER)
    environment = {key: value for key, value in os.environ.items() if key not in ours}
    if calls:
        environment[FOLDER] = calls
    if lacking:
        environment["WITHOUT"] = str(lacking)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_LONGEST_SECONDS,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main())
