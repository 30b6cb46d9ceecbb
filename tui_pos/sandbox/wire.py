"""Between the socket and the backend: the call log, latency, faults and dropped connections."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import struct
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from tui_pos.sandbox.afosto.backend import Backend
from tui_pos.sandbox.afosto.errors import STATUS_OF, ApiError
from tui_pos.sandbox.faults import Fault, Faults, spoil

Act = Callable[[], Awaitable[Response]]
_PORTAL = "<!doctype html><title>Guest Wi-Fi</title><h1>Welcome</h1><p>Please accept the terms.</p>"
_PROXY = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
_CALLS_KEPT = 20_000
_SECRET = ("password", "token", "secret")


class Connection(Protocol):
    """What is needed of uvicorn's protocol object."""

    client: tuple[str, int] | None
    transport: asyncio.Transport


@dataclass
class Call:
    """One request: Unix ms, no secrets. `status` is None while it runs and after a drop."""

    seq: int
    at: int
    operation: str
    method: str
    path: str
    idempotency_key: str | None
    variables: Any
    fault: str | None = None
    status: int | None = None
    finished_at: int | None = None


class Wire:
    """Wraps every operation of the backend; faults are planned in `faults`."""

    def __init__(self, backend: Backend, connections: Callable[[], Iterable[Connection]]) -> None:
        self.backend = backend
        self.faults = Faults(backend.settings.seed)
        self.calls: deque[Call] = deque(maxlen=_CALLS_KEPT)
        self._seq = itertools.count(1)
        self._connections = connections
        self._recent: deque[float] = deque()
        self._answered: dict[tuple[str, str], tuple[int, bytes]] = {}

    async def handle(
        self, request: Request, operations: tuple[str, ...], variables: Any, act: Act
    ) -> Response:
        """Do `act` and answer with its response, unless a fault is planned for the operation."""
        key = request.headers.get("idempotency-key")
        call = Call(
            seq=next(self._seq),
            at=self.backend.now(),
            operation=",".join(operations) or "?",
            method=request.method,
            path=request.url.path,
            idempotency_key=key,
            variables=_redacted(variables),
        )
        self.calls.append(call)
        wait_s = self.faults.wait_s(operations)
        if wait_s:
            await asyncio.sleep(wait_s)
        fault = self.faults.take(operations)
        if fault is None:
            response = await self._once(call, key, act)
        else:
            call.fault = fault.kind
            response = await self._faulty(fault, call, key, act)
        if not isinstance(response, _Dropped):
            call.status = response.status_code
        call.finished_at = self.backend.now()
        return response

    def calls_since(self, since: int = 0) -> list[dict[str, Any]]:
        """Calls with a `seq` above `since`, oldest first."""
        return [asdict(call) for call in self.calls if call.seq > since]

    def over_limit(self) -> bool:
        """Whether this request is one too many in the last second."""
        limit, now = self.backend.settings.rate_limit, time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if limit is None or len(self._recent) < limit:
            self._recent.append(now)
            return False
        return True

    def drop(self, *, reset: bool = False) -> Response:
        """An answer that is no answer: the connection closes."""
        return _Dropped(self, reset)

    async def _once(self, call: Call, key: str | None, act: Act) -> Response:
        if key is None or not self.backend.settings.honour_idempotency_key:
            return await act()
        known = self._answered.get((call.operation, key))
        if known is not None:
            return Response(known[1], known[0], media_type="application/json")
        response = await act()
        if not isinstance(response, _Dropped):
            self._answered[(call.operation, key)] = response.status_code, bytes(response.body)
        return response

    async def _faulty(self, fault: Fault, call: Call, key: str | None, act: Act) -> Response:
        real: Response | None = None
        if fault.acts == "before":
            real = await self._once(call, key, act)
        response = self._spoilt(fault, real, call)
        if fault.acts == "after":
            response.background = BackgroundTask(self._later, fault, call, key, act)
        return response

    async def _later(self, fault: Fault, call: Call, key: str | None, act: Act) -> None:
        async def work() -> None:
            await asyncio.sleep(fault.delay_s)
            await self._once(call, key, act)

        self.backend.background(work())

    def _spoilt(self, fault: Fault, real: Response | None, call: Call) -> Response:
        kind, is_graphql = fault.kind, call.path == "/graphql"
        if kind in ("drop_before", "drop_after") or isinstance(real, _Dropped):
            return self.drop(reset=fault.reset)
        if fault.status is not None:
            return _status(fault, fault.status)
        if kind == "rate_limited":
            return refusal(
                ApiError("RATE_LIMITED", "rate limited", retry_after_s=fault.retry_after_s),
                is_graphql=is_graphql,
            )
        if kind == "html":
            return HTMLResponse(_PORTAL)
        if kind == "redirect":
            return Response(status_code=302, headers={"location": fault.location})
        if kind == "hang":
            return _Hanging()
        body = bytes(real.body) if real is not None else b'{"data": null}'
        status = real.status_code if real is not None else 200
        media = (real.media_type if real is not None else None) or "application/json"
        if kind == "slow_drip":
            return StreamingResponse(_drip(body, fault.interval_s), status, media_type=media)
        if kind == "huge":
            body += b" " * (fault.megabytes << 20)
        if kind == "cut":
            return _Cut(self, body, status)
        return Response(spoil(kind, body), status, media_type=media)

    async def _close(self, scope: Scope, receive: Receive, *, reset: bool) -> None:
        for connection in list(self._connections()):
            if connection.client == tuple(scope["client"]):
                transport = connection.transport
                if reset:
                    raw: socket.socket = transport.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    transport.abort()
                transport.close()
        await _gone(receive)


class _Dropped(Response):
    def __init__(self, wire: Wire, reset: bool) -> None:
        super().__init__()
        self._wire, self._reset = wire, reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._wire._close(scope, receive, reset=self._reset)
        if self.background is not None:
            await self.background()


class _Cut(Response):
    def __init__(self, wire: Wire, body: bytes, status: int) -> None:
        super().__init__(body, status, media_type="application/json")
        self._wire = wire

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = {"type": "http.response.start", "status": self.status_code}
        await send({**head, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await self._wire._close(scope, receive, reset=False)


class _Hanging(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _gone(receive)
        if self.background is not None:
            await self.background()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def or_gone(request: Request, work: asyncio.Task[Any]) -> Any | None:
    """Wait for work, or until the client goes away: then None, and the work goes on."""
    leaving = asyncio.ensure_future(_gone(request.receive))
    try:
        await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else None
    finally:
        leaving.cancel()


async def _drip(body: bytes, interval_s: float) -> Any:
    for n in range(len(body)):
        yield body[n : n + 1]
        await asyncio.sleep(interval_s)


def _status(fault: Fault, status: int) -> Response:
    headers = {"retry-after": str(fault.retry_after_s)} if status in (429, 503) else None
    if fault.body == "html" or (fault.body is None and status >= 500):
        return HTMLResponse(_PROXY.format(status), status, headers)
    code = next((c for c, s in STATUS_OF.items() if s == status), "INTERNAL_SERVER_ERROR")
    error = ApiError(code, code.lower().replace("_", " "), status=status)
    return JSONResponse(error.rest_body(), status, headers)


def refusal(error: ApiError, *, is_graphql: bool) -> Response:
    """The answer for a request refused as a whole."""
    headers = None
    if error.code == "RATE_LIMITED":
        headers = {"retry-after": str(error.retry_after_s or 1)}
    if is_graphql:
        return JSONResponse(error.graphql_body(), 200, headers)
    return JSONResponse(error.rest_body(), error.status, headers)


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "***" if any(word in key.lower() for word in _SECRET) else _redacted(part)
            for key, part in value.items()
        }
    return [_redacted(part) for part in value] if isinstance(value, list) else value


def parse_json(body: bytes) -> Any:
    """The JSON in a request body; ValueError when it is not JSON."""
    try:
        return json.loads(body.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
