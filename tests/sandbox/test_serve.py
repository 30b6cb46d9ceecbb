"""The sandbox across its own restarts, and as a program."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from shopper import Shopper

from tui_pos.sandbox.remote import RemoteSandbox
from tui_pos.sandbox.server import SandboxServer

SERVE = "from tui_pos.sandbox.serve import serve; raise SystemExit(serve({}))"


def spawn(arguments: str) -> subprocess.Popen[str]:
    """The sandbox as a child process."""
    return subprocess.Popen(
        [sys.executable, "-c", SERVE.format(arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def printed(code: str) -> str:
    """What a fresh interpreter prints for a piece of code."""
    return subprocess.check_output([sys.executable, "-c", code], text=True).strip()


async def remembered(shop: Shopper, order_id: str) -> dict[str, Any]:
    """The order without its links, which name the port."""
    return {k: v for k, v in (await shop.read(order_id)).items() if k != "options"}


async def test_a_restart_keeps_token_orders_payments_invoices_and_ledger(tmp_path: Path) -> None:
    bean = {"sku": "COF-ESP-250", "quantity": 2}
    async with Shopper(data=tmp_path) as shop:
        token = shop.server.token
        done = await shop.opened(bean)
        units = (await shop.read(done))["actions"][0]["ids"]
        await shop.do("invoiceItems", "invoice { id }", items=units[:1])
        order_id, payment = await shop.payment(1000)
        before = [await remembered(shop, key) for key in (done, order_id)]
        charges = shop.server.ledger()
    async with Shopper(data=tmp_path) as shop:
        assert shop.server.token == token
        assert [await remembered(shop, key) for key in (done, order_id)] == before
        assert shop.server.ledger() == charges
        url = f"/api/commerce/payments/{payment['id']}/start"  # the port is another one
        assert (await shop.http.get(url)).json()["data"]["is_paid"] is True
        made = await shop.do("invoiceItems", "invoice { number }", items=units[1:])
        assert made["invoice"]["number"][4:] == "-0002"
        assert (await shop.read(await shop.concept()))["number"] == "100003"


async def test_a_transaction_on_a_terminal_ends_with_the_server(tmp_path: Path) -> None:
    async with Shopper(data=tmp_path, duration_s=30) as shop:
        order_id, payment = await shop.payment(1000)
        await shop.do("executePayment", "payment { id }", payment_id=payment["id"])
        assert shop.server.terminal("Counter 1")["state"] == "waiting"
    async with Shopper(data=tmp_path) as shop:
        assert shop.server.terminal("Counter 1")["state"] == "idle"
        assert (await shop.read(order_id))["payments"][0]["details"]["status"] == "PENDING"
        assert shop.server.ledger() == []


def test_the_program_says_where_it_is_and_ends_with_its_parent() -> None:
    began = time.perf_counter()
    with spawn("until_stdin_closes=True") as child:
        assert child.stdout is not None
        assert child.stdin is not None
        known = json.loads(child.stdout.readline())
        assert time.perf_counter() - began < 5
        assert set(known) == {"url", "token", "channel_id", "control"}
        assert RemoteSandbox(known["control"]).settings()["duration_s"] == 4.0
        child.stdin.close()
        assert child.wait(10) == 0
        assert child.stderr is not None
        assert child.stderr.read() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_program_ends_on_a_signal(number: signal.Signals) -> None:
    with spawn("") as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(number)
        assert child.wait(10) == 0
        assert child.stderr is not None
        assert child.stderr.read() == ""


async def test_a_taken_port_is_said_and_exits_with_1() -> None:
    async with SandboxServer() as server:
        port = int(server.url.rpartition(":")[2])
        with spawn(f"port={port}") as child:
            assert child.wait(10) == 1
            assert child.stderr is not None
            assert "cannot listen" in child.stderr.read()


def test_the_pdf_library_is_not_loaded_to_start() -> None:
    code = "import sys, tui_pos.sandbox.serve; print('reportlab' in sys.modules)"
    assert printed(code) == "False"


def test_the_sandbox_knows_nothing_of_the_till() -> None:
    code = (
        "import sys, tui_pos.sandbox.serve, tui_pos.sandbox.afosto.pdf\n"
        "ours = {n.split('.')[1] for n in sys.modules if n.startswith('tui_pos.')}\n"
        "print(*sorted(ours))"
    )
    assert printed(code) == "sandbox"
