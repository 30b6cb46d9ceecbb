"""Answers that never end, or grow in the unpacking: little memory, an end in time, and a till that goes on."""

from __future__ import annotations

import asyncio
import gc
import json
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_shop import Handler, HostileShop, a_shop
from hostile_till import SHORT, Bench, a_wired_till, is_calm
from walls_corpus import FULL

from tui_pos.domain.errors import PosError
from tui_pos.services.payment_view import Phase

MIB = 1024 * 1024
GROWTH = 32 * MIB
SLACK_S = 2.0  # of a busy machine, beside the deadline
HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
Bomb = Callable[[Handler], None]


def head(handler: Handler, *more: str) -> None:
    handler.wfile.write((HEAD + "".join(f"{line}\r\n" for line in more) + "\r\n").encode())


def chunk(handler: Handler, data: bytes) -> None:
    handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))


def gzip_bomb(handler: Handler) -> None:
    """A thousand to one, for ever."""
    head(handler, "content-encoding: gzip", "transfer-encoding: chunked")
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk(handler, pack.compress(b'{"data": "') + pack.flush(zlib.Z_SYNC_FLUSH))
    for _ in range(4_000):
        chunk(handler, pack.compress(b"0" * MIB) + pack.flush(zlib.Z_SYNC_FLUSH))


def nested_gzip(handler: Handler) -> None:
    once = zlib.compressobj(9, zlib.DEFLATED, 31)
    inner = b"".join(once.compress(b"0" * 65_536) for _ in range(1_000)) + once.flush()
    head(
        handler,
        "content-encoding: gzip, gzip",
        f"content-length: {len(inner)}",
    )
    handler.wfile.write(inner)


def endless_body(handler: Handler) -> None:
    head(handler, "transfer-encoding: chunked")
    for _ in range(100_000):
        chunk(handler, b" " * 65_536)


def false_length(handler: Handler) -> None:
    head(handler, f"content-length: {1 << 62}")
    for _ in range(100_000):
        handler.wfile.write(b" " * 65_536)


def huge_header(handler: Handler) -> None:
    handler.wfile.write(HEAD.encode() + b"x-big: ")
    for _ in range(160):
        handler.wfile.write(b"x" * 65_536)
    handler.wfile.write(b"\r\ncontent-length: 2\r\n\r\n{}")


def endless_headers(handler: Handler) -> None:
    handler.wfile.write(HEAD.encode())
    for n in range(1_000_000):
        handler.wfile.write(b"x-%d: %s\r\n" % (n, b"y" * 1_000))


def endless_interim(handler: Handler) -> None:
    for _ in range(1_000_000):
        handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * 100)


def drip(handler: Handler) -> None:
    head(handler, "content-length: 1000000")
    while True:
        handler.wfile.write(b" ")
        time.sleep(0.02)


def silence(handler: Handler) -> None:
    handler.connection.settimeout(10)
    handler.connection.recv(1)


def redirects(handler: Handler) -> None:
    place = f"{handler.path.rstrip('0123456789')}{len(handler.shop.seen)}"
    handler.wfile.write(
        f"HTTP/1.1 302 Found\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n".encode()
    )


def whole(body: bytes) -> Bomb:
    def answer(handler: Handler) -> None:
        head(handler, f"content-length: {len(body)}")
        handler.wfile.write(body)

    return answer


def packed(body: bytes) -> Bomb:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    small = pack.compress(body) + pack.flush()

    def answer(handler: Handler) -> None:
        head(handler, "content-encoding: gzip", f"content-length: {len(small)}")
        handler.wfile.write(small)

    return answer


BOMBS: dict[str, Bomb] = {
    "gzip 1000:1": gzip_bomb,
    "gzip in gzip": nested_gzip,
    "endless body": endless_body,
    "false length": false_length,
    "10 MB header": huge_header,
    "endless headers": endless_headers,
    "endless interim answers": endless_interim,
    "drip": drip,
    "silence": silence,
    "1,000 redirects": redirects,
    "deep lists": whole(b"[" * 200_000 + b"]" * 200_000),
    "deep objects": whole(b'{"data":' * 100_000 + b"1" + b"}" * 100_000),
    "long number": whole(b'{"data": ' + b"9" * 900_000 + b"}"),
    "huge exponent": whole(b'{"data": 1e999999999999}'),
    "long key": whole(b'{"' + b"k" * 900_000 + b'": 1}'),
}
OPERATIONS = ["createOrder", "addItemsToOrder", "paymentOptions", "createPayment", "start"]
ALL = [(name, operation) for name in BOMBS for operation in OPERATIONS]
QUICK = [pair for n, pair in enumerate(ALL) if n % 5 == (n // 5) % 5]


def forget_peak() -> int:
    """Begin to measure the most memory anew; what is used now."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> int:
    """The most memory that this process held since it was measured."""
    rows = Path("/proc/self/status").read_text().splitlines()
    return int(next(row.split()[1] for row in rows if row.startswith("VmHWM"))) * 1024


async def struck(bench: Bench, shop: HostileShop, operation: str, bomb: Bomb) -> float:
    """A sale up to the struck operation; how long the till took to say so."""
    loop = asyncio.get_running_loop()
    if operation in ("createPayment", "start"):
        sale, methods = await bench.rung_up()
        shop.raw = {operation: bomb}
        began = loop.time()
        attempt = bench.begin(sale, methods)
        doubts = (Phase.UNKNOWN, Phase.UNPROVEN, Phase.RETRY, Phase.REFUSED)
        await bench.until(
            lambda: (
                shop.calls(operation)
                and (
                    bench.till.payments.view(attempt).phase in doubts
                    or bench.till.payments.view(attempt).reason
                )
            )
        )
        view = bench.till.payments.view(attempt)
        assert view.phase is not Phase.PAID
        assert not view.reason or is_calm(f"{view.reason.rstrip('.')}."), view.reason
        return loop.time() - began
    shop.raw = {operation: bomb}
    began = loop.time()
    with pytest.raises(PosError) as caught:
        await bench.rung_up()
    assert is_calm(caught.value.sentence), caught.value.sentence
    return loop.time() - began


@pytest.mark.parametrize(("name", "operation"), ALL if FULL else QUICK)
async def test_a_bomb_costs_little_and_ends(name: str, operation: str, tmp_path: Path) -> None:
    with a_shop() as shop:
        async with a_wired_till(shop, tmp_path) as bench:
            await bench.until(lambda: bench.till.health.is_reachable)
            before = forget_peak()
            took = await struck(bench, shop, operation, BOMBS[name])
            assert peak() - before < GROWTH
            assert took < SHORT.start_read_s + SHORT.start_grace_s + SLACK_S
            assert len(bench.till.current.basket) == 1


@pytest.mark.parametrize("name", list(BOMBS))
async def test_a_bomb_in_place_of_an_invoice(name: str, tmp_path: Path) -> None:
    with a_shop(raw={"document": BOMBS[name]}) as shop:
        async with a_wired_till(shop, tmp_path) as bench:
            await bench.rung_up()
            before, began = forget_peak(), time.monotonic()
            with pytest.raises(PosError) as caught:
                await bench.till._commerce.fetch_document(f"{shop.url}/documents/1")
            assert is_calm(caught.value.sentence)
            assert peak() - before < GROWTH + 20 * MIB  # as large as a document may be
            assert time.monotonic() - began < 2 * SHORT.document_deadline_s + SLACK_S
            assert shop.calls("document") <= 4
        assert not (tmp_path / "invoices").exists()


WIDE = {
    "empty lists": b'{"data":[' + b"[]," * 2_600_000 + b"1]}",
    "empty objects": b'{"data":[' + b"{}," * 2_600_000 + b"1]}",
    "fractions": b'{"data":[' + b"1.5," * 2_000_000 + b"1]}",
    "keys": json.dumps({"data": {str(n): n for n in range(400_000)}}).encode(),
}


@pytest.mark.parametrize("name", list(WIDE))
async def test_an_answer_of_many_parts_costs_little(name: str, tmp_path: Path) -> None:
    """Within the limit of a body, and a hundred times as much in memory."""
    assert len(WIDE[name]) < SHORT.read_bytes
    with a_shop() as shop:
        async with a_wired_till(shop, tmp_path) as bench:
            await bench.until(lambda: bench.till.health.is_reachable)
            bomb = packed(WIDE[name])
            before = forget_peak()
            took = await struck(bench, shop, "paymentOptions", bomb)
            grown = (peak() - before) / MIB
            assert grown < 32, f"{grown:.0f} MiB, {took:.1f} s"
            assert took < SHORT.read_deadline_s * 2 + SLACK_S
