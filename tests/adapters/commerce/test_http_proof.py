"""Which failure on the wire proves what, with real sockets. Rows: payment-safety.md, 2.1."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest
from faulty_server import (
    CANARY,
    ONCE,
    QUICK,
    Reply,
    answer,
    closed_port,
    data,
    faulty,
    http,
    order,
    payment,
    started,
    till,
)

from tui_pos.adapters.commerce.afosto import Afosto
from tui_pos.domain.errors import (
    BackendError,
    Conflict,
    Malformed,
    MaybeDone,
    NotAllowed,
    NotFound,
    NotSent,
    RateLimited,
    Refused,
)
from tui_pos.domain.money import Money

Call = Callable[[Afosto, str], Awaitable[object]]
CALLS: dict[str, Call] = {
    "read": lambda backend, _: backend.read_order("o1"),
    "mutation": lambda backend, _: backend.open_order("o1", key="k"),
    "create payment": lambda backend, _: backend.create_payment("o1", Money(500, "EUR"), key="k"),
    "mark paid": lambda backend, _: backend.mark_paid("p1", Money(500, "EUR"), key="k"),
    "start": lambda backend, url: backend.start(started(f"{url}/start/p1")),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


async def never(reader: Reader, writer: Writer) -> None:
    await reader.read()


async def hang_up(reader: Reader, writer: Writer) -> None:
    return


def says(raw: bytes) -> Reply:
    async def reply(reader: Reader, writer: Writer) -> None:
        writer.write(raw)
        await writer.drain()

    return reply


def resets(after: bytes) -> Reply:
    async def reply(reader: Reader, writer: Writer) -> None:
        writer.write(after)
        await writer.drain()
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return reply


def drips(head: bytes) -> Reply:
    async def reply(reader: Reader, writer: Writer) -> None:
        writer.write(head)
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    return reply


async def floods(reader: Reader, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1000\r\n" + b" " * 4096 + b"\r\n")
        await writer.drain()


def packed(raw: bytes) -> bytes:
    return http(200, raw, "content-encoding: gzip")


OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
NESTED = b'{"data":' + b"[" * 80 + b"]" * 80 + b"}"
FAULTS: dict[str, tuple[Reply, type[BackendError]]] = {
    "accepted, never answered": (never, MaybeDone),
    "clean close without answer": (hang_up, MaybeDone),
    "half a header": (says(b"HTTP/1.1 200 OK\r\ncontent-"), MaybeDone),
    "half a body": (says(OK + b'content-length: 99\r\n\r\n{"data":'), MaybeDone),
    "rubbish status line": (says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), MaybeDone),
    "reset before the body": (resets(b""), MaybeDone),
    "reset during the body": (resets(OK + b"content-length: 99\r\n\r\n{"), MaybeDone),
    "broken gzip": (packed(b"\x1f\x8b\x08 not gzip at all"), Malformed),
    "cut gzip": (packed(gzip.compress(b'{"data": {}}' * 50)[:-12]), Malformed),
    "unknown packing": (http(200, b"{}", "content-encoding: br"), Malformed),
    "bomb": (packed(gzip.compress(b" " * 5_000_000)), Malformed),
    "504 with markup": (http(504, "<html>gateway</html>"), MaybeDone),
    "502 with markup": (http(502, "<html>gateway</html>"), MaybeDone),
    "500 with an error body": (
        answer({"error": {"code": 500, "message": "x"}}, 500),
        MaybeDone,
    ),
    "408": (http(408, ""), MaybeDone),
    "redirect": (http(302, "", "location: http://127.0.0.1:1/"), MaybeDone),
    "redirect for good": (http(308, "", "location: https://evil.example/"), MaybeDone),
    "200 with a cut body": (http(200, '{"data": {"order": {"id"'), Malformed),
    "200 with markup": (http(200, "<html>Welcome, please log in</html>"), Malformed),
    "200 without a body": (http(200, ""), Malformed),
    "204": (http(204, ""), Malformed),
    "200 with a list": (http(200, "[]"), Malformed),
    "200 with null": (http(200, "null"), Malformed),
    "200 in UTF-16": (http(200, '{"data": {}}'.encode("utf-16")), Malformed),
    "200 with a BOM": (http(200, b"\xef\xbb\xbf{}"), Malformed),
    "not a number": (http(200, '{"data": {"order": NaN}}'), Malformed),
    "without end": (http(200, '{"data": {"total": 1e309}}'), Malformed),
    "minus without end": (http(200, '{"data": {"total": -Infinity}}'), Malformed),
    "same key twice": (http(200, '{"data": {}, "data": {}}'), Malformed),
    "deep": (http(200, NESTED), Malformed),
    "very deep": (http(200, b"[" * 9000 + b"]" * 9000), Malformed),
    "huge number": (http(200, '{"data": ' + "9" * 5000 + "}"), Malformed),
    "too large": (http(200, '{"data": "' + "x" * 30_000 + '"}'), Malformed),
    "without end of body": (floods, Malformed),
    "trickling body": (drips(OK + b"content-length: 9999\r\n\r\n"), MaybeDone),
    "trickling header": (drips(b"HTTP/1.1 200 OK\r\nx-slow: "), MaybeDone),
    "endless header": (http(200, "{}", "x: " + "y" * 200_000), MaybeDone),
    "captive portal, 401": (http(401, "<html>Log in to the Wi-Fi</html>"), Malformed),
    "captive portal, 403": (http(403, "Forbidden"), Malformed),
    "gateway, 404": (http(404, "<html>nginx</html>"), Malformed),
    "gateway, 429": (http(429, ""), Malformed),
    "4xx with other JSON": (answer({"message": "no"}, 400), Malformed),
    "4xx meaning 5xx": (answer({"error": {"code": 503, "message": "x"}}, 400), MaybeDone),
}
REFUSALS: list[tuple[int, type[Refused]]] = [
    (400, Refused),
    (401, NotAllowed),
    (403, NotAllowed),
    (404, NotFound),
    (409, Conflict),
    (410, Refused),
    (422, Refused),
    (423, Conflict),
    (429, RateLimited),
]


@every_call
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_after_sending_proves_nothing(fault: str, call: Call) -> None:
    reply, expected = FAULTS[fault]
    async with faulty(reply) as server, till(server.url) as backend:
        with pytest.raises(BackendError) as caught:
            await call(backend, server.url)
        assert type(caught.value) is expected
        assert len(server.seen) == 1


@every_call
@pytest.mark.parametrize(("status", "expected"), REFUSALS)
async def test_a_proper_error_body_is_a_no(
    status: int, expected: type[Refused], call: Call
) -> None:
    body = {"error": {"code": status, "message": "Not like <b>this</b>"}, "meta": None}
    reply = answer(body, status, "retry-after: 7")
    async with faulty(reply) as server, till(server.url) as backend:
        with pytest.raises(Refused) as caught:
            await call(backend, server.url)
        assert type(caught.value) is expected
        assert caught.value.code == str(status)
        assert "<" not in caught.value.detail
        if isinstance(caught.value, RateLimited):
            assert caught.value.retry_after_s == 7.0
        assert len(server.seen) == 1


@every_call
async def test_a_closed_port_proves_that_nothing_was_sent(call: Call) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    async with till(url) as backend:
        with pytest.raises(NotSent):
            await call(backend, url)
        assert backend.health.is_reachable is False
        assert backend.health.trouble == "offline"


@every_call
async def test_a_name_nobody_knows_proves_it_too(call: Call) -> None:
    url = "https://till.invalid"
    async with till(url) as backend:
        with pytest.raises(NotSent):
            await call(backend, url)


@every_call
async def test_a_server_that_refuses_encryption_proves_it_too(call: Call) -> None:
    async def no(reader: Reader, writer: Writer) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(no, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with till(url) as backend:
        with pytest.raises(NotSent):
            await call(backend, url)
    listener.close()


@every_call
async def test_a_full_pool_proves_it_too(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    await check_transport(call, monkeypatch, "PoolTimeout", NotSent)


@every_call
@pytest.mark.parametrize(
    "name",
    ["ConnectTimeout", "ConnectError", "LocalProtocolError", "UnsupportedProtocol", "InvalidURL"],
)
async def test_what_fails_before_sending(
    call: Call, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await check_transport(call, monkeypatch, name, NotSent)


@every_call
@pytest.mark.parametrize(
    "name",
    ["WriteTimeout", "WriteError", "ReadError", "ReadTimeout", "DecodingError", "ProxyError"],
)
async def test_what_fails_later(call: Call, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await check_transport(call, monkeypatch, name, MaybeDone)


@every_call
@pytest.mark.parametrize("name", ["RuntimeError", "KeyError", "OSError", "ExceptionGroup"])
async def test_what_nobody_thought_of_is_in_doubt(
    call: Call, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await check_transport(call, monkeypatch, name, MaybeDone)


async def check_transport(
    call: Call, monkeypatch: pytest.MonkeyPatch, name: str, expected: type[BackendError]
) -> None:
    import builtins

    import httpx

    kind = getattr(httpx, name, None) or getattr(builtins, name)
    error = kind(CANARY, [ValueError()]) if name == "ExceptionGroup" else kind(CANARY)

    async def fail(*_: object) -> httpx.Response:
        raise error

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", fail)
    url = "http://127.0.0.1:9"
    async with till(url) as backend:
        with pytest.raises(BackendError) as caught:
            await call(backend, url)
    assert type(caught.value) is expected
    assert_silent(caught.value)


def assert_silent(error: BaseException | None) -> None:
    """Neither an error nor anything chained to it knows the token."""
    while error is not None:
        assert CANARY not in f"{error}{error!r}{error.args}{vars(error)}"
        assert not hasattr(error, "request")
        error = error.__cause__ or error.__context__


@every_call
@pytest.mark.parametrize(
    "reply", [never, http(401, "<html>"), answer({"error": {"code": 401, "message": CANARY}}, 200)]
)
async def test_no_error_knows_the_token(call: Call, reply: Reply) -> None:
    async with faulty(reply) as server, till(server.url) as backend:
        with pytest.raises(BackendError) as caught:
            await call(backend, server.url)
    assert_silent(caught.value)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_read_is_repeated_and_nothing_else(fault: str) -> None:
    reply, expected = FAULTS[fault]
    async with faulty(reply, reply, data("order", order())) as server:
        async with till(server.url, limits=QUICK) as backend:
            assert (await backend.read_order("o1")).order_id == "o1"
            assert len(server.seen) == 3
    for name in ("mutation", "create payment", "mark paid", "start"):
        async with faulty(reply) as server, till(server.url, limits=QUICK) as backend:
            with pytest.raises(expected):
                await CALLS[name](backend, server.url)
            assert len(server.seen) == 1


async def test_a_read_is_given_up_after_its_last_pause() -> None:
    async with faulty(http(503, "")) as server, till(server.url, limits=QUICK) as backend:
        with pytest.raises(MaybeDone):
            await backend.read_order("o1")
        assert len(server.seen) == 4


async def test_a_read_waits_for_a_short_pause_and_not_for_a_long_one() -> None:
    slow = answer({"error": {"code": 429, "message": "slow"}}, 429, "retry-after: 0")
    async with faulty(slow, data("order", order())) as server:
        async with till(server.url, limits=QUICK) as backend:
            await backend.read_order("o1")
            assert len(server.seen) == 2
    slow = answer({"error": {"code": 429, "message": "slow"}}, 429, "retry-after: 3600")
    async with faulty(slow) as server, till(server.url, limits=QUICK) as backend:
        with pytest.raises(RateLimited) as caught:
            await backend.read_order("o1")
        assert caught.value.retry_after_s == 3600.0
        assert backend.health.trouble == "asked to slow down"
        assert len(server.seen) == 1


@every_call
async def test_cancelling_a_call_is_not_an_error_of_the_backend(call: Call) -> None:
    async with faulty(never) as server, till(server.url) as backend:
        await backend.warm()
        task = asyncio.ensure_future(call(backend, server.url))
        while not server.seen:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_money_and_starts_take_a_fresh_connection_and_reads_share_one() -> None:
    kept = answer({"data": {"order": order(), "id": "p1"}}).replace(b"connection: close\r\n", b"")
    async with faulty(kept) as server, till(server.url, limits=ONCE) as backend:
        await backend.read_order("o1")
        await backend.read_order("o1")
        assert server.connections == 1
    paid = answer(payment()).replace(b"connection: close\r\n", b"")
    async with faulty(paid) as server, till(server.url, limits=ONCE) as backend:
        for name in ("start", "mark paid", "create payment", "start"):
            await CALLS[name](backend, server.url)
        assert server.connections == 4
        assert {seen.header("connection") for seen in server.seen} == {"close"}
        assert server.seen[0].header("accept-encoding") == "identity"
        assert server.seen[0].header("authorization") == f"bearer {CANARY}"


async def test_sockets_are_kept_alive() -> None:
    from tui_pos.adapters.commerce.http import socket_options

    with socket.socket() as probe:
        for option in socket_options():
            probe.setsockopt(*option)
        assert probe.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


async def test_cookies_of_a_server_are_not_sent_back() -> None:
    reply = answer({"data": {"order": order()}}, 200, "set-cookie: session=1")
    async with faulty(reply) as server, till(server.url) as backend:
        await backend.read_order("o1")
        await backend.read_order("o1")
        assert server.seen[1].header("cookie") is None


async def test_every_call_is_told_with_its_time() -> None:
    told: list[tuple[str, str, int]] = []
    async with faulty(data("order", order()), http(503, "")) as server:
        async with till(
            server.url, on_call=lambda name, phase, ms, status: told.append((name, phase, status))
        ) as backend:
            await backend.read_order("o1")
            with pytest.raises(MaybeDone):
                await backend.read_order("o1")
            assert len(backend.health.recent_ms) == 2
    assert told == [
        ("order", "begin", 0),
        ("order", "end", 200),
        ("order", "begin", 0),
        ("order", "end", 503),
    ]


async def test_a_long_start_says_nothing_about_the_backends_health() -> None:
    async with faulty(never) as server, till(server.url) as backend:
        with pytest.raises(MaybeDone):
            await CALLS["start"](backend, server.url)
        assert backend.health.is_reachable is None
        assert backend.health.trouble == ""
        assert backend.health.latency_ms is None


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "t\u00f6ken"])
@every_call
async def test_without_a_usable_token_nothing_is_sent(call: Call, token: str) -> None:
    async with faulty(http(200, "{}")) as server, till(server.url, token=lambda: token) as backend:
        with pytest.raises(NotAllowed):
            await call(backend, server.url)
        assert server.connections == 0


async def test_a_token_store_that_fails_keeps_its_words_to_itself() -> None:
    def fail() -> str:
        raise OSError(f"cannot decrypt {CANARY}")

    async with till("http://127.0.0.1:9", token=fail) as backend:
        with pytest.raises(NotAllowed) as caught:
            await backend.probe()
    assert_silent(caught.value)


async def test_a_renewed_token_counts_at_once() -> None:
    tokens = iter(["old", "new"])
    async with faulty(data("order", order())) as server:
        async with till(server.url, token=lambda: next(tokens)) as backend:
            await backend.read_order("o1")
            await backend.read_order("o1")
        assert [s.header("authorization") for s in server.seen] == ["bearer old", "bearer new"]


async def test_after_closing_nothing_is_sent() -> None:
    async with faulty(data("order", order())) as server:
        async with till(server.url) as backend:
            await backend.warm()
        with pytest.raises(NotSent):
            await backend.read_order("o1")
        assert server.connections == 0
