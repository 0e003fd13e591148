"""docker-compose.yml: every role is started as it says, without a container, and found healthy by its own check."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml

from sessions.live import ADDRESS
from tests.databases import ADDRESSES, ROOT, address_of

ROLES = ("web", "worker", "beat", "stream")
SECRETS = Path("/run/secrets")


@dataclass
class Host:
    """Stands in for a container: its folders are on this machine, and it sees no other variable."""

    folder: Path
    compose: dict[str, Any]

    def command(self, role: str, words: list[str]) -> list[str]:
        """Returns a command of a role with the container's folders replaced."""
        return [self._here(str(word), role) for word in words]

    def variables(self, role: str) -> dict[str, str]:
        """Returns what the file gives to a role, and the paths that an image has."""
        given = {
            name: self._here(str(value), role) for name, value in self.compose["services"][role]["environment"].items()
        }
        return {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": "/nonexistent"} | given

    def run(self, role: str, words: list[str]) -> "subprocess.CompletedProcess[str]":
        """Runs one of a role's commands to its end."""
        return subprocess.run(
            self.command(role, words), cwd=ROOT, env=self.variables(role), capture_output=True, text=True, check=False
        )

    def mount_secrets(self, role: str, values: dict[str, str]) -> None:
        """Puts only those secrets in place that the file gives to the role."""
        folder = Path(self._here(str(SECRETS), role))
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.compose["services"][role].get("secrets", []):
            (folder / name).write_text(values[name])

    def _here(self, text: str, role: str) -> str:
        """Returns a path of a container on this machine; secrets are each role's own."""
        own = f"{self.folder}/{role}" if str(SECRETS) in text else self.folder
        return re.sub(r"^(--\S+=)?(/run/secrets|/exports|/data|/tmp)\b", rf"\g<1>{own}\g<2>", text)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file, with the default of every variable."""
    text = (ROOT / "docker-compose.yml").read_text()
    content: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text).replace("$$", "$"))
    return content


@pytest.fixture(scope="module")
def secret_values() -> Iterator[dict[str, str]]:
    """The secrets of an installation on the tests' servers, whose database does not exist yet."""
    name = f"test_compose_{uuid.uuid4().hex[:8]}"
    logins = {variable.lower(): address_of(variable, database=name) for variable in ADDRESSES}
    broker = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/9"
    yield logins | {
        "admin_database_url": os.environ["ADMIN_DATABASE_URL"],
        "redis_url": broker,
        "secret_key": "a secret key of this test, which is long enough to please Django",
        "identity_key": "dGhlLWlkZW50aXR5LWtleS1vZi10aGlzLW9uZS10ZXM=",
        "allocation_key": "dGhlLWFsbG9jYXRpb24ta2V5LW9mLXRoaXMtb25lLXQ=",
        "email_password": "",
    }
    connection = psycopg2.connect(os.environ["ADMIN_DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    connection.close()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, compose: dict[str, Any]) -> Host:
    """A place to run roles in."""
    folder = tmp_path_factory.mktemp("container")
    for name in ("exports", "data", "tmp"):
        (folder / name).mkdir()
    return Host(folder, compose)


@contextmanager
def running(host: Host, role: str) -> Iterator[None]:
    """Runs a role's command until the block ends, and stops it with the signal that the file names."""
    service = host.compose["services"][role]
    with (host.folder / f"{role}.log").open("w") as log:
        process = subprocess.Popen(
            host.command(role, service["command"]),
            cwd=ROOT,
            env=host.variables(role),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield
        process.send_signal(getattr(signal, service.get("stop_signal", "SIGTERM")))
        assert process.wait(30) in (0, -signal.SIGTERM), f"{role} did not stop cleanly"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_healthy(host: Host, role: str, *, seconds: float = 60) -> None:
    """Asks the role's own health check until it succeeds."""
    check = host.compose["services"][role]["healthcheck"]["test"]
    assert check[0] == "CMD"
    deadline = time.monotonic() + seconds
    while (answer := host.run(role, check[1:])).returncode != 0:
        log = (host.folder / f"{role}.log").read_text()[-2000:]
        assert time.monotonic() < deadline, f"{role}: {answer.stderr[-500:]}\n{log}"
        time.sleep(0.5)


def test_every_role_starts_from_nothing_and_becomes_healthy(host: Host, secret_values: dict[str, str]) -> None:
    services = host.compose["services"]
    for role in ("prepare", "migrate"):
        host.mount_secrets(role, secret_values)
        done = host.run(role, services[role]["command"])
        assert done.returncode == 0, done.stdout + done.stderr
    for role, variable in (("web", "PORT"), ("stream", "UVICORN_PORT")):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            services[role]["environment"][variable] = str(probe.getsockname()[1])

    # All start at once, as they do in the field, and each stays up while the others are asked: beat's sign of life
    # comes by way of a worker.
    with ExitStack() as up:
        for role in ROLES:
            host.mount_secrets(role, secret_values)
            up.enter_context(running(host, role))
        for role in ROLES:
            wait_until_healthy(host, role)


def test_proxy_passes_the_lines_of_the_stream_on_and_everything_else_to_the_web() -> None:
    """The same address is matched by the proxy and by the process behind it."""
    rules = (ROOT / "deploy" / "Caddyfile").read_text()
    matched = re.search(r"@stream path_regexp (\S+)\s+reverse_proxy @stream stream:8001 \{\s+flush_interval -1", rules)

    assert matched is not None
    line = "/sessions/dss_7k2m4n6p8q3r5t7v/stream/"
    assert re.search(matched[1], line) and ADDRESS.fullmatch(line)
    for other in ("/sessions/", "/sessions/dss_7k2m4n6p8q3r5t7v/", "/sessions/dss_7k2m4n6p8q3r5t7v/entries/"):
        assert not re.search(matched[1], other) and not ADDRESS.fullmatch(other)
    assert f"@pages not path_regexp {matched[1]}" in rules and "reverse_proxy @pages web:8000" in rules


def test_health_check_of_a_role_that_is_down_fails(host: Host, secret_values: dict[str, str]) -> None:
    for role in ROLES[:2]:
        host.mount_secrets(role, secret_values)

        answer = host.run(role, host.compose["services"][role]["healthcheck"]["test"][1:])

        assert answer.returncode != 0
        assert "does not answer" in answer.stderr


def test_queue_server_takes_the_command_and_the_rules_of_access(host: Host) -> None:
    rules = "user default on >a-password ~* &* +@all"
    host.mount_secrets("redis", {"redis_users": rules, "redis_password": "a-password"})
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = host.command("redis", host.compose["services"]["redis"]["command"])
    binary = os.environ["VIGIL_VALKEY_SERVER"]
    process = subprocess.Popen([binary, *words[1:], "--port", str(port)], stdout=subprocess.DEVNULL)

    try:
        answers = _ask(port, ["PING"], ["AUTH", "a-password"], ["CONFIG", "GET", "maxmemory-policy"])
    finally:
        process.terminate()
        process.wait(10)

    assert answers[0].startswith("-NOAUTH")
    assert "noeviction" in answers[2]


def test_only_the_proxy_can_be_reached_from_outside(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]
    assert compose["networks"]["data"] == {"internal": True}


def test_no_process_that_serves_holds_owner_or_administrator(compose: dict[str, Any]) -> None:
    for role in ROLES:
        held = {*compose["services"][role]["secrets"], *compose["services"][role]["environment"]}

        assert not [name for name in held if "owner" in name.lower() or "admin" in name.lower()]


def test_every_secret_of_the_file_is_made(compose: dict[str, Any]) -> None:
    made = subprocess.run(
        [sys.executable, "-c", "import make_secrets; print(*make_secrets._values())"],
        cwd=ROOT / "deploy",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert set(made) == set(compose["secrets"])
    assert {secret["file"] for secret in compose["secrets"].values()} == {f"deploy/secrets/{name}" for name in made}


def test_every_service_is_watched_and_restarted(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        one_shot = name in ("prepare", "migrate")

        assert service["restart"] == ("on-failure" if one_shot else "unless-stopped")
        assert one_shot or service["healthcheck"]["test"]


def test_secrets_of_a_role_are_those_that_its_variables_name(compose: dict[str, Any]) -> None:
    for role in ("prepare", "migrate", *ROLES):
        service = compose["services"][role]
        named = {Path(value).name for value in service["environment"].values() if str(value).startswith(str(SECRETS))}

        assert named == set(service["secrets"])


def _ask(port: int, *commands: list[str]) -> list[str]:
    deadline = time.monotonic() + 10
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=2)
            break
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)
    answers = []
    with connection:
        for words in commands:
            connection.sendall((" ".join(words) + "\r\n").encode())
            time.sleep(0.2)
            answers.append(connection.recv(4000).decode())
    return answers
