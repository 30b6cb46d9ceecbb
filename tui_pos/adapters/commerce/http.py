"""The one HTTP client. The only module that knows which library does it; imported late.

Which failure proves what is decided here and nowhere else: an exception of `NOT_SENT` means that no byte
of the request left; every other one, also one that nobody thought of, means that it may have been done.

Source: payment-safety.md, 2.1 (proof), 2.2 (settings), 5.2 (network).
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import socket
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib import import_module
from typing import Any, TypeVar

import httpx
import stamina
import stamina.instrumentation

from tui_pos.adapters.commerce import origin as origins
from tui_pos.adapters.commerce.answers import Answer
from tui_pos.adapters.commerce.limits import Kind, Limits
from tui_pos.adapters.commerce.origin import Origin
from tui_pos.domain.errors import (
    BackendError,
    Malformed,
    MaybeDone,
    NotAllowed,
    NotSent,
    RateLimited,
)
from tui_pos.ports.commerce import Health

T = TypeVar("T")
OnCall = Callable[[str, str, float, int], None]

# Both libraries write addresses and headers to their logs when somebody turns these up.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)
# Its default hook writes to the terminal that the till is drawn on.
stamina.instrumentation.set_on_retry_hooks([])

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
)
# The library loads this at its first connection: tens of milliseconds in which no key would be painted.
with suppress(ImportError):
    import_module("anyio._backends._asyncio")

_RECENT = 100
_SECRET = 8  # shorter tokens are no secrets, and could be part of any word


def socket_options() -> list[tuple[int, int, int]]:
    """TCP keepalive after 20 s, every 10 s, 3 times; unacknowledged data for 60 s. Where the platform can."""
    wanted = (
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 20),
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 10),
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),
        (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 60_000),
    )
    return [
        (level, getattr(socket, name), value)
        for level, name, value in wanted
        if hasattr(socket, name)
    ]


def tls_context(*, ca_file: str, is_needed: bool) -> ssl.SSLContext:
    """The context of all clients; reads certificates, so it is not for the event loop.

    One that trusts nobody (and costs nothing) where every call stays on this machine.
    """
    if not is_needed:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file:
        context = ssl.create_default_context(cafile=ca_file)
    else:
        context = httpx.create_ssl_context(trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.keylog_filename = None  # type: ignore[assignment]  # an environment variable may have set it
    return context


class _Bearer(httpx.Auth):
    """Adds the token to a request, if it goes to the backend itself and nowhere else."""

    def __init__(self, origin: Origin, token: str) -> None:
        self._origin, self._token = origin, token

    async def async_auth_flow(self, request: httpx.Request) -> Any:
        try:
            is_ours = origins.parse(str(request.url))[0] == self._origin
        except ValueError:
            is_ours = False
        if is_ours:
            request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class Http:
    """Calls to one backend, each within its limits and with a proof of what happened.

    Args:
        origin: where the token may go.
        token: read anew for every call, so that a renewed one counts at once.
        health: kept up to date.
        on_call: told `(name, "begin" | "end", milliseconds, HTTP status or 0)`.
    """

    def __init__(
        self,
        origin: Origin,
        token: Callable[[], str],
        limits: Limits,
        *,
        context: ssl.SSLContext,
        health: Health,
        on_call: OnCall | None = None,
    ) -> None:
        self._origin, self._token, self._limits = origin, token, limits
        self._health, self._on_call = health, on_call
        self._is_closed = False
        self._clients = {kind: self._client(kind, context) for kind in Kind}

    def _client(self, kind: Kind, context: ssl.SSLContext) -> httpx.AsyncClient:
        is_kept = kind is Kind.READ
        transport = httpx.AsyncHTTPTransport(
            verify=context,
            trust_env=False,
            retries=0,
            limits=httpx.Limits(
                max_connections=10,
                max_keepalive_connections=10 if is_kept else 0,
                keepalive_expiry=5.0,
            ),
            socket_options=socket_options(),
        )
        return httpx.AsyncClient(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            headers={
                "User-Agent": "tui-pos",
                "Accept": "application/pdf" if kind is Kind.DOCUMENT else "application/json",
                "Accept-Encoding": "gzip" if is_kept else "identity",
                "Connection": "keep-alive" if is_kept else "close",
            },
            timeout=httpx.Timeout(
                connect=self._limits.connect_s,
                write=self._limits.write_s,
                pool=self._limits.pool_s,
                read=self._limits.silence_s(kind),
            ),
        )

    async def send(
        self, kind: Kind, name: str, method: str, url: str, *, body: Any = None, key: str = ""
    ) -> Answer:
        """One request, once. The address must have been checked before.

        Args:
            name: of the operation, for logs.
            body: JSON-ready, or None.
            key: sent as Idempotency-Key.

        Raises:
            NotSent: proven that nothing left.
            MaybeDone: anything else that is not a whole answer.
            NotAllowed: there is no token to send.
        """
        if self._is_closed:
            raise NotSent("the till is closing")
        token = self._read_token()
        headers = {"Idempotency-Key": key} if key else {}
        content = None
        if body is not None:
            content = json.dumps(body, allow_nan=False).encode("ascii")
            headers["Content-Type"] = "application/json"
        client, auth = self._clients[kind], _Bearer(self._origin, token)
        result = await self._measured(
            kind,
            name,
            lambda: client.stream(method, url, headers=headers, content=content, auth=auth),
        )
        if isinstance(result, Answer):
            return _without(token, result)
        raise result  # outside any handler: the library's error knows the token

    async def _measured(
        self,
        kind: Kind,
        name: str,
        open_stream: Callable[[], AbstractAsyncContextManager[httpx.Response]],
    ) -> Answer | BackendError:
        self._tell(name, "begin", 0.0, 0)
        began, status = time.perf_counter(), 0
        try:
            result = await self._exchange(kind, open_stream)
            status = result.status if isinstance(result, Answer) else 0
            return result
        finally:
            took_ms = (time.perf_counter() - began) * 1000
            if status:
                self._answered(kind, took_ms)
            self._tell(name, "end", took_ms, status)

    async def _exchange(
        self, kind: Kind, open_stream: Callable[[], AbstractAsyncContextManager[httpx.Response]]
    ) -> Answer | BackendError:
        try:
            async with asyncio.timeout(self._limits.deadline_s(kind)), open_stream() as response:
                body = await _body(response, self._limits.body_bytes(kind))
                return Answer(
                    response.status_code,
                    body,
                    _retry_after(response.headers.get("retry-after", "")),
                    response.headers.get("location", ""),
                )
        except BackendError as error:
            return error
        except NOT_SENT as error:
            return NotSent(_why_not_sent(error))
        except (TimeoutError, httpx.TimeoutException):
            return MaybeDone("no answer in time")
        except httpx.TransportError:
            return MaybeDone("the connection broke")
        except Exception:
            return MaybeDone("the call broke off")

    def _read_token(self) -> str:
        token = ""
        try:
            token = self._token()
        except Exception:
            token = ""  # what a token store raises may hold the token
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise NotAllowed("there is no usable token; nothing was sent", code="no-token")
        return token

    def _answered(self, kind: Kind, took_ms: float) -> None:
        if kind is Kind.DOCUMENT:
            return  # perhaps another server
        self._health.is_reachable = True
        if kind is not Kind.START:
            self._health.latency_ms = took_ms
            self._health.recent_ms.append(took_ms)
            del self._health.recent_ms[:-_RECENT]

    def _tell(self, name: str, phase: str, ms: float, status: int) -> None:
        if self._on_call is not None:
            with suppress(Exception):  # a watcher must not turn a paid answer into a doubt
                self._on_call(name, phase, ms, status)

    async def close(self) -> None:
        self._is_closed = True
        for client in self._clients.values():
            await client.aclose()


def _without(token: str, answer: Answer) -> Answer:
    """An answer that does not repeat the token: a server may quote what it refuses."""
    secret = token.encode("ascii")
    if len(secret) < _SECRET or secret not in answer.body:
        return answer
    return replace(answer, body=answer.body.replace(secret, b"***"))


async def _body(response: httpx.Response, limit: int) -> bytes:
    """The decoded body, never more of it in memory than the limit, however well it was packed."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise Malformed("its answer is packed in an unknown way")
    unpack = zlib.decompressobj(31) if "gzip" in encoding else None
    parts: list[bytes] = []
    size = 0
    async for raw in response.aiter_raw():
        chunk = raw
        if unpack is not None:
            try:
                chunk = unpack.decompress(raw, limit - size + 1)
            except zlib.error:
                raise Malformed("its answer is damaged") from None
        size += len(chunk)
        if size > limit:
            raise Malformed("its answer is too large")
        parts.append(chunk)
    if unpack is not None and not unpack.eof and response.status_code != 204:
        raise Malformed("its answer is cut off")
    return b"".join(parts)


def _retry_after(text: str) -> float | None:
    """Seconds; a date is not worth a clock that may be wrong."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _why_not_sent(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError) and "CERTIFICATE" in str(error).upper():
        return "its certificate is not trusted"
    if isinstance(error, httpx.PoolTimeout):
        return "too many calls at once"
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return "no connection"
    return "its address cannot be used"


async def repeating(call: Callable[[], Awaitable[T]], limits: Limits) -> T:
    """A read, repeated after each pause of the limits while nothing is proven. Never for anything else."""
    waits: Sequence[float] = limits.retry_waits_s
    left = iter(waits)

    def pause(error: Exception) -> bool | float:
        if not isinstance(error, (NotSent, MaybeDone, RateLimited)):
            return False
        wait = next(left, None)
        asked = error.retry_after_s if isinstance(error, RateLimited) else 0.0
        if wait is None or asked > limits.longest_wait_s:
            return False
        return max(wait * random.uniform(0.8, 1.2), asked)  # noqa: S311  # jitter is no secret

    attempts: AsyncIterator[stamina.Attempt] = aiter(
        stamina.retry_context(on=pause, attempts=len(waits) + 1, timeout=None)
    )
    async for attempt in attempts:
        with attempt:
            return await call()
    raise AssertionError("unreachable")
