"""Starts processes in groups of their own, restarts what dies, stops all of them, leaves none behind."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from launch.console import say

PR_SET_PDEATHSIG = 1
PATIENCE = 12.0


@dataclass
class Service:
    """A process that should be running."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    folder: Path
    user: str | None = None
    stop_signal: int = signal.SIGTERM
    restarts: bool = True
    process: "subprocess.Popen[bytes] | None" = None
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Starts the process; it ends when the launcher does, even if that is killed."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent(self.stop_signal),
                **_as_user(self.user),
            )

    @property
    def running(self) -> bool:
        """Returns whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Ends the process and everything it started."""
        if self.process is None:
            return
        if self.running:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                say(f"  {self.name} did not stop in time and is ended by force")
        _kill_group(self.process.pid)
        self.process.wait()


class Supervisor:
    """Keeps services running until it is told to stop."""

    def __init__(self) -> None:
        self.services: list[Service] = []
        self.stopping = False

    def start(self, service: Service) -> None:
        """Starts a service; it is stopped in reverse order."""
        self.services.append(service)
        service.start()

    def watch(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Restarts what dies, more slowly each time, until told to stop or `until` answers true."""
        while not self.stopping and not until():
            for service in self.services:
                if not service.running and service.restarts and self._may_restart(service):
                    say(f"  {service.name} stopped and is started again (see {service.log.name})")
                    service.start()
            time.sleep(0.25)

    def stop(self) -> None:
        """Stops every service, the last started first."""
        self.stopping = True
        for service in reversed(self.services):
            service.stop()

    def _may_restart(self, service: Service) -> bool:
        now = time.monotonic()
        service.deaths = [moment for moment in service.deaths if now - moment < 60]
        if service.deaths and now - service.deaths[-1] < min(2 ** len(service.deaths), 30):
            return False
        service.deaths.append(now)
        return True


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _die_with_parent(stop_signal: int) -> Callable[[], None]:
    library = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        library.prctl(PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    return prepare


def _as_user(user: str | None) -> dict[str, object]:
    return {"user": user, "group": "nogroup", "extra_groups": []} if user else {}
