"""WebKitGTK by its own WebDriver (Debian: webkit2gtk-driver and xvfb), as far as the journeys need it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PATIENCE_S = 60.0


class WebKit:
    """One browser window."""

    def __init__(self, port: int) -> None:
        self.driver = f"http://127.0.0.1:{port}"
        self.session = ""

    def begin(self) -> None:
        """Opens the window."""
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}})[
            "sessionId"
        ]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Returns the value of one command; raises AssertionError with what the driver says."""
        data = json.dumps(body or {}).encode() if method == "POST" else None
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.driver}{path}", method=method, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()[:500]}") from error

    def do(self, method: str, path: str, body: Any = None) -> Any:
        """Returns the value of a command within the window."""
        return self.call(method, f"/session/{self.session}{path}", body)

    def run(self, script: str, *arguments: Any) -> Any:
        """Returns what a script of the test says."""
        return self.do("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector: str) -> str:
        """Returns an element once it is there."""
        found: dict[str, str] = self.until(
            lambda: self.do("POST", "/element", {"using": "css selector", "value": selector})
        )
        return found[ELEMENT]

    def fill(self, selector: str, text: str) -> None:
        """Types into a field."""
        self.do("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def press(self, selector: str) -> None:
        """Presses something, once it can be."""
        self.until(lambda: self.do("POST", f"/element/{self.find(selector)}/click") is None)

    def until(self, ask: Any) -> Any:
        """Returns the first answer that is one."""
        ends_at, told = time.monotonic() + PATIENCE_S, "no answer"
        while time.monotonic() < ends_at:
            try:
                if answer := ask():
                    return answer
            except AssertionError as error:
                told = str(error)
            time.sleep(0.1)
        raise AssertionError(told)


@contextmanager
def webkit(folder: Path) -> Iterator[WebKit]:
    """Starts a driver and its browser on a screen that nobody sees."""
    for program in ("WebKitWebDriver", "xvfb-run"):
        assert shutil.which(program), f"{program} is missing: apt-get install webkit2gtk-driver xvfb"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    folder.mkdir(parents=True)
    home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "LIBGL_ALWAYS_SOFTWARE": "1"}
    with (folder / "driver.log").open("wb") as log:
        process = subprocess.Popen(
            ["xvfb-run", "-a", "WebKitWebDriver", f"--port={port}"], env={**os.environ, **home}, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    window = WebKit(port)
    try:
        window.until(lambda: _answers(port))
        window.begin()
        yield window
        window.do("DELETE", "")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
