"""What is checked without a server: lint, format, types, walls between rooms, migrations, templates, deployment."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

from launch.console import say
from launch.folders import PYTHON, ROOT

# Values that let settings load; nothing connects with them.
NOWHERE = {
    "RUNTIME_DATABASE_URL": "postgresql://vigil_runtime@127.0.0.1:1/vigil",
    "UNBLINDED_DATABASE_URL": "postgresql://vigil_unblinded@127.0.0.1:1/vigil",
    "OWNER_DATABASE_URL": "",
    "VIGIL_SECRET_KEY": "check-only-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "VIGIL_IDENTITY_KEY": "Y2hlY2stb25seS1jaGVjay1vbmx5LWNoZWNrLW9ubHk=",
    "VIGIL_ALLOCATION_KEY": "YWxzby1jaGVjay1vbmx5LWNoZWNrLW9ubHktY2hlY2s=",
    "VIGIL_BASE_URL": "https://vigil.example.org",
    "VIGIL_ALLOWED_HOSTS": "vigil.example.org",
    "DJANGO_SETTINGS_MODULE": "config.settings",
    # makemigrations asks the database for its history and only warns when there is none.
    "PYTHONWARNINGS": "ignore",
}
BIN = PYTHON.parent
# What it is called, the command, and the environment it is run in.
Check = tuple[str, list[str], str]
CHECKS: tuple[Check, ...] = (
    ("lint", ["ruff", "check", "."], "test"),
    ("format", ["ruff", "format", "--check", "."], "test"),
    ("types", ["mypy"], "test"),
    ("walls between rooms", ["lint-imports", "--no-logo", "--no-cache"], "test"),
    ("missing migrations", ["python", "manage.py", "makemigrations", "--check", "--dry-run"], "test"),
    ("templates", ["python", "manage.py", "check_templates"], "test"),
    ("deployment", ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"], "production"),
)


def run_all() -> int:
    """Runs all checks at once, prints one line for each, and what a failed one said; returns 1 if any failed."""
    failed = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for (name, _command, _environment), done in zip(CHECKS, pool.map(_run, CHECKS), strict=True):
            passed = done.returncode == 0
            failed += not passed
            say(f"  {'ok    ' if passed else 'FAILED'}  {name}")
            if not passed:
                say(f"{done.stdout[-6000:]}{done.stderr[-3000:]}")
    return 1 if failed else 0


def _run(check: Check) -> "subprocess.CompletedProcess[str]":
    _name, command, environment = check
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env=os.environ | NOWHERE | {"VIGIL_ENVIRONMENT": environment},
        capture_output=True,
        text=True,
        check=False,
    )
