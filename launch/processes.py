"""Starts processes in groups of their own, restarts what dies, stops all of them, leaves none behind."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launch.console import say

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
ON_LINUX = sys.platform == "linux"
PATIENCE = 12.0
PATIENCE_AFTER_DEATH = 3.0
QUIET_AFTER = 60.0


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
    others_need_it: bool = False
    asked_to_stop: bool = False
    process: "subprocess.Popen[bytes] | None" = None
    starts: list[float] = field(default_factory=list)

    def start(self, record: Path) -> None:
        """Starts the process; it ends when the launcher does, even if that is killed."""
        if self.process is not None:
            _kill_group(self.process.pid)
        self.starts.append(time.monotonic())
        with self.log.open("ab") as log:
            self.process = _spawn(
                self.command,
                record=record,
                stop_signal=self.stop_signal,
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **as_user(self.user),
            )

    @property
    def running(self) -> bool:
        """Returns whether the process lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def failing(self) -> bool:
        """Returns whether the process died a third time within a minute."""
        return not self.running and len(self._recent_starts()) >= 3

    @property
    def may_start(self) -> bool:
        """Returns whether it may be started again: at once the first time, more slowly each time after that."""
        recent = self._recent_starts()
        return len(recent) < 2 or time.monotonic() - recent[-1] >= min(2 ** len(recent), 30)

    def ask_to_stop(self) -> None:
        """Asks the process once; a second signal would make some programs drop what they are finishing."""
        if self.process is not None and self.running and not self.asked_to_stop:
            self.asked_to_stop = True
            self.process.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Ends the process and its group; by force if it does not end in time."""
        if self.process is None:
            return
        self.ask_to_stop()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            say(f"  {self.name} did not stop in time and is ended by force")
        _kill_group(self.process.pid)
        self.process.wait()

    def _recent_starts(self) -> list[float]:
        return [moment for moment in self.starts if time.monotonic() - moment < QUIET_AFTER]


class Supervisor:
    """Keeps services running until it is told to stop."""

    def __init__(self, record: Path) -> None:
        self.services: list[Service] = []
        self._record = record

    def adopt(self) -> None:
        """Ends what a killed launcher left, and sees to it that this one leaves nothing, however it ends."""
        _end_leftovers(self._record)
        self._record.unlink(missing_ok=True)
        if ON_LINUX:
            _leave_a_watchman(self._record)
            # A process that loses its parent becomes a child of the launcher, which ends it when it stops.
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def start(self, service: Service) -> None:
        """Starts a service; it is stopped in reverse order."""
        self.services.append(service)
        service.start(self._record)

    def watch(self) -> None:
        """Restarts what dies until the launcher is told to stop."""
        while True:
            self.revive()
            time.sleep(0.25)

    def revive(self) -> None:
        """Starts again what died."""
        for service in self.services:
            if not service.running and service.may_start:
                say(f"  {service.name} stopped and is started again; its log is {service.log}")
                service.start(self._record)

    def stop(self) -> None:
        """Stops every service, the last started first, and whatever else came from the launcher."""
        for service in reversed(self.services):
            if not service.others_need_it:
                service.ask_to_stop()
        for service in reversed(self.services):
            service.stop()
        _end_descendants()
        self._record.unlink(missing_ok=True)

    def run_to_end(self, command: list[str], *, environment: dict[str, str], folder: Path) -> int:
        """Runs a command in a group of its own and returns its exit code; when interrupted, ends the whole group."""
        process = _spawn(command, record=self._record, stop_signal=signal.SIGTERM, env=environment, cwd=folder)
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            raise
        finally:
            _kill_group(process.pid)
            process.wait()


def as_user(name: str | None) -> dict[str, Any]:
    """Returns the arguments that make subprocess run as that user, with its own group and no other."""
    if name is None:
        return {}
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _spawn(command: list[str], *, record: Path, stop_signal: int, **options: Any) -> "subprocess.Popen[bytes]":
    """Starts a process that leads a group, stands in the record, and is asked to end when the launcher dies."""
    with record.open("ab") as lines:
        prepare = _before_its_program(stop_signal, lines.fileno()) if ON_LINUX else None
        return subprocess.Popen(command, start_new_session=True, preexec_fn=prepare, **options)


def _before_its_program(stop_signal: int, record: int) -> Callable[[], None]:
    launcher, library = os.getpid(), ctypes.CDLL(None)

    def prepare() -> None:
        library.prctl(PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
        # The launcher may have died before the kernel was asked to tell.
        if os.getppid() != launcher:
            os._exit(1)
        # Written by the process itself: the launcher could be killed before it writes.
        os.write(record, f"{os.getpid()} {_birth(os.getpid())}\n".encode())

    return prepare


def _birth(pid: int) -> str:
    """Returns when a process began, in the kernel's ticks: with the pid it names one process for ever."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return "gone"


def _leave_a_watchman(record: Path) -> None:
    """Forks a process that does nothing but outlive the launcher: if that is killed, it ends what is left.

    The kernel asks the services to end when the launcher dies; a service that hangs needs somebody who insists.
    """
    alive, _ours = os.pipe()
    if os.fork():
        os.close(alive)
        return
    os.setsid()
    # It must hold neither the launcher's end of the pipe, nor its lock, nor its terminal.
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    os.dup2(0, 2)
    os.dup2(alive, 3)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # The launcher never writes; reading ends when it does.
    os.read(3, 1)
    _end_leftovers(record)
    os._exit(0)


def _end_leftovers(record: Path) -> None:
    """Ends services of a launcher that was killed; the kernel asked them to end when it died."""
    if not record.exists():
        return
    left = [(int(pid), birth) for pid, birth in (line.split() for line in record.read_text().splitlines())]
    deadline = time.monotonic() + PATIENCE_AFTER_DEATH
    while time.monotonic() < deadline and any(_birth(pid) == birth for pid, birth in left):
        time.sleep(0.1)
    for pid, birth in left:
        if _birth(pid) == birth:
            _kill_group(pid)


def _end_descendants() -> None:
    """Ends processes that left the group of the service which started them."""
    deadline = time.monotonic() + PATIENCE
    while ON_LINUX and time.monotonic() < deadline and (left := _descendants(os.getpid())):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _descendants(ancestor: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [ancestor]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found
