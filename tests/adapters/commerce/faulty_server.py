"""A server on loopback that says exactly the bytes a test wants, and remembers what it was sent."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from tui_pos.adapters.commerce.afosto import Afosto, AfostoOptions
from tui_pos.adapters.commerce.limits import Limits
from tui_pos.domain.order import Action, ActionKind, RemotePayment

CANARY = "canary-7f3a9c51"
QUICK = Limits(
    connect_s=1.0,
    write_s=0.3,
    pool_s=0.3,
    read_s=0.25,
    read_deadline_s=0.5,
    money_read_s=0.25,
    money_deadline_s=0.5,
    start_read_s=0.25,
    start_grace_s=0.25,
    document_deadline_s=0.6,
    read_bytes=20_000,
    money_bytes=20_000,
    document_bytes=20_000,
    retry_waits_s=(0.0, 0.0, 0.0),
)
ONCE = replace(QUICK, retry_waits_s=())


@dataclass(frozen=True)
class Seen:
    """A request as it came: the head in lower case."""

    line: str
    head: str
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def operation(self) -> str:
        return str(self.json()["operationName"])

    def header(self, name: str) -> str | None:
        for row in self.head.split("\r\n"):
            key, _, value = row.partition(":")
            if key == name:
                return value.strip()
        return None


Reply = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """Answers request n with reply n, the last one again and again."""

    replies: list[Reply]
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                await self._one(reader, writer)
                if isinstance(self._reply, bytes) and b"connection: close" not in self._reply:
                    continue
                break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, _, rest = head.partition("\r\n")
        seen = Seen(line, rest.lower(), b"")
        length = int(seen.header("content-length") or 0)
        seen = replace(seen, body=await reader.readexactly(length))
        self.seen.append(seen)
        self._reply = self.replies[min(len(self.seen), len(self.replies)) - 1]
        if isinstance(self._reply, bytes):
            writer.write(self._reply)
            await writer.drain()
        else:
            await self._reply(reader, writer)


@asynccontextmanager
async def faulty(*replies: Reply) -> AsyncIterator[Server]:
    server = Server(list(replies))
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError):  # the end of the test, and no error of the server
            await server.serve(reader, writer)

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def till(
    url: str,
    *,
    limits: Limits = ONCE,
    token: Callable[[], str] = lambda: CANARY,
    on_call: Callable[[str, str, float, int], None] | None = None,
    **options: Any,
) -> AsyncIterator[Afosto]:
    backend = Afosto(
        AfostoOptions(url, "channel-1", limits=limits, **options), token, on_call=on_call
    )
    try:
        yield backend
    finally:
        await backend.close()


def http(status: int, body: bytes | str, *headers: str) -> bytes:
    raw = body.encode() if isinstance(body, str) else body
    rows = [f"HTTP/1.1 {status} X", f"content-length: {len(raw)}", "connection: close", *headers]
    return "\r\n".join(rows).encode() + b"\r\n\r\n" + raw


def answer(value: Any, status: int = 200, *headers: str) -> bytes:
    return http(status, json.dumps(value), "content-type: application/json", *headers)


def data(operation: str, value: Any) -> bytes:
    return answer({"data": {operation: value}})


def errors(*found: dict[str, Any], data: Any = None, status: int = 200) -> bytes:
    return answer({"data": data, "errors": list(found)}, status)


def order(**changes: Any) -> dict[str, Any]:
    base = {"id": "o1", "number": "7", "status": "CONCEPT", "currency": "EUR", "total": 500}
    return base | changes


def payment(**changes: Any) -> dict[str, Any]:
    return {"id": "p1", "status": "PAID", "is_paid": True, "amount": 500} | changes


def started(url: str, kind: ActionKind | None = ActionKind.START) -> RemotePayment:
    return RemotePayment("p1", "PENDING", False, None, Action(kind, "START", url))


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
