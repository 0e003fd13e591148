"""./run: what it says, keeps and leaves behind, in a copy of the launcher that has nothing installed."""

import ast
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.databases import ROOT

SERVICE = """
import sys, time
from pathlib import Path
from launch import processes
from launch.processes import Service, Supervisor

processes.PATIENCE = processes.PATIENCE_AFTER_DEATH = 0.5
folder = Path(sys.argv[1])
supervisor = Supervisor(folder / "processes")
supervisor.adopt()
{more}
"""
ASKED_BY_MANY = """
from concurrent.futures import ThreadPoolExecutor
from launch.folders import State

for turn in range(50):
    state = State(f".run{turn}")
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(state.port, str(each)) if each % 2 else pool.submit(state.settings) for each in range(8)]
        secrets = {(each.result() if isinstance(each.result(), dict) else state.settings())["owner"] for each in asked}
    assert len(secrets) == 1 and len(state.settings()["ports"]) == 4
"""
# It refuses to stop, and so does its child, which has left the group.
STUBBORN = r"""
trap '' TERM INT
setsid sh -c "trap '' TERM INT; echo \$\$ >> pids; sleep 60" &
echo $$ >> pids; sleep 60; sleep 60
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the launcher alone."""
    shutil.copy(ROOT / "run", tmp_path)
    shutil.copytree(ROOT / "launch", tmp_path / "launch")
    return tmp_path


def run(clone: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Runs ./run in the folder."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(clone)} | variables
    command = [sys.executable, "run", *words]
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False, timeout=60)


def script(clone: Path, text: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Runs some lines of Python that use the launcher's own modules."""
    environment = {"PATH": os.environ["PATH"]} | variables
    command = [sys.executable, "-c", text, str(clone)]
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=True, timeout=60)


def lives(pid: int) -> bool:
    """Returns whether a process runs; a dead one that nobody has asked after does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_help_names_every_verb(clone: Path) -> None:
    told = run(clone, "help")

    assert told.returncode == 0
    assert all(f"./run {verb}" in told.stdout for verb in ("test", "prove", "check", "manage", "clean", "help"))


def test_unknown_verb_shows_the_verbs(clone: Path) -> None:
    told = run(clone, "strat")

    assert told.returncode == 2
    assert "knows no “strat”" in told.stderr
    assert "./run test" in told.stderr


def test_launcher_needs_nothing_but_the_standard_library() -> None:
    known = {*sys.stdlib_module_names, "launch"}
    for file in [ROOT / "run", *(ROOT / "launch").glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= known, file.name


def test_old_python_is_told_what_to_install(clone: Path) -> None:
    ast.parse((ROOT / "run").read_text(), feature_version=(3, 7))
    old = "import sys; sys.version_info = (3, 9); __file__ = 'run'; exec(open('run').read())"

    told = subprocess.run(
        [sys.executable, "-c", old],
        cwd=clone,
        env={"PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 1
    assert "needs Python 3.11 or newer" in told.stderr


@pytest.mark.parametrize("verb", ["start", "clean"])
def test_second_start_says_where_the_first_one_runs(clone: Path, verb: str) -> None:
    script(clone, "from launch.folders import State; State('.run').port('web')")

    with (clone / ".run" / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        told = run(clone, verb)

    assert told.returncode == 1
    assert "running" in told.stderr
    assert "Stop it" in told.stderr
    assert verb == "clean" or "http://127.0.0.1:" in told.stderr


def test_passwords_and_keys_are_readable_by_their_owner_alone(clone: Path) -> None:
    script(clone, "import os; os.umask(0); from launch.folders import State; State('.run').settings()")

    assert stat.S_IMODE((clone / ".run").stat().st_mode) == 0o700
    assert stat.S_IMODE((clone / ".run" / "settings.json").stat().st_mode) == 0o600


def test_ports_are_kept_between_starts(clone: Path) -> None:
    ask = "from launch.folders import State; print(State('.run').port('web'), State('.run').port('postgres'))"

    first, second = script(clone, ask).stdout, script(clone, ask).stdout

    assert first == second
    assert len(set(first.split())) == 2


def test_port_that_somebody_else_took_is_left_to_them(clone: Path) -> None:
    text = (
        "import socket\nfrom launch.folders import State\n"
        "first = State('.run').port('web'); other = socket.create_server(('127.0.0.1', first))\n"
        "second = State('.run').port('web'); print(first != second, State('.run').settings()['ports']['web'] == second)"
    )

    assert script(clone, text).stdout.split() == ["True", "True"]


def test_step_is_done_again_when_its_files_change(clone: Path) -> None:
    text = (
        "from launch.folders import ROOT, Stamp\n"
        "source = ROOT / 'source'; source.write_text('one')\n"
        "Stamp(ROOT / 'stamp', source).set(); print(Stamp(ROOT / 'stamp', source).fresh)\n"
        "source.write_text('two'); print(Stamp(ROOT / 'stamp', source).fresh)"
    )

    assert script(clone, text).stdout.split() == ["True", "False"]


def test_processes_that_serve_are_given_neither_owner_nor_administrator(clone: Path) -> None:
    text = (
        "from launch.folders import State\nfrom launch.product import Product\n"
        "product = Product(State('.run'), environment='demo'); product.admin = 'postgresql://boss:secret@host:1/x?sslmode=require'\n"
        "print(*(f'{name}={value}' for name, value in product.serving.items()), sep='\\n')"
    )
    inherited = {
        "DATABASE_URL": "postgresql://boss:secret@host/x",
        "ADMIN_DATABASE_URL": "y",
        "OWNER_DATABASE_URL_FILE": "z",
    }

    given = dict(line.split("=", 1) for line in script(clone, text, **inherited).stdout.splitlines())

    assert not [name for name in given if "OWNER" in name or "ADMIN" in name or name == "DATABASE_URL"]
    assert not [value for value in given.values() if "boss" in value]
    assert given["RUNTIME_DATABASE_URL"].endswith("@host:1/vigil?sslmode=require")


def test_server_address_without_a_host_is_refused_in_words(clone: Path) -> None:
    text = (
        "from launch.folders import State\nfrom launch.product import Product\n"
        "Product(State('.run'), environment='demo').start_servers()"
    )

    with pytest.raises(subprocess.CalledProcessError) as refused:
        script(clone, text, DATABASE_URL="vigil")

    assert "DATABASE_URL names no host" in refused.value.stderr


@pytest.mark.parametrize(("writable", "expected"), [(True, "{}"), (False, "{'UV_NO_CACHE': '1'}")])
def test_packages_are_installed_without_a_cache_where_none_can_be_written(
    clone: Path, writable: bool, expected: str
) -> None:
    text = (
        f"from launch import installation\ninstallation.os.access = lambda folder, mode: {writable}\n"
        "print(installation._cache_for_uv())"
    )

    assert script(clone, text, HOME=str(clone)).stdout.strip() == expected


def test_missing_browser_is_a_loud_failure_and_no_skip(clone: Path) -> None:
    text = (
        "from launch import installation\nfrom launch.folders import State\n"
        "installation.AS_ROOT = False\ninstallation.find_browser(State('.run-test'))"
    )

    with pytest.raises(subprocess.CalledProcessError) as refused:
        script(clone, text, PATH="/nonexistent")

    assert "The tests need a Chromium" in refused.value.stderr
    assert "apt-get install chromium" in refused.value.stderr


def test_library_that_the_browsers_driver_needs_is_asked_for_like_the_browser(clone: Path) -> None:
    text = (
        "import ctypes\nfrom launch import installation\nfrom launch.folders import State\n"
        "installation.AS_ROOT = False\ninstallation._installed_browser = lambda: '/usr/bin/chromium'\n"
        "def absent(name): raise OSError(name)\n"
        "ctypes.CDLL = absent\ninstallation.find_browser(State('.run-test'))"
    )

    with pytest.raises(subprocess.CalledProcessError) as refused:
        script(clone, text)

    assert "apt-get install libatomic1" in refused.value.stderr


def test_service_that_dies_is_started_again(clone: Path) -> None:
    more = """
service = Service("mayfly", ["sh", "-c", "echo born >> births; sleep 0.2"], {}, folder / "log", folder)
supervisor.start(service)
while len((folder / "births").read_text().split() if (folder / "births").exists() else []) < 2:
    supervisor.revive(); time.sleep(0.05)
print(service.failing)
supervisor.stop()
"""
    told = script(clone, SERVICE.format(more=more)).stdout

    assert "mayfly stopped and is started again" in told
    assert told.split()[-1] == "False"


def test_stopping_ends_what_hangs_and_what_left_its_group(clone: Path) -> None:
    more = f"""
supervisor.start(Service("stubborn", ["sh", "-c", {STUBBORN!r}], {{"PATH": "/usr/bin:/bin"}}, folder / "log", folder))
while not (folder / "pids").exists() or len((folder / "pids").read_text().split()) < 2:
    time.sleep(0.05)
supervisor.stop()
"""
    told = script(clone, SERVICE.format(more=more)).stdout

    assert "ended by force" in told
    assert not [pid for pid in map(int, (clone / "pids").read_text().split()) if lives(pid)]


def test_killed_launcher_leaves_no_service(clone: Path) -> None:
    more = """
words = "trap '' TERM; echo $$ > pids; sleep 60; sleep 60"
supervisor.start(Service("stubborn", ["sh", "-c", words], {"PATH": "/usr/bin:/bin"}, folder / "log", folder))
supervisor.watch()
"""
    launcher = subprocess.Popen([sys.executable, "-c", SERVICE.format(more=more), str(clone)], cwd=clone)
    while not (clone / "pids").exists() or not (clone / "pids").read_text():
        time.sleep(0.05)

    launcher.send_signal(signal.SIGKILL)
    launcher.wait()

    deadline = time.monotonic() + 10
    while lives(int((clone / "pids").read_text())):
        assert time.monotonic() < deadline, "the service outlived its launcher"
        time.sleep(0.1)


def test_settings_asked_for_by_several_threads_at_a_first_start_are_made_once(clone):
    assert script(clone, f"import os, sys\nos.chdir(sys.argv[1])\n{ASKED_BY_MANY}").stderr == ""
