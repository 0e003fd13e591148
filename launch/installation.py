"""Makes the Python environment with hash-pinned packages, and finds a browser for the tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from launch.console import Failure, say, step, tail
from launch.folders import AS_ROOT, PYTHON, ROOT, VENV, State, stamp

SERVING = ("requirements.txt", "requirements-local.txt")
DEVELOPING = (*SERVING, "requirements-dev.txt")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def install(state: State, files: tuple[str, ...]) -> None:
    """Installs the packages of the requirement files, unless they are there."""
    mark = stamp(state, "installed-" + str(len(files)), *(ROOT / name for name in files))
    if mark.fresh and PYTHON.exists():
        return
    log = state.logs / "install.log"
    with step("Python environment"):
        _make_environment(log)
    with step("Packages, each checked against its hash"):
        _install_packages(files, log)
    mark.set()


def find_browser(state: State) -> str:
    """Returns the path of a Chromium for the tests; as root it is installed when missing.

    Raises Failure when there is none: the browser's tests are never skipped.
    """
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found:
        return found
    if not AS_ROOT or not shutil.which("apt-get"):
        raise Failure("The tests need a Chromium. Install it (apt-get install chromium) and start ./run test again.")
    log = state.logs / "browser.log"
    with step("Chromium for the browser's tests"):
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]):
            _logged(command, log, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    found = shutil.which("chromium")
    if not found:
        raise Failure(f"Chromium could not be installed:\n{tail(log)}\nInstall it by hand, then start ./run test again.")
    return found


def _make_environment(log: Path) -> None:
    if PYTHON.exists():
        return
    made = _logged([sys.executable, "-m", "venv", str(VENV)], log)
    if not made:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Failure(f"{tail(log)}\nThe Python environment could not be made. On Debian: apt-get install python3-venv")


def _install_packages(files: tuple[str, ...], log: Path) -> None:
    """Installs with uv, which pip fetches first by its hash; with pip alone if that fails."""
    wanted = [part for name in files for part in ("-r", str(ROOT / name))]
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
    quick = _logged([*pip, "-r", str(ROOT / "requirements-uv.txt")], log)
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--python", str(PYTHON), "--require-hashes"]
    if quick and _logged([*uv, *wanted], log, env=_uv_environment()):
        return
    say("         the quick installer failed, trying pip")
    if not _logged([*pip, *wanted], log):
        raise Failure(f"{tail(log)}\nThe packages could not be installed. Check the network, then start again.")


def _uv_environment() -> dict[str, str]:
    environment = dict(os.environ)
    index = environment.get("PIP_INDEX_URL")
    if index and not environment.get("UV_DEFAULT_INDEX"):
        environment["UV_DEFAULT_INDEX"] = index
    return environment


def _logged(command: list[str], log: Path, env: dict[str, str] | None = None) -> bool:
    with log.open("a") as file:
        return subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, env=env, check=False).returncode == 0
