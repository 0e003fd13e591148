"""The verbs of ./run."""

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from launch import checks
from launch.console import Failure, complain, say, step
from launch.folders import PYTHON, ROOT, VENV, State
from launch.installation import DEVELOPING, SERVING, find_browser, install
from launch.product import Product
from launch.servers import remove_servers, valkey_binary

HELP = """Vigil: the system that runs a clinical trial of psychedelic-assisted therapy.

  ./run                  start everything and the demo trial; Ctrl-C stops it
  ./run test [args]      set up and run all tests, the browser's included (args go to pytest)
  ./run prove [NAME]     run the same checks at full size; figures go to docs/evidence/
  ./run check            lint, types, walls between rooms, migrations, templates
  ./run manage COMMAND   run a management command on the kept data
  ./run clean            remove the data, the servers and the Python environment
  ./run help             this page

DATABASE_URL (a login that may create roles and databases) and REDIS_URL are used instead of servers of its own.
Data and logs are kept in .run/ until ./run clean."""

FIRST_PARTICIPANTS = "6"


def main(arguments: list[str]) -> int:
    """Runs one verb and returns the exit code."""
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("start", [])
    verbs: dict[str, Callable[[list[str]], int]] = {
        "start": start, "test": test, "prove": prove, "check": check, "manage": manage, "clean": clean, "help": show_help,
    }  # fmt: skip
    if verb not in verbs:
        complain(f"./run knows no “{verb}”.\n\n{HELP}")
        return 2
    try:
        return verbs[verb](rest)
    except Failure as failure:
        complain(str(failure))
        return 1
    except KeyboardInterrupt:
        return 130


def show_help(arguments: list[str]) -> int:
    """Prints the verbs."""
    say(HELP)
    return 0


def start(arguments: list[str]) -> int:
    """Starts servers and processes, loads the demo trial, and supervises until told to stop."""
    state = State(".run")
    with _alone(state), _stopping(Product(state, environment="demo")) as product:
        say("Vigil is starting.")
        install(state, SERVING)
        product.start_servers()
        product.prepare()
        with step("Demo trial, the first participants"):
            people = product.manage("load_demo", "--participants", FIRST_PARTICIPANTS)
        with step("Web, worker and beat"):
            address = product.start_processes()
            product.wait_until_healthy(address)
        if product.supervisor.stopping:
            return 0
        product.manage("load_demo", "--rest")
        say(f"\nVigil is ready: {address}\n\n{people.rstrip()}\n\nThe other participants arrive in the background.")
        say("Ctrl-C stops everything; the data is kept.")
        product.supervisor.watch()
    return 0


def test(arguments: list[str]) -> int:
    """Runs the tests on servers of their own, which are removed afterwards."""
    return _with_test_servers([str(PYTHON), "-m", "pytest", *(arguments or ["-q"])], {})


def prove(arguments: list[str]) -> int:
    """Runs the checks that have a full size at that size."""
    chosen = ["-k", arguments[0]] if arguments else []
    command = [str(PYTHON), "-m", "pytest", "-q", "-m", "prove", *chosen]
    return _with_test_servers(command, {"VIGIL_PROVE": "1"})


def check(arguments: list[str]) -> int:
    """Runs every check that needs no server and returns 1 if one failed."""
    state = State(".run")
    install(state, DEVELOPING)
    return checks.run_all(state)


def manage(arguments: list[str]) -> int:
    """Runs a management command on the kept data, starting the servers if they are not running."""
    state = State(".run")
    install(state, SERVING)
    lock = _try_lock(state)
    product = Product(state, environment="demo")
    if lock is None:
        ports = state.settings()["ports"]
        kept = state.settings()
        product.admin = os.environ.get("DATABASE_URL") or (
            f"postgresql://postgres:{kept['admin']}@127.0.0.1:{ports['postgres']}/postgres"
        )
        product.redis = os.environ.get("REDIS_URL") or f"redis://:{kept['redis']}@127.0.0.1:{ports['redis']}/0"
        return _manage(product, arguments)
    with lock, _stopping(product):
        product.start_servers()
        product.prepare()
        return _manage(product, arguments)


def clean(arguments: list[str]) -> int:
    """Removes everything the launcher made."""
    state = State(".run")
    if _try_lock(state) is None:
        raise Failure("Vigil is running. Stop it first (Ctrl-C where it was started), then ./run clean.")
    for name in (".run", ".run-test"):
        remove_servers(State(name))
    shutil.rmtree(VENV, ignore_errors=True)
    shutil.rmtree(ROOT / "staticfiles", ignore_errors=True)
    say("Removed: the data, the servers and the Python environment.")
    return 0


def _with_test_servers(command: list[str], extra: dict[str, str]) -> int:
    state = State(".run-test")
    with _alone(state), _stopping(Product(state, environment="test")) as product:
        install(state, DEVELOPING)
        browser = find_browser(state)
        product.start_servers(durable=False)
        product.collect_static()
        environment = product.owning | {"VIGIL_CHROMIUM": browser, "VIGIL_VALKEY_SERVER": str(valkey_binary())} | extra
        say("")
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    shutil.rmtree(state.server_folder / "postgres", ignore_errors=True)
    return code


def _manage(product: Product, arguments: list[str]) -> int:
    as_owner = bool(arguments) and arguments[0] in ("migrate", "allow_simulation", "prepare_database")
    environment = product.owning if as_owner else product.serving
    return subprocess.run([str(PYTHON), "manage.py", *arguments], cwd=ROOT, env=environment, check=False).returncode


@contextmanager
def _stopping(product: Product) -> Iterator[Product]:
    """Stops everything when the block ends, or when a signal says so."""

    def stop(number: int, frame: object) -> None:
        product.supervisor.stopping = True
        if number == signal.SIGINT:
            raise KeyboardInterrupt

    # A shell that starts ./run in the background makes it ignore SIGINT; both are set here.
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, lambda number, frame: stop(signal.SIGINT, frame))
    try:
        yield product
    except KeyboardInterrupt:
        say("\nStopping.")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        product.supervisor.stop()


@contextmanager
def _alone(state: State) -> Iterator[None]:
    lock = _try_lock(state)
    if lock is None:
        port = state.settings()["ports"].get("web")
        where = f" at http://127.0.0.1:{port}" if port else ""
        raise Failure(f"Vigil is already running from this folder{where}. Stop it there first.")
    with lock:
        yield


def _try_lock(state: State) -> IO[str] | None:
    file = (state.folder / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


