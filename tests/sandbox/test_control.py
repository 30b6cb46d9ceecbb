"""Steering: terminals, the back office, settings and the HTTP control API."""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3

import pytest
from shopper import Shopper, eventually

from tui_pos.sandbox import shop as seed
from tui_pos.sandbox.remote import RefusedByControl, RemoteSandbox
from tui_pos.sandbox.settings import Settings


@pytest.mark.parametrize(
    ("key", "paid", "charges"),
    [
        ("approve", True, [1000]),
        ("decline", False, []),
        ("abort", False, []),
        ("partial", True, [500]),
    ],
)
async def test_a_terminal_by_hand_does_what_is_pressed(
    key: str, paid: bool, charges: list[int]
) -> None:
    async with Shopper() as shop:
        shop.server.terminal("Counter 1", mode="manual")
        order_id, payment = await shop.payment(1000)
        waiting = asyncio.create_task(shop.start(payment))
        await eventually(lambda: shop.server.terminal("Counter 1")["state"] == "waiting")
        shown = shop.server.terminal("counter 1")
        assert (shown["amount"], shown["payment_id"]) == (1000, payment["id"])
        shop.server.press("Counter 1", key)
        assert (await waiting).json()["data"]["is_paid"] is paid
        assert shop.charges(order_id) == charges
        assert shop.server.terminal("Counter 1")["last"]["result"] == key


async def test_a_terminal_that_fell_silent_can_be_woken() -> None:
    async with Shopper() as shop:
        shop.server.terminal("Counter 1", mode="manual")
        _, payment = await shop.payment(1000)
        waiting = asyncio.create_task(shop.start(payment))
        await eventually(lambda: shop.server.press("Counter 1", "silent"))
        await eventually(lambda: shop.server.terminal("Counter 1")["state"] == "silent")
        assert not waiting.done()
        shop.server.press("Counter 1", "approve")
        assert (await waiting).json()["data"]["is_paid"] is True


async def test_a_script_goes_before_the_cents() -> None:
    async with Shopper() as shop:
        shop.server.terminal("Counter 1", script=["abort", "approve"])
        order_id, payment = await shop.payment(1001)
        assert (await shop.start(payment)).json()["data"]["is_paid"] is False
        assert (await shop.start(payment)).json()["data"]["is_paid"] is True
        assert shop.charges(order_id) == [1001]
        assert shop.server.terminal("Counter 1")["script"] == []


async def test_the_shops_terminals_differ() -> None:
    async with Shopper() as shop:
        order_id = await shop.order(amount=1000)
        pin = (await shop.read(order_id))["options"]["payment"]["methods"][0]
        online = {t["name"]: t["is_online"] for t in pin["terminals"]}
        assert [name for name, is_online in online.items() if not is_online] == ["Back office"]

        async def started(place: str) -> int:
            _, payment = await shop.payment(1000, place=place)
            return (await shop.start(payment)).status_code

        assert await started("Counter 2") == 200
        assert await started("Mobile") == 200
        assert await started("Back office") == 422
        assert [await started("Kiosk") for _ in range(4)] == [422, 200, 422, 200]
        assert await started("Service desk") == 409
        assert shop.server.press("Service desk", "approve")
        assert await started("Service desk") == 200


async def test_two_payments_do_not_share_a_terminal() -> None:
    async with Shopper() as shop:
        shop.server.terminal("Counter 1", mode="manual")
        first_order, first = await shop.payment(1000)
        _, second = await shop.payment(2000)
        waiting = asyncio.create_task(shop.start(first))
        await eventually(lambda: shop.server.terminal("Counter 1")["state"] == "waiting")
        busy = await shop.start(second)
        assert (busy.status_code, busy.json()["error"]["code"]) == (409, 409)
        shop.server.press("Counter 1", "approve")
        await waiting
        assert [c.order_id for c in shop.server.ledger()] == [first_order]


async def test_the_back_office_changes_orders_behind_the_till() -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1000)
        shop.server.add_line(order_id, "MUG-BLU")
        assert (await shop.read(order_id))["total"] == 2250
        shop.server.mark_paid(payment["id"])
        shop.server.foreign_payment(order_id, 1250)
        order = await shop.read(order_id)
        assert [p["details"]["status"] for p in order["payments"]] == ["PAID", "PAID"]
        assert [c.kind for c in shop.server.ledger()] == ["elsewhere", "elsewhere"]
        assert (await shop.create(order_id, 1)).status_code == 422
        other = await shop.order(amount=1000)
        shop.server.cancel_order(other)
        assert (await shop.read(other))["is_cancelled"] is True
        assert (await shop.create(other, 1000)).status_code == 404


async def test_the_ledger_cannot_be_rewritten() -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1000)
        await shop.start(payment)
        database = shop.server.backend.store._db
        for statement in ("DELETE FROM ledger", "UPDATE ledger SET amount = 1"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                database.execute(statement)
        assert shop.charges(order_id) == [1000]


async def test_everything_can_be_steered_over_http() -> None:
    async with Shopper() as shop:
        remote = RemoteSandbox(shop.server.control_url)
        order_id, payment = await shop.payment(1000)

        def steer() -> None:
            assert remote.settings(invoice_delay_s=3)["invoice_delay_s"] == 3
            assert remote.terminal("Counter 1", mode="manual", duration_s=1.5)["mode"] == "manual"
            assert [t["name"] for t in remote.terminals()][:2] == ["Counter 1", "Counter 2"]
            remote.fault("openOrder", "drop_after", count=2)
            remote.latency("openOrder", 0.01)
            assert remote.state()["faults"][0]["operation"] == "openOrder"
            remote.clear_faults()
            assert (remote.state()["faults"], remote.state()["latency"]) == ([], {})
            with pytest.raises(RefusedByControl, match="shows nothing"):
                remote.press("Counter 1", "approve")
            now = remote.advance(60)
            assert remote.state()["now"] >= now
            remote.call("POST", "/tokens", {"token": "t2", "scopes": ["orders:read"]})
            line = {"sku": "MUG-BLU", "quantity": 1}
            assert remote.call("POST", f"/orders/{order_id}/items", line)["total"] == 2250
            paid = remote.call("POST", f"/orders/{order_id}/payments", {"amount": 1250})
            assert paid["status"] == "PAID"

        await asyncio.to_thread(steer)
        assert "t2" in shop.server.backend.tokens
        waiting = asyncio.create_task(shop.start(payment))
        await eventually(lambda: shop.server.terminal("Counter 1")["state"] == "waiting")
        await asyncio.to_thread(remote.press, "Counter 1", "approve")
        assert (await waiting).json()["data"]["is_paid"] is True

        def look() -> None:
            assert [c["amount"] for c in remote.ledger()] == [1250, 1000]
            assert len(remote.calls("start")) == 1
            assert remote.call("POST", f"/orders/{order_id}/cancel")["is_cancelled"] is True
            remote.call("POST", f"/payments/{payment['id']}/paid")

        await asyncio.to_thread(look)
        exported = await shop.http.get("/_sandbox/catalogue.csv")
        rows = list(csv.DictReader(io.StringIO(exported.text)))
        assert exported.text.splitlines()[0] == "sku,gtin,name,price,vat"
        assert rows[0] == {
            "sku": "COF-ESP-250",
            "gtin": seed.products()["COF-ESP-250"].gtin,
            "name": "Espresso beans, 250 g",
            "price": "6.95",
            "vat": "9",
        }


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("settings", {"no_such": 1}, 400),
        ("settings", {"duration_s": "long"}, 400),
        ("settings", {"duration_s": 1, "status_on_abort": "GONE"}, 400),
        ("terminals/Counter 9", {}, 404),
        ("terminals/Counter 1", {"mode": "magic"}, 400),
        ("terminals/Counter 1", {"script": ["explode"]}, 400),
        ("terminals/Counter 1", {"is_online": "yes"}, 400),
        ("terminals/Counter 1/press", {"key": "hammer"}, 400),
        ("terminals/Counter 1/press", {}, 400),
        ("faults", {"operation": "start", "kind": "gremlin"}, 400),
        ("faults", {"operation": "start", "kind": "hang", "colour": "red"}, 400),
        ("faults", {"kind": "hang"}, 400),
        ("orders/x/cancel", {}, 404),
        ("settings", [], 400),
    ],
)
async def test_steering_that_makes_no_sense_is_refused(
    path: str, body: object, status: int
) -> None:
    async with Shopper() as shop:
        before = shop.server.settings()
        answer = await shop.http.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code == status
        assert isinstance(answer.json()["error"], str)
        assert shop.server.settings() == before


async def test_the_control_api_keeps_strangers_out() -> None:
    async with Shopper(control_token="key") as shop:
        assert (await shop.http.get("/_sandbox/state")).status_code == 403
        key = {"x-sandbox-control": "key"}
        assert (await shop.http.get("/_sandbox/state", headers=key)).status_code == 200
        for strange in ({"host": "evil.example:80"}, {"origin": "https://evil.example"}):
            answer = await shop.http.get("/_sandbox/state", headers={**key, **strange})
            assert answer.status_code == 403


def test_settings_for_people_take_their_time() -> None:
    chosen = Settings.for_people()
    assert (chosen.duration_s, chosen.invoice_delay_s) == (4.0, 0.8)
    assert Settings().duration_s == 0
