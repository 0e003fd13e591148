"""Emergency unblinding through the product's own server while the Redis-protocol server and every worker are away."""

import http.client
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from core.contributions import reading_as
from core.models import Person
from tests import stages
from tests.cast import AT, PASSWORD
from tests.databases import environment_for, owner_cursor
from tests.journeys.conftest import running, wait_for
from tests.reminders.faults import free_port


@pytest.fixture
def served(own_database, world, ben, ada, tmp_path) -> Iterator[tuple[int, object]]:
    """A gunicorn on the test's database, whose broker is a port on which nobody listens; and a randomised person."""
    with reading_as(ben):
        participant = stages.randomised(world, by=ben, investigator=ada, at=AT)
    port = free_port()
    environment = environment_for(own_database) | {
        "VIGIL_ENVIRONMENT": "test",
        "VIGIL_BASE_URL": f"http://127.0.0.1:{port}",
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
    }
    web = ["gunicorn", "config.wsgi", "--workers", "1", "--threads", "2", "--bind", f"127.0.0.1:{port}"]
    with running(web, environment, tmp_path / "web.log"):
        wait_for(f"http://127.0.0.1:{port}/accounts/login/", log=tmp_path / "web.log")
        yield port, participant


def cookies_of(person: Person) -> dict[str, str]:
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    token = "a" * 32
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value, "csrftoken": token}


def ask(port, address, cookies, *, form=None, host=None):
    """Sends one request and returns its status, its text, and how long it took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "Host": f"127.0.0.1:{host or port}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = urlencode(form | {"csrfmiddlewaretoken": cookies["csrftoken"]}) if form else None
    begun = time.monotonic()
    connection.request("POST" if form else "GET", address, body=body, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), time.monotonic() - begun


def entered(participant):
    return {"typed_code": participant.screening_number, "password": PASSWORD, "reason": "Seizure"}


def kept(database):
    """Returns the reasons that stand in the log, in the blinded record, and whether the arm is in it."""
    with owner_cursor(database) as cursor:
        cursor.execute("SET app.maintenance = 'on'")
        cursor.execute("SELECT reason FROM allocation.reveal_log")
        log = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT reason FROM pharmacy_unblinding")
        return log, [row[0] for row in cursor.fetchall()]


def test_it_answers_in_three_requests_with_redis_and_every_worker_away(served, own_database, world, ada):
    port, participant = served
    cookies = cookies_of(ada)
    answers = [
        ask(port, reverse("pharmacy:unblinding-list"), cookies),
        ask(port, reverse("pharmacy:unblinding-form", args=[participant.public_id]), cookies),
        ask(port, reverse("pharmacy:unblinding-unblind", args=[participant.public_id]), cookies,
            form=entered(participant)),
    ]  # fmt: skip

    assert [status for status, _, _ in answers] == [200, 200, 200]
    assert "This participant received" in answers[-1][1]
    assert max(seconds for *_, seconds in answers) < 20
    assert kept(own_database) == (["Seizure"], ["Seizure"])
    with owner_cursor(own_database) as cursor:
        cursor.execute("SET app.maintenance = 'on'")
        cursor.execute("SELECT DISTINCT template FROM reminders_reminder WHERE template LIKE 'unblinding%'")
        assert {row[0] for row in cursor.fetchall()} == {"unblinding_notice", "unblinding_site_notice"}


@contextmanager
def cutting_proxy(port, on_first_byte):
    """Passes a request on whole, and cuts the line at the first byte of the answer, after asking `on_first_byte`."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        client, _ = listener.accept()
        with client, client.makefile("rb") as sent, socket.create_connection(("127.0.0.1", port)) as server:
            client.settimeout(60)
            server.settimeout(60)
            head = b"".join(iter(sent.readline, b"\r\n"))
            length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
            server.sendall(head + b"\r\n" + sent.read(length))
            assert server.recv(1) == b"H"
            on_first_byte()

    with ThreadPoolExecutor(1) as hand:
        served = hand.submit(serve)
        yield listener.getsockname()[1]
        served.result(90)
    listener.close()


def test_the_row_is_there_before_the_first_byte_and_stays_when_the_line_is_cut(served, own_database, world, mel):
    port, participant = served
    seen = []
    address = reverse("pharmacy:unblinding-unblind", args=[participant.public_id])

    with cutting_proxy(port, lambda: seen.append(kept(own_database))) as proxy:
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            ask(proxy, address, cookies_of(mel), form=entered(participant), host=port)

    assert seen == [(["Seizure"], ["Seizure"])] and kept(own_database) == seen[0]


def test_the_row_is_kept_when_the_client_is_gone_before_the_answer(served, own_database, world, ada):
    port, participant = served
    cookies = cookies_of(ada)
    body = urlencode(entered(participant) | {"csrfmiddlewaretoken": cookies["csrftoken"]}).encode()
    head = (
        f"POST {reverse('pharmacy:unblinding-unblind', args=[participant.public_id])} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Cookie: {'; '.join(f'{name}={value}' for name, value in cookies.items())}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(head.encode() + body)

    ends_at = time.monotonic() + 30
    while kept(own_database) == ([], []) and time.monotonic() < ends_at:
        time.sleep(0.2)

    assert kept(own_database) == (["Seizure"], ["Seizure"])
