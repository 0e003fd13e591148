"""The running product: its database logins, its processes, and when it is healthy."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from urllib.parse import urlsplit, urlunsplit

from launch.console import Failure, step, tail
from launch.folders import PYTHON, ROOT, Stamp, State
from launch.processes import Service, Supervisor
from launch.servers import NOT_DURABLE, postgres_address, start_postgres, start_valkey, valkey_address

DATABASE = "vigil"
OWNING = ("OWNER_DATABASE_URL", "ADMIN_DATABASE_URL")
# Of the three in the worker two load the demo trial, one for each site, while the third delivers.
PROCESSES = {
    "web": "gunicorn config.wsgi --workers 2 --threads 4 --graceful-timeout 5 --no-control-socket",
    "worker": "celery -A config worker --concurrency 3 --loglevel WARNING --without-gossip --without-mingle",
    "stream": "uvicorn config.stream:application --host 127.0.0.1 --no-access-log --timeout-graceful-shutdown 3",
    "beat": "celery -A config beat --loglevel WARNING --max-interval 2 --pidfile=",
}


class Product:
    """One set of servers and processes, with the variables they work under."""

    def __init__(self, state: State, *, environment: str) -> None:
        self.state = state
        self.environment_name = environment
        self.supervisor = Supervisor(state.folder / "processes")
        self.admin = ""
        self.redis = ""

    def start_servers(self) -> None:
        """Starts the servers, unless DATABASE_URL or REDIS_URL name others."""
        self.admin = _given("DATABASE_URL") or start_postgres(self.state, self.supervisor)
        self.redis = _given("REDIS_URL") or start_valkey(self.state, self.supervisor)

    def start_throw_away_servers(self) -> None:
        """Starts servers whose data nobody keeps; others' servers are left alone."""
        self.admin = start_postgres(self.state, self.supervisor, options=NOT_DURABLE)
        self.redis = start_valkey(self.state, self.supervisor)

    def find_running_servers(self) -> None:
        """Finds the servers that another launcher has started from this folder."""
        self.admin = _given("DATABASE_URL") or postgres_address(self.state)
        self.redis = _given("REDIS_URL") or valkey_address(self.state)

    @property
    def address(self) -> str:
        """Returns where the pages are."""
        return f"http://127.0.0.1:{self.state.settings()['ports'].get('web', 8000)}"

    @property
    def serving(self) -> dict[str, str]:
        """Returns the variables of the processes: neither owner nor administrator is among them."""
        kept = self.state.settings()
        own = {
            "VIGIL_ENVIRONMENT": self.environment_name,
            "RUNTIME_DATABASE_URL": self._login("runtime"),
            "UNBLINDED_DATABASE_URL": self._login("unblinded"),
            "REDIS_URL": self.redis,
            "VIGIL_SECRET_KEY": kept["secret_key"],
            "VIGIL_IDENTITY_KEY": kept["identity_key"],
            "VIGIL_ALLOCATION_KEY": kept["allocation_key"],
            "VIGIL_BASE_URL": self.address,
            "VIGIL_STREAM_URL": f"http://127.0.0.1:{kept['ports'].get('stream', 8001)}",
            "VIGIL_EXPORT_DIR": str(self.state.folder / "exports"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }
        foreign = {"DATABASE_URL", *OWNING, *(f"{name}_FILE" for name in (*own, *OWNING))}
        return {name: value for name, value in os.environ.items() if name not in foreign} | own

    @property
    def owning(self) -> dict[str, str]:
        """Returns the variables of the commands that build the database."""
        return self.serving | dict(zip(OWNING, (self._login("owner"), self.admin), strict=True))

    def manage(self, *command: str) -> str:
        """Runs a management command as the login that serves, and returns what it printed."""
        return self._manage(command, self.serving)

    def manage_as_owner(self, *command: str) -> str:
        """Runs a management command that builds the database, and returns what it printed."""
        return self._manage(command, self.owning)

    def prepare(self) -> None:
        """Creates logins and database and migrates as owner, if anything changed since."""
        mark = Stamp(self.state.folder / "database.stamp", *ROOT.glob("*/migrations/*.py"), also=self.admin)
        if not mark.fresh:
            with step("Database: its three logins, and the schema, built by its owner"):
                self.manage_as_owner("build_database")
            mark.set()

    @contextmanager
    def gathering_static_files(self) -> Iterator[None]:
        """Gathers static files under names that carry their content's digest, while the block runs."""
        sources = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
        mark = Stamp(ROOT / "staticfiles" / "stamp", ROOT / "requirements.txt", *sources)
        if mark.fresh:
            yield
            return
        with ThreadPoolExecutor(max_workers=1) as aside:
            gathered = aside.submit(self.manage, "collectstatic", "--noinput", "-v0")
            yield
            with step("Static files"):
                gathered.result()
        mark.set()

    def start_processes(self, *names: str) -> None:
        """Starts some of web, stream, worker and beat."""
        (self.state.folder / "exports").mkdir(exist_ok=True)
        for name in names:
            command = [str(PYTHON), "-m", *PROCESSES[name].split(), *self._places.get(name, [])]
            service = Service(name, command, self.serving, self.state.logs / f"{name}.log", ROOT)
            # Told to quit, Celery's worker hands unfinished tasks back; told to terminate, it would wait for them.
            service.stop_signal = signal.SIGQUIT if name == "worker" else signal.SIGTERM
            self.supervisor.start(service)

    @cached_property
    def _places(self) -> dict[str, list[str]]:
        """Returns where processes listen and keep their own; ports are chosen once for all."""
        port, stream_port = self.state.port("web"), self.state.port("stream")
        return {
            "web": ["--bind", f"127.0.0.1:{port}"],
            "stream": ["--port", str(stream_port)],
            "beat": ["--schedule", str(self.state.folder / "beat-schedule")],
        }

    def wait_until_healthy(self, *, seconds: float = 90) -> None:
        """Waits until the health page says that every part works."""
        deadline, last = time.monotonic() + seconds, "no answer yet"
        while time.monotonic() < deadline:
            last = _health(self.address)
            if last == "ok" and all(service.running for service in self.supervisor.services):
                return
            failing = next((service for service in self.supervisor.services if service.failing), None)
            if failing:
                raise Failure(f"{tail(failing.log)}\n{failing.name} stops again and again. Its log: {failing.log}")
            self.supervisor.revive()
            time.sleep(0.2)
        logs = "\n".join(f"  {name}:\n{tail(self.state.logs / f'{name}.log', 8)}" for name in PROCESSES)
        raise Failure(f"{logs}\nVigil is not healthy: {last}. The logs are in {self.state.logs}")

    def _manage(self, command: tuple[str, ...], environment: dict[str, str]) -> str:
        done = subprocess.run(
            [str(PYTHON), "manage.py", *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        log = self.state.logs / f"{command[0]}.log"
        log.write_text(done.stdout + done.stderr)
        if done.returncode != 0:
            raise Failure(f"{tail(log)}\nThe step “{command[0]}” failed. Its log: {log}")
        return done.stdout

    def _login(self, name: str) -> str:
        parts = urlsplit(self.admin)
        place = f"vigil_{name}:{self.state.settings()[name]}@{parts.hostname}:{parts.port or 5432}"
        return urlunsplit(parts._replace(netloc=place, path=f"/{DATABASE}"))


def _given(name: str) -> str:
    """Returns the address of a server that the user names, or nothing."""
    address = os.environ.get(name, "")
    if address and not urlsplit(address).hostname:
        raise Failure(f"{name} names no host. Write it as scheme://user:password@host:port/name, or unset it.")
    return address


def _health(address: str) -> str:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=3) as answer:
            return "ok" if answer.status == 200 else str(answer.status)
    except urllib.error.HTTPError as error:
        parts: dict[str, str] = json.loads(error.read() or b"{}") if error.code == 503 else {}
        return "; ".join(state for state in parts.values() if state != "ok") or f"answer {error.code}"
    except (OSError, ValueError) as error:
        return str(error)
