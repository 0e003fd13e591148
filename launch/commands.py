"""The verbs of ./run."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from launch import checks
from launch.console import Failure, complain, say, seconds_so_far, speak_aside, step
from launch.folders import PYTHON, ROOT, VENV, State
from launch.installation import DEVELOPING, SERVING, find_browser, install
from launch.product import Product
from launch.servers import remove_servers, valkey_binary

HELP = """Vigil: the system that runs a clinical trial of psychedelic-assisted therapy.

  ./run                  start everything and the demo trial; Ctrl-C stops it
  ./run test [args]      set up and run all tests, the browser's included (args go to pytest)
  ./run prove [NAME]     run the same checks at full size; figures go to docs/evidence/
  ./run bench [NAME]     measure speed as a ratio to a floor of the same run; figures go to docs/evidence/
  ./run check            lint, types, walls between rooms, migrations, templates
  ./run manage COMMAND   run a management command on the kept data
  ./run clean            remove the data, the servers and the Python environment
  ./run help             this page

DATABASE_URL (a login that may create roles and databases) and REDIS_URL, where set, are used instead of servers of
its own; tests always have their own. Data and logs are kept in .run/ until ./run clean; started by root, PostgreSQL,
which refuses to run as root, keeps its data below /var/lib/vigil/."""

FIRST_PARTICIPANTS = "5"
INTERRUPTED = 130
# One process more than there are cores: whoever plays a browser mostly waits for it. A file stays in one process, since
# its tests may share what took long to build; `tests/conftest.py` orders the files.
PROCESSES = str((os.cpu_count() or 1) + 1)
ON_EVERY_CORE = ["-q", "-n", PROCESSES, "--dist", "loadfile", "--no-loadscope-reorder"]
AS_OWNER = ("migrate", "allow_simulation", "prepare_database", "build_database", "reseal_allocation")
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str]) -> int:
    """Runs one verb and returns the exit code."""
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("start", [])
    if verb not in VERBS:
        complain(f"./run knows no “{verb}”.\n\n{HELP}")
        return 2
    try:
        return VERBS[verb](rest)
    except Failure as failure:
        complain(str(failure))
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


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
        with product.gathering_static_files():
            product.start_servers()
            product.prepare()
        # The pages start beside the first participants; worker and beat would deliver into what is being played.
        product.start_processes("web")
        with step("Demo trial, its first participants"):
            people = product.manage("load_demo", "--participants", FIRST_PARTICIPANTS)
        with step("Web, stream, worker and beat"):
            product.start_processes("stream", "worker", "beat")
            product.wait_until_healthy()
        say(f"\nVigil is ready after {seconds_so_far()} s: {product.address}\n\n{people.rstrip()}\n")
        product.manage("load_demo", "--rest")
        say("The other participants arrive in the background. Ctrl-C stops everything; the data is kept.")
        product.supervisor.watch()
    return 0


def test(arguments: list[str]) -> int:
    """Runs the tests on servers of their own, which are removed afterwards."""
    return _with_test_servers([str(PYTHON), "-m", "pytest", *(arguments or ON_EVERY_CORE)], {})


def prove(arguments: list[str]) -> int:
    """Runs the checks that have a full size at that size."""
    chosen = ["-k", arguments[0]] if arguments else []
    command = [str(PYTHON), "-m", "pytest", "-q", "-m", "prove", *chosen, *arguments[1:]]
    return _with_test_servers(command, {"VIGIL_PROVE": "1"})


def bench(arguments: list[str]) -> int:
    """Measures speed on servers of its own, which are removed afterwards."""
    return _with_test_servers([str(PYTHON), "-m", "benchmarks", *arguments], {})


def check(arguments: list[str]) -> int:
    """Runs every check that needs no server and returns 1 if one failed."""
    install(State(".run"), DEVELOPING)
    return checks.run_all()


def manage(arguments: list[str]) -> int:
    """Runs a management command on the kept data, starting the servers if they are not running."""
    speak_aside()
    state = State(".run")
    product = Product(state, environment="demo")
    held = state.lock()
    if held is None:
        product.find_running_servers()
        return _manage(product, arguments)
    with held, _stopping(product):
        install(state, SERVING)
        with product.gathering_static_files():
            product.start_servers()
            product.prepare()
        return _manage(product, arguments)
    return INTERRUPTED


def clean(arguments: list[str]) -> int:
    """Removes everything the launcher made."""
    states = [State(name) for name in (".run", ".run-test")]
    held = [state.lock() for state in states]
    if None in held:
        raise Failure("Vigil is running. Stop it first (Ctrl-C where it was started), then ./run clean.")
    for state in states:
        remove_servers(state)
    for folder in (VENV, ROOT / "staticfiles"):
        shutil.rmtree(folder, ignore_errors=True)
    say("Removed: the data, the servers and the Python environment.")
    return 0


def _with_test_servers(command: list[str], extra: dict[str, str]) -> int:
    state = State(".run-test")
    with _alone(state), _stopping(Product(state, environment="test"), afterwards=_remove_data) as product:
        _remove_data(state)
        browser = find_browser(state)
        install(state, DEVELOPING)
        with product.gathering_static_files():
            product.start_throw_away_servers()
        say("")
        environment = product.owning | {"VIGIL_CHROMIUM": browser, "VIGIL_VALKEY_SERVER": str(valkey_binary())} | extra
        return product.supervisor.run_to_end(command, environment=environment, folder=ROOT)
    return INTERRUPTED


def _remove_data(state: State) -> None:
    for folder in (state.server_folder / "postgres", state.folder / "valkey", state.folder / "exports"):
        shutil.rmtree(folder, ignore_errors=True)


def _manage(product: Product, arguments: list[str]) -> int:
    """Runs the command in the foreground, where Ctrl-C is for the command alone."""
    as_owner = bool(arguments) and arguments[0] in AS_OWNER
    environment = product.owning if as_owner else product.serving
    signal.signal(signal.SIGINT, lambda number, frame: None)
    return subprocess.run([str(PYTHON), "manage.py", *arguments], cwd=ROOT, env=environment, check=False).returncode


@contextmanager
def _stopping(product: Product, *, afterwards: Callable[[State], None] = lambda state: None) -> Iterator[Product]:
    """Stops everything when the block ends, or when a signal says so."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    # A shell that starts ./run in the background makes it ignore SIGINT, so each is set here.
    for number in STOP_SIGNALS:
        signal.signal(number, interrupt)
    try:
        product.supervisor.adopt()
        yield product
    except KeyboardInterrupt:
        say("\nStopping.")
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        product.supervisor.stop()
        afterwards(product.state)


@contextmanager
def _alone(state: State) -> Iterator[None]:
    """Holds the folder for the block; raises Failure when another launcher has it, and says where that runs."""
    held = state.lock()
    if held is None:
        if state.folder.name == ".run-test":
            raise Failure("The tests are already running from this folder. Wait until they end.")
        port = state.settings()["ports"].get("web")
        where = f" at http://127.0.0.1:{port}" if port else ""
        raise Failure(f"Vigil is already running from this folder{where}. Stop it there first (Ctrl-C).")
    with held:
        yield


VERBS: dict[str, Callable[[list[str]], int]] = {
    "start": start,
    "test": test,
    "prove": prove,
    "bench": bench,
    "check": check,
    "manage": manage,
    "clean": clean,
    "help": show_help,
}
