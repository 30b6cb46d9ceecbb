"""The token and the payment's address are nowhere that anybody could read them, whatever goes wrong."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_console import F, RawConsole, a_till, environment, settle
from hostile_shop import TOKEN, Handler, HostileShop, a_shop
from hostile_till import Bench, a_stranger, a_wired_till
from sinks import command
from walls_corpus import FULL

from tui_pos.domain.errors import PosError
from tui_pos.services.payment_view import Phase

SECRET_PATH = "canary-url-7d793037a0760186"
CANARIES = (TOKEN.encode(), SECRET_PATH.encode())
OPERATIONS = (
    "createOrder",
    "addItemsToOrder",
    "paymentOptions",
    "addPaymentMethodToOrder",
    "createPayment",
    "start",
    "openOrder",
    "invoiceItems",
    "document",
)


def echo(handler: Handler) -> bytes:
    """What came in, as a careless server's debug page repeats it."""
    first = f"{handler.headers.get('authorization', '')} "
    return first.encode() + str(handler.headers).encode() + handler.body


def answers(status: int, kind: str, before: bytes, after: bytes) -> object:
    def answer(handler: Handler) -> None:
        body = before + echo(handler).replace(b"\n", b" ").replace(b'"', b"'") + after
        head = (
            f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\nlocation: http://127.0.0.1/{TOKEN}\r\n"
        )
        head += f"www-authenticate: Bearer {TOKEN}\r\nset-cookie: t={TOKEN}\r\n"
        head += f"content-length: {len(body)}\r\n\r\n"
        handler.wfile.write(head.encode() + body)

    return answer


def breaks(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n" + echo(handler)[:200])


def drops(handler: Handler) -> None:
    """Nothing: the connection closes."""


def hangs(handler: Handler) -> None:
    handler.connection.settimeout(3)
    handler.connection.recv(1)


ERROR = b'{"error": {"code": "REFUSED", "message": "'
GRAPH = b'{"errors": [{"message": "'
FAULTS = {
    **{
        f"page {n}": answers(n, "text/html", b"<html>", b"</html>")
        for n in (200, 302, 401, 500, 504)
    },
    **{
        f"error {n}": answers(n, "application/json", ERROR, b'"}}')
        for n in (400, 401, 403, 404, 422)
    },
    "graph": answers(
        200, "application/json", GRAPH, b'", "extensions": {"code": "VALIDATION_ERROR"}}]}'
    ),
    "garbage": answers(200, "application/json", b"\x1f\x8b", b"\xff"),
    "breaks": breaks,
    "drops": drops,
    "hangs": hangs,
}
PAIRS = list(itertools.product(FAULTS, OPERATIONS))


def hits(folder: Path, *, but: frozenset[str] = frozenset(("token",))) -> list[str]:
    """Files below a folder that hold a canary in their content or name."""
    found = []
    for path in folder.rglob("*"):
        if any(canary.decode() in str(path.relative_to(folder)) for canary in CANARIES):
            found.append(str(path))
        if path.is_file() and not path.is_symlink() and path.name not in but:
            data = path.read_bytes()
            found += [str(path) for canary in CANARIES if canary in data]
    return found


def is_silent(data: bytes | str) -> None:
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    for canary in CANARIES:
        assert canary not in raw, raw[max(0, raw.find(canary) - 200) :][:400]


def reports_are_silent(journal: Path) -> None:
    for verb in ("list", "verify", "export"):
        _, out, err = command("journal", "--file", str(journal), verb)
        is_silent(out + err)


async def attempt(bench: Bench, shop: HostileShop, *, is_judged: bool = True) -> None:
    """A sale as far as it goes; and back to a fresh one."""
    shop.words["action_url"] = lambda: f"{shop.url}/{SECRET_PATH}/p{len(shop.payments)}/start"
    shop.words["pdf_url"] = f"{shop.url}/documents/{SECRET_PATH}"
    loop = asyncio.get_running_loop()
    end = loop.time() + 0.5
    try:
        async with asyncio.timeout(2.5):
            sale, methods = await bench.rung_up()
            name = bench.begin(sale, methods)
            view = await bench.ended(name)
            if is_judged:
                is_silent(repr(view))
            while view.phase is Phase.PAID and sale.invoice is None and loop.time() < end:
                await asyncio.sleep(0.01)
    except (PosError, TimeoutError) as error:
        is_silent(repr(error) + getattr(error, "sentence", ""))


@pytest.mark.parametrize("part", range(4))
async def test_no_fault_of_a_server_tells_the_token(
    part: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    pairs = PAIRS[part::4] if FULL else PAIRS[part::12]
    for n, (fault, operation) in enumerate(pairs):
        folder = tmp_path / str(n)
        folder.mkdir()
        with a_shop(raw={operation: FAULTS[fault]}) as shop:
            async with a_wired_till(shop, folder) as bench:
                await attempt(bench, shop)
                is_silent(repr(bench.events) + repr(bench.till.health))
            assert any(TOKEN in seen.authorization for seen in shop.seen)
        reports_are_silent(folder / "till.journal")
    is_silent(caplog.text)
    assert hits(tmp_path) == []


def processes(pid: int) -> Iterator[bytes]:
    """What any user of the machine may read of a process and its children, and what its owner may."""
    pids = [pid]
    for one in pids:
        for listing in Path(f"/proc/{one}/task").glob("*/children"):
            pids += map(int, listing.read_text().split())
        yield Path(f"/proc/{one}/cmdline").read_bytes()
        yield Path(f"/proc/{one}/environ").read_bytes()
        yield Path(f"/proc/{one}/comm").read_bytes()


def sold(till: RawConsole, shop: HostileShop) -> None:
    shop.words["action_url"] = lambda: f"{shop.url}/{SECRET_PATH}/p{len(shop.payments)}/start"
    till.show("Scan an item").send("0000000000001\r").show("0000000000001")
    till.send(F[9]).show("card terminal").send("\r").show("^ *Paid|Outcome|Not ")


@pytest.mark.parametrize("fault", ["error 401", "page 500", "drops", ""])
def test_the_program_itself_tells_it_to_nobody(fault: str, tmp_path: Path) -> None:
    raw = {"start": FAULTS[fault]} if fault else {}
    with a_shop(raw=raw) as shop, a_till(shop, tmp_path) as till:
        sold(till, shop)
        for text in processes(till.child.pid):
            is_silent(text)
        till.child.kill(signal.SIGTERM)
        till.end()
        is_silent(till.data)
    reports_are_silent(tmp_path / "till.journal")
    assert hits(tmp_path) == []


BUGS = {
    "in the client": "import httpx; httpx.AsyncClient.stream = fail",
    "in the signing": "from tui_pos.adapters.commerce import http; http._Bearer.async_auth_flow = fail",
    "in the payments": "from tui_pos.services.payments import PaymentRunner; PaymentRunner.begin = fail",
    "in a screen": "from tui_pos.ui.screens.payment import PaymentScreen; PaymentScreen.draw = fail",
    "in the adapter": "from tui_pos.adapters.commerce.afosto.adapter import Afosto; Afosto.start = fail",
    "in the token": "from tui_pos.config.secret import Secret; Secret.reveal = fail",
}
CRASH = """
import sys
from pathlib import Path
def fail(*args, **kwargs):
    secret = Path("token").read_text()
    held = {{"Authorization": "Bearer " + secret}}
    raise RuntimeError("planted")
{bug}
from tui_pos.cli import main
sys.exit(main())
"""


@pytest.mark.parametrize("where", list(BUGS))
def test_a_bug_does_not_tell_it(where: str, tmp_path: Path) -> None:
    program = tmp_path / "bug.py"
    program.write_text(CRASH.format(bug=BUGS[where]))
    with a_shop() as shop, a_till(shop, tmp_path, program=[str(program)]) as till:
        till.show("Scan an item").send("0000000000001\r").show("0000000000001")
        till.send(F[9])
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline and till.read(0.05):
            if "card terminal" in till.text:
                till.send("\r")
        till.child.kill(signal.SIGTERM)
        till.end()
        is_silent(till.data)
        assert b"Traceback" not in till.data
    assert hits(tmp_path) == []


def test_settings_of_the_surroundings_have_no_effect(tmp_path: Path) -> None:
    traps = tmp_path / "traps"
    traps.mkdir()
    (traps / "evil.py").write_text(
        f"open({str(traps / 'loaded')!r}, 'w').close()\nclass Driver: pass\n"
    )
    netrc = traps / "netrc"
    netrc.write_text("machine 127.0.0.1 login evil password evil\n")
    netrc.chmod(0o600)
    before = {netrc, traps / "evil.py"}
    with a_stranger() as stranger, a_shop() as shop:
        url = stranger.url
        env = {
            "SSLKEYLOGFILE": str(traps / "keys"),
            "TEXTUAL": "debug,devtools",
            "TEXTUAL_LOG": str(traps / "log"),
            "TEXTUAL_DRIVER": "evil:Driver",
            "TEXTUAL_SCREENSHOT": "1",
            "TEXTUAL_SCREENSHOT_LOCATION": str(traps),
            "TEXTUAL_SCREENSHOT_FILENAME": "shot.svg",
            "TEXTUAL_PRESS": "ctrl+q,f9",
            "TEXTUAL_DEBUG": "1",
            "TEXTUAL_ALLOW_SIGNALS": "1",
            "NETRC": str(netrc),
            **{f"{name}_proxy": url for name in ("http", "https", "all")},
            **{f"{name}_PROXY": url for name in ("HTTP", "HTTPS", "ALL")},
            "no_proxy": "",
            "HTTPX_LOG_LEVEL": "trace",
            "BROWSER": f"touch {traps / 'browser'} %s",
            "PAGER": f"touch {traps / 'pager'}",
            "EDITOR": f"touch {traps / 'editor'}",
            "PYTHONPATH": os.pathsep.join((environment(tmp_path)["PYTHONPATH"], str(traps))),
        }
        with a_till(shop, tmp_path, env=env) as till:
            sold(till, shop)
            till.show("^ *Paid")
            assert till.leave() == 0
            is_silent(till.data)
        assert stranger.heard == []
        assert {seen.authorization for seen in shop.seen} == {f"Bearer {TOKEN}"}
    assert set(traps.iterdir()) - {traps / "__pycache__"} == before
    assert hits(tmp_path) == []


def test_a_token_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    with a_shop() as shop:
        settle(tmp_path, shop.url)
        (tmp_path / "token").chmod(0o644)
        with a_till(shop, tmp_path) as till:
            till.show("Scan an item|token|mode|read")
            till.child.kill(signal.SIGTERM)
            till.end()
            is_silent(till.data)
        assert not any(TOKEN in seen.authorization for seen in shop.seen)
