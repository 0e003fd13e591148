"""The lines that tell tablets of something new: one process, one listening connection, and nothing but numbers.

A page keeps one line open and fetches what is new through the guarded view; a line carries the number of the latest
entry and never what was recorded. Who may listen is asked of the database when a line is opened, from time to time
while it is open, and at once when somebody's sign-in, account or membership changes. When the database cannot be heard
every line is closed: tablets then ask by themselves, more slowly, until they get one again.
"""

import asyncio
import logging
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg2
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.http import parse_cookie

from core.contributions import reading_as
from core.permissions import Permission, Viewer
from core.sign_ins import ACCESS_CHANNEL, person_signed_in
from sessions.access import sessions_for
from sessions.stream import CHANNEL

logger = logging.getLogger("vigil.stream")

COMMENT_EVERY_S, ASK_AGAIN_S, BEAT_EVERY_S, LISTEN_AGAIN_S = 15.0, 60.0, 10.0, 2.0
SUBSCRIBERS_MOST = 2000
ADDRESS = re.compile(r"/sessions/(\w{1,24})/stream/")
# A server that fell silent is given up after seconds, not after the kernel's quarter of an hour.
KEEP_ALIVE = {"connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 3, "keepalives_count": 3}
BEAT = (
    "INSERT INTO core_heartbeat (name, beat_at) VALUES ('stream', clock_timestamp())"
    " ON CONFLICT (name) DO UPDATE SET beat_at = EXCLUDED.beat_at"
)
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(eq=False)
class Line:
    """One open line: whose sign-in it hangs on, and what it has to be told."""

    sign_in: str
    session: str
    pending: int = 0
    must_ask: bool = False
    closed: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Exchange:
    """Every open line, by session."""

    def __init__(self) -> None:
        self.lines: dict[str, set[Line]] = defaultdict(set)
        self.listening = False

    def __len__(self) -> int:
        return sum(len(lines) for lines in self.lines.values())

    def join(self, line: Line) -> None:
        """Adds a line."""
        self.lines[line.session].add(line)

    def leave(self, line: Line) -> None:
        """Removes a line."""
        self.lines[line.session].discard(line)
        if not self.lines[line.session]:
            del self.lines[line.session]

    def tell(self, session: str, sequence: int) -> None:
        """Wakes the lines of a session; one that is slow hears only of the latest."""
        for line in self.lines.get(session, ()):
            line.pending = max(line.pending, sequence)
            line.woken.set()

    def ask_again(self) -> None:
        """Lets every line ask whether it may still listen."""
        for line in self._all():
            line.must_ask = True
            line.woken.set()

    def close_all(self) -> None:
        """Closes every line."""
        for line in self._all():
            line.closed = True
            line.woken.set()

    def _all(self) -> list[Line]:
        return [line for lines in self.lines.values() for line in lines]


def may_listen(sign_in: str, public_id: str) -> bool:
    """Returns whether a sign-in stands, and whose it is may see the session."""
    close_old_connections()
    person = person_signed_in(sign_in, path=f"/sessions/{public_id}/")
    if person is None:
        return False
    with reading_as(person) as moment:
        viewer = Viewer.at(person, moment)
        if not viewer.may(Permission.SESSION_VIEW):
            return False
        return sessions_for(viewer, Permission.SESSION_VIEW).filter(public_id=public_id).exists()


async def listen(exchange: Exchange) -> None:
    """Hears the database until it is cancelled; when it cannot, it closes every line and tries again."""
    while True:
        try:
            connection = await asyncio.to_thread(_connect)
            try:
                exchange.listening = True
                await _hear(connection, exchange)
            finally:
                connection.close()
        except (psycopg2.Error, OSError) as error:
            logger.warning("The database is not heard: %s", str(error).strip())
        exchange.listening = False
        exchange.close_all()
        await asyncio.sleep(LISTEN_AGAIN_S)


def _connect() -> Any:
    place = settings.STREAM_DATABASE
    connection = psycopg2.connect(
        dbname=place["NAME"], user=place["USER"], password=place["PASSWORD"], host=place["HOST"], port=place["PORT"],
        application_name="vigil stream", **KEEP_ALIVE,
    )  # fmt: skip
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}; LISTEN {ACCESS_CHANNEL}; SET statement_timeout = 5000")
        cursor.execute(BEAT)
    return connection


async def _hear(connection: Any, exchange: Exchange) -> None:
    loop = asyncio.get_running_loop()
    broken: asyncio.Future[None] = loop.create_future()

    def heard() -> None:
        try:
            connection.poll()
        except psycopg2.Error as error:
            if not broken.done():
                broken.set_exception(error)
            return
        pass_on(connection, exchange)

    # Asked for now: a connection that broke has forgotten its number, and whoever gets that number next would suffer.
    number = connection.fileno()
    loop.add_reader(number, heard)
    try:
        while not broken.done():
            await asyncio.wait([broken], timeout=BEAT_EVERY_S)
            if not broken.done():
                # On the listening connection itself: this sign of life says that it is heard.
                with connection.cursor() as cursor:
                    cursor.execute(BEAT)
                pass_on(connection, exchange)
        await broken
    finally:
        loop.remove_reader(number)


def pass_on(connection: Any, exchange: Exchange) -> None:
    """Tells the lines what the connection has heard."""
    while connection.notifies:
        notice = connection.notifies.pop(0)
        session, _, sequence = notice.payload.partition(" ")
        if notice.channel == ACCESS_CHANNEL:
            exchange.ask_again()
        elif sequence.isdecimal():
            exchange.tell(session, int(sequence))


class Stream:
    """The ASGI application: it listens while it lives, and serves one kind of address."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        self._listening: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serves one request, or begins and ends with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._listening = asyncio.create_task(listen(self.exchange))
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._listening is not None:
                    self._listening.cancel()
                self.exchange.close_all()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _serve(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        session = _session_named(scope["path"])
        if session is None or scope["method"] != "GET":
            await _answer(send, 404, headers)
            return
        if not self.exchange.listening or len(self.exchange) >= SUBSCRIBERS_MOST:
            await _answer(send, 503, headers)
            return
        line = Line(_sign_in_of(headers), session)
        if not await _may(line):
            # The same answer whether it is not there, not yours, or you are not signed in.
            await _answer(send, 404, headers)
            return
        self.exchange.join(line)
        gone = asyncio.create_task(_until_gone(receive, line))
        try:
            await _answer(send, 200, headers, content_type="text/event-stream", more=True)
            await _tell(line, send)
        finally:
            gone.cancel()
            self.exchange.leave(line)


async def _tell(line: Line, send: Send) -> None:
    loop = asyncio.get_running_loop()
    asked_at = loop.time()
    await _write(send, "retry: 3000\nevent: open\ndata: 0\n\n")
    while not line.closed:
        try:
            await asyncio.wait_for(line.woken.wait(), COMMENT_EVERY_S)
        except TimeoutError:
            await _write(send, ": still here\n\n")
        line.woken.clear()
        if line.must_ask or loop.time() - asked_at > ASK_AGAIN_S:
            line.must_ask, asked_at = False, loop.time()
            if not await _may(line):
                break
        if line.pending:
            number, line.pending = line.pending, 0
            await _write(send, f"id: {number}\ndata: {number}\n\n")
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _may(line: Line) -> bool:
    try:
        return bool(line.sign_in) and await sync_to_async(may_listen, thread_sensitive=True)(line.sign_in, line.session)
    except DatabaseError:
        # Who cannot be asked is not let in; the tablet asks by itself and comes back.
        return False


async def _until_gone(receive: Receive, line: Line) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    line.closed = True
    line.woken.set()


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _answer(
    send: Send, status: int, headers: dict[str, str], *, content_type: str = "text/plain", more: bool = False
) -> None:
    own = [
        (b"content-type", content_type.encode()),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    # Where pages and lines are served under two addresses, only Vigil's own pages may read.
    if headers.get("origin") == settings.BASE_URL:
        own += [
            (b"access-control-allow-origin", settings.BASE_URL.encode()),
            (b"access-control-allow-credentials", b"true"),
            (b"vary", b"Origin"),
        ]
    await send({"type": "http.response.start", "status": status, "headers": own})
    if not more:
        await send({"type": "http.response.body", "body": b""})


def _session_named(path: str) -> str | None:
    found = ADDRESS.fullmatch(path)
    return found[1] if found else None


def _sign_in_of(headers: dict[str, str]) -> str:
    return parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
