"""The running product: its database logins, its processes, and when it is healthy."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit, urlunsplit

from launch.console import Failure, step, tail
from launch.folders import PYTHON, ROOT, State, stamp
from launch.processes import Service, Supervisor
from launch.servers import start_postgres, start_valkey

DATABASE = "vigil"
MIGRATION_SOURCES = ("*/migrations/*.py", "core/foundation.py", "core/guard.py", "core/roles.py")


class Product:
    """One set of servers and processes, with the variables they work under."""

    def __init__(self, state: State, *, environment: str) -> None:
        self.state = state
        self.environment_name = environment
        self.supervisor = Supervisor()
        self.admin = ""
        self.redis = ""

    def start_servers(self, *, durable: bool = True) -> None:
        """Starts the servers, unless DATABASE_URL or REDIS_URL name others."""
        self.admin = os.environ.get("DATABASE_URL") or start_postgres(self.state, self.supervisor, durable=durable)
        self.redis = os.environ.get("REDIS_URL") or start_valkey(self.state, self.supervisor)

    @property
    def serving(self) -> dict[str, str]:
        """Returns the variables of web, worker and beat: neither owner nor administrator is among them."""
        kept = self.state.settings()
        own = {
            "VIGIL_ENVIRONMENT": self.environment_name,
            "RUNTIME_DATABASE_URL": self._address("runtime"),
            "UNBLINDED_DATABASE_URL": self._address("unblinded"),
            "REDIS_URL": self.redis,
            "VIGIL_SECRET_KEY": kept["secret_key"],
            "VIGIL_IDENTITY_KEY": kept["identity_key"],
            "VIGIL_EXPORT_DIR": str(self.state.folder / "exports"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }
        foreign = ("DATABASE_URL", "ADMIN_DATABASE_URL", "OWNER_DATABASE_URL")
        return {key: value for key, value in os.environ.items() if key not in foreign} | own

    @property
    def owning(self) -> dict[str, str]:
        """Returns the variables of the commands that build the database."""
        return self.serving | {"OWNER_DATABASE_URL": self._address("owner"), "ADMIN_DATABASE_URL": self.admin}

    def manage(self, *command: str, as_owner: bool = False) -> str:
        """Runs a management command and returns what it printed; raises Failure with its last lines."""
        done = subprocess.run(
            [str(PYTHON), "manage.py", *command],
            cwd=ROOT,
            env=self.owning if as_owner else self.serving,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Failure(f"{(done.stdout + done.stderr)[-3000:]}\nThe step “{' '.join(command)}” failed; see above.")
        return done.stdout

    def prepare(self) -> None:
        """Creates logins and database, migrates as owner, collects static files; only what changed."""
        sources = [path for pattern in MIGRATION_SOURCES for path in ROOT.glob(pattern)]
        mark = stamp(self.state, "database", *sources)
        if not mark.fresh:
            with step("Database logins: owner, runtime, unblinded"):
                self.manage("prepare_database", as_owner=True)
            with step("Database schema, built by its owner"):
                self.manage("migrate", "--database=owner", "-v0", as_owner=True)
                self.manage("allow_simulation", as_owner=True)
            mark.set()
        self.collect_static()

    def collect_static(self) -> None:
        """Gathers static files under names that carry their content's digest."""
        mark = stamp(self.state, "static", *(path for path in ROOT.glob("static/**/*") if path.is_file()))
        if mark.fresh and (ROOT / "staticfiles").exists():
            return
        with step("Static files"):
            self.manage("collectstatic", "--noinput", "-v0")
        mark.set()

    def start_processes(self) -> str:
        """Starts web, worker and beat and returns the address of the web."""
        port = self.state.port("web")
        address = f"http://127.0.0.1:{port}"
        environment = self.serving | {"VIGIL_BASE_URL": address}
        (self.state.folder / "exports").mkdir(exist_ok=True)
        web = ["gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", "-w", "2", "--threads", "4", "--max-requests", "5000"]
        worker = ["celery", "-A", "config", "worker", "-c", "2", "-l", "WARNING", "--without-gossip", "--without-mingle"]
        beat = ["celery", "-A", "config", "beat", "-l", "WARNING", "--max-interval", "2", "--pidfile="]
        beat += ["-s", str(self.state.folder / "beat-schedule")]
        for name, command in (("web", web), ("worker", worker), ("beat", beat)):
            self.supervisor.start(self._service(name, command, environment))
        return address

    def wait_until_healthy(self, address: str, *, seconds: float = 90) -> None:
        """Waits until the health page says that web, database, Redis, worker and beat all work."""
        deadline, last = time.monotonic() + seconds, "no answer yet"
        while time.monotonic() < deadline and not self.supervisor.stopping:
            last = _health(address)
            if last == "ok":
                return
            self.supervisor.watch(until=lambda: True)
            time.sleep(0.2)
        if not self.supervisor.stopping:
            logs = "\n".join(tail(self.state.logs / f"{name}.log", 12) for name in ("web", "worker", "beat"))
            raise Failure(f"{logs}\nVigil is not healthy: {last}. The whole logs are in {self.state.logs}")

    def _service(self, name: str, command: list[str], environment: dict[str, str]) -> Service:
        program = str(PYTHON.parent / command[0])
        return Service(name, [program, *command[1:]], environment, self.state.logs / f"{name}.log", ROOT)

    def _address(self, login: str) -> str:
        parts = urlsplit(self.admin)
        password = self.state.settings()[login]
        place = f"vigil_{login}:{password}@{parts.hostname}:{parts.port or 5432}"
        return urlunsplit(parts._replace(netloc=place, path=f"/{DATABASE}"))


def _health(address: str) -> str:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=3) as answer:
            return "ok" if answer.status == 200 else str(answer.status)
    except urllib.error.HTTPError as error:
        parts: dict[str, str] = json.loads(error.read() or b"{}") if error.code == 503 else {}
        return "; ".join(state for state in parts.values() if state != "ok") or f"answer {error.code}"
    except (OSError, ValueError) as error:
        return str(error)
