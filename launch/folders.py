"""Where the launcher keeps what: everything below the clone, but for a root user's database."""

import fcntl
import hashlib
import json
import os
import secrets
import socket
import threading
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
AS_ROOT = os.geteuid() == 0


class State:
    """A folder with the secrets, ports, logs and data of one set of servers."""

    def __init__(self, name: str) -> None:
        self.folder = ROOT / name
        self.logs = self.folder / "log"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        # Static files are gathered in a thread of its own, which asks for the same settings.
        self._settings_lock = threading.RLock()

    @property
    def server_folder(self) -> Path:
        """Returns where PostgreSQL lives.

        PostgreSQL refuses to run as root, and an unprivileged user may not enter root's home: for root it lives under
        /var/lib, in a folder named after the clone. Only root can make a folder there, so nobody can put one in wait.
        """
        if not AS_ROOT:
            return self.folder
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path("/var/lib/vigil") / digest

    def settings(self) -> dict[str, Any]:
        """Returns passwords, keys and ports, made at the first start and kept."""
        path = self.folder / "settings.json"
        with self._settings_lock:
            if path.exists():
                kept: dict[str, Any] = json.loads(path.read_text())
                if "allocation_key" not in kept:
                    # Settings of a version that did not seal the allocation; its migration seals it under this key.
                    kept["allocation_key"] = _drawn_key()
                    self.keep(kept)
                return kept
            made = {
                "ports": {},
                "secret_key": secrets.token_urlsafe(48),
                "identity_key": _drawn_key(),
                "allocation_key": _drawn_key(),
                **{name: secrets.token_urlsafe(24) for name in ("admin", "owner", "runtime", "unblinded", "redis")},
            }
            self.keep(made)
            return made

    def keep(self, values: dict[str, Any]) -> None:
        """Writes the settings, readable by their owner alone."""
        write_private(self.folder / "settings.json", json.dumps(values, indent=1))

    def port(self, name: str) -> int:
        """Returns the port of a server: the one it had, if it is still free."""
        with self._settings_lock:
            values = self.settings()
            port = values["ports"].get(name)
            if port is None or not _is_free(port):
                port = free_port()
                values["ports"][name] = port
                self.keep(values)
            return int(port)

    def lock(self) -> IO[str] | None:
        """Takes the folder for this launcher until the file is closed; None when another launcher has it."""
        file = (self.folder / "lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file


class Stamp:
    """Remembers that a step was done for some files, and a few more words, as they were."""

    def __init__(self, path: Path, *sources: Path, also: str = "") -> None:
        digest = hashlib.sha256(also.encode())
        for source in sorted(sources):
            digest.update(source.relative_to(ROOT).as_posix().encode() + b"\0" + source.read_bytes())
        self.path, self.digest = path, digest.hexdigest()

    @property
    def fresh(self) -> bool:
        """Returns whether nothing changed since the step was done."""
        return self.path.exists() and self.path.read_text() == self.digest

    def set(self) -> None:
        """Remembers that the step was done."""
        self.path.write_text(self.digest)


def write_private(path: Path, text: str) -> None:
    """Writes a file that its owner alone may read; a reader sees the old text or the new, never half of one."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def wait_for_lock(path: Path) -> IO[str]:
    """Waits until no other launcher has the file, and takes it until it is closed."""
    file = path.open("a")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _drawn_key() -> str:
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
