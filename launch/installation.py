"""Makes the Python environment with hash-pinned packages, and finds a browser for the tests."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

from launch.console import Failure, say, step, tail
from launch.folders import AS_ROOT, PYTHON, ROOT, VENV, Stamp, State, wait_for_lock

SERVING = ("requirements.txt", "requirements-local.txt")
DEVELOPING = (*SERVING, "requirements-dev.txt")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def install(state: State, files: tuple[str, ...]) -> None:
    """Installs the packages of the requirement files, unless they are there."""
    log = state.logs / "install.log"
    # ./run and ./run test may start at once, and there is one environment for both.
    with wait_for_lock(State(".run").folder / "install.lock"):
        if not (PYTHON.exists() and (VENV / "bin" / "pip").exists()):
            with step("Python environment"):
                _make_environment(log)
        for mark in _missing(files):
            with step("Packages, each checked against its hash"):
                _install_packages(files, log)
            mark.set()


def find_browser(state: State) -> str:
    """Returns the path of a Chromium for the tests; as root, what is missing for it is installed.

    Raises Failure when it cannot be used: the browser's tests are never skipped.
    """
    wanted = _wanted_for_browser()
    if wanted and not (AS_ROOT and shutil.which("apt-get")):
        command = f"apt-get install {' '.join(wanted)}"
        raise Failure(f"The tests need a Chromium. On Debian: {command}. Then ./run test again.")
    log = state.logs / "browser.log"
    if wanted:
        with step("Chromium for the browser's tests"):
            _install_from_debian(wanted, log)
    found = _installed_browser()
    if not found or _wanted_for_browser():
        raise Failure(f"{tail(log)}\nChromium could not be installed. Install it by hand, then ./run test again.")
    return found


def _missing(files: tuple[str, ...]) -> list[Stamp]:
    """Returns the stamp of the packages if they must be installed; the environment with the tests has all of them."""
    stamps = [_stamp_of(DEVELOPING), _stamp_of(files)]
    return [] if any(mark.fresh for mark in stamps) else stamps[1:]


def _stamp_of(files: tuple[str, ...]) -> Stamp:
    return Stamp(VENV / f"{Path(files[-1]).stem}.stamp", *(ROOT / name for name in files))


def _make_environment(log: Path) -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    if _logged([sys.executable, "-m", "venv", str(VENV)], log):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    advice = "On Debian: apt-get install python3-venv, then start again."
    raise Failure(f"{tail(log)}\nThe Python environment could not be made. {advice}")


def _install_packages(files: tuple[str, ...], log: Path) -> None:
    """Installs with uv, which pip fetches first by its hash; with pip alone if that fails."""
    wanted = [part for name in files for part in ("-r", str(ROOT / name))]
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--python", str(PYTHON), "--require-hashes"]
    uv_is_there = _logged([*pip, "-r", str(ROOT / "requirements-uv.txt")], log)
    if uv_is_there and _logged([*uv, *wanted], log, **_index_for_uv(), **_cache_for_uv()):
        return
    say("")
    with step("  again with pip, which is slower"):
        if not _logged([*pip, *wanted], log):
            raise Failure(f"{tail(log)}\nThe packages could not be installed. Check the network, then start again.")


def _index_for_uv() -> dict[str, str]:
    """Returns the index that pip is told to use; uv does not read pip's variables."""
    index = os.environ.get("PIP_INDEX_URL")
    return {"UV_DEFAULT_INDEX": index} if index and "UV_DEFAULT_INDEX" not in os.environ else {}


def _cache_for_uv() -> dict[str, str]:
    """Returns what makes uv do without its cache where it may not write one: in a home that is read-only."""
    given = os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    folder = Path(given) if given else Path.home() / ".cache" / "uv"
    there = next(path for path in (folder, *folder.absolute().parents) if os.path.exists(path))
    return {} if os.access(there, os.W_OK | os.X_OK) else {"UV_NO_CACHE": "1"}


def _installed_browser() -> str | None:
    """Returns a Chromium that starts; on some systems the name is only a note that says how to install one."""
    for path in filter(None, map(shutil.which, BROWSERS)):
        if subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return path
    return None


def _wanted_for_browser() -> list[str]:
    """Returns the Debian packages that are missing: the browser, and a library of the program that drives it."""
    wanted = [] if _installed_browser() else ["chromium"]
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        wanted.append("libatomic1")
    return wanted


def _install_from_debian(packages: list[str], log: Path) -> None:
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    for _attempt in range(2):
        # Package lists may be absent or old, as in a fresh container.
        _logged(["apt-get", "update"], log)
        if _logged(command, log, DEBIAN_FRONTEND="noninteractive"):
            return


def _logged(command: list[str], log: Path, **variables: str) -> bool:
    with log.open("a") as file:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=os.environ | variables, check=False
        )
    return done.returncode == 0
