"""A card sale from the first scan to the invoice, as guide 001 walks through it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from shopper import Shopper, eventually

from tui_pos.sandbox.server import SandboxServer


async def test_a_whole_card_sale_ends_paid_open_and_invoiced() -> None:
    async with Shopper() as shop:
        order_id = await shop.order({"sku": "COF-ESP-250", "quantity": 2})
        order = await shop.read(order_id)
        assert (order["status"], order["total"]) == ("CONCEPT", 1390)
        assert order["options"]["proceeding_step"]["proceeding"]["action"] == "ADD_PAYMENT_METHOD"

        await shop.attach(order_id)
        order = await shop.read(order_id)
        assert order["options"]["proceeding_step"]["proceeding"]["options"]["type"] == "START"

        created = (await shop.create(order_id, 1390)).json()
        payment = created["data"]
        assert (created["page"], payment["status"], payment["is_paid"]) == (None, "PENDING", False)
        assert payment["action"]["type"] == "START"
        assert payment["action"]["url"].startswith(shop.server.url)

        settled = (await shop.start(payment)).json()["data"]
        assert (settled["status"], settled["is_paid"], settled["amount"]) == ("PAID", True, 1390)

        opened = await shop.do("openOrder", "order { status }", order_id=order_id)
        assert opened["order"]["status"] == "OPEN"
        order = await shop.read(order_id)
        assert order["actions"] == [{"action": "invoice", "ids": order["items"][0]["ids"]}]
        made = await shop.do(
            "invoiceItems", "invoice { number total pdf_url }", items=order["actions"][0]["ids"]
        )
        assert made["invoice"]["total"] == 1390
        order = await shop.read(order_id)
        assert (order["status"], order["actions"]) == ("CLOSED", [])
        assert shop.charges(order_id) == [1390]


async def test_an_abort_and_a_retry_make_one_charge() -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1002)
        aborted = (await shop.start(payment)).json()["data"]
        assert (aborted["status"], aborted["is_paid"]) == ("PENDING", False)
        assert aborted["action"]["url"] == payment["action"]["url"]
        assert shop.charges(order_id) == []
        assert (await shop.start(payment)).json()["data"]["is_paid"] is True
        assert shop.charges(order_id) == [1002]


@pytest.mark.parametrize("status", ["PENDING", "CANCELLED", "EXPIRED"])
async def test_an_unpaid_payment_can_be_restarted_whatever_it_is_called(status: Any) -> None:
    async with Shopper(status_on_abort=status, status_on_decline=status) as shop:
        for amount in (1001, 1002):
            order_id, payment = await shop.payment(amount)
            unpaid = (await shop.start(payment)).json()["data"]
            assert (unpaid["status"], unpaid["is_paid"]) == (status, False)
            assert (await shop.start(payment)).json()["data"]["status"] == "PAID"
            assert shop.charges(order_id) == [amount]


async def test_an_answer_that_is_lost_hides_a_charge_that_reads_show() -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1003)
        with pytest.raises(httpx.RemoteProtocolError):
            await shop.start(payment)
        order = await shop.read(order_id)
        assert order["payments"][0]["details"]["status"] == "PAID"
        assert shop.charges(order_id) == [1003]


async def test_a_gateway_gives_up_and_the_terminal_charges_later() -> None:
    async with Shopper(late_s=30) as shop:
        order_id, payment = await shop.payment(1004)
        assert (await shop.start(payment)).status_code == 504
        assert shop.charges(order_id) == []
        assert shop.server.terminal("Counter 1")["state"] == "waiting"
        assert shop.server.press("Counter 1", "approve")
        await eventually(lambda: shop.charges(order_id) == [1004])


async def test_pending_is_answered_at_once_while_the_terminal_is_live() -> None:
    async with Shopper(late_s=30) as shop:
        order_id, payment = await shop.payment(1005)
        pending = (await shop.start(payment)).json()["data"]
        assert (pending["status"], pending["is_paid"]) == ("PENDING", False)
        again = await shop.start(payment)
        assert (again.status_code, again.json()["error"]["code"]) == (409, 409)
        shop.server.press("Counter 1", "approve")
        await eventually(lambda: shop.charges(order_id) == [1005])


async def test_a_silent_terminal_never_answers_and_never_charges() -> None:
    async with Shopper(terminal_life_s=0.05) as shop:
        order_id, payment = await shop.payment(1006)
        with pytest.raises(httpx.ReadTimeout):
            await shop.http.get(payment["action"]["url"], timeout=0.3)
        await eventually(lambda: shop.server.terminal("Counter 1")["state"] == "idle")
        assert shop.server.terminal("Counter 1")["last"]["result"] == "died"
        assert shop.charges(order_id) == []


async def test_an_offline_outcome_is_refused_before_anything_happens() -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1007)
        refused = await shop.start(payment)
        assert refused.status_code == 422
        assert "offline" in refused.json()["error"]["message"]
        assert shop.charges(order_id) == []


async def test_a_partial_approval_pays_for_less() -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1008)
        partial = (await shop.start(payment)).json()["data"]
        assert (partial["is_paid"], partial["amount"]) == (True, 504)
        refused = await shop.refused("openOrder", order_id=order_id)
        assert refused["message"] == "the order is not fully paid, 504 is due"
        assert shop.charges(order_id) == [504]


async def test_cancelled_can_still_become_a_charge() -> None:
    async with Shopper(late_s=30) as shop:
        order_id, payment = await shop.payment(1009)
        assert (await shop.start(payment)).json()["data"]["status"] == "CANCELLED"
        assert shop.charges(order_id) == []
        shop.server.press("Counter 1", "approve")
        await eventually(lambda: shop.charges(order_id) == [1009])
        order = await shop.read(order_id)
        assert order["payments"][0]["details"]["status"] == "PAID"


async def test_reads_lag_behind_a_charge() -> None:
    async with Shopper(read_lag_s=25) as shop:
        order_id, payment = await shop.payment(1010)
        with pytest.raises(httpx.RemoteProtocolError):
            await shop.start(payment)
        assert shop.charges(order_id) == [1010]
        details = (await shop.read(order_id))["payments"][0]["details"]
        assert (details["status"], details["amount_paid"]) == ("PENDING", 0)
        shop.server.advance(26)
        details = (await shop.read(order_id))["payments"][0]["details"]
        assert (details["status"], details["amount_paid"]) == ("PAID", 1010)


async def test_the_late_outcomes_charge_by_themselves() -> None:
    async with Shopper(late_s=0.01) as shop:
        for amount, place in ((1004, "Counter 1"), (1005, "Counter 2"), (1009, "Mobile")):
            _, payment = await shop.payment(amount, place=place)
            await shop.start(payment)
        charged = {1004, 1005, 1009}
        await eventually(lambda: {c.amount for c in shop.server.ledger()} == charged)


async def test_cents_mean_nothing_when_the_rule_is_off() -> None:
    async with Shopper(outcome_by_cents=False) as shop:
        for cents in range(1, 11):
            _, payment = await shop.payment(1000 + cents)
            assert (await shop.start(payment)).json()["data"]["is_paid"] is True


@pytest.mark.parametrize(
    ("rule", "charges"),
    [("return", [1000]), ("charge", [1000, 1000]), ("queue", [1000, 1000])],
)
async def test_start_on_a_paid_payment_follows_the_setting(rule: Any, charges: list[int]) -> None:
    async with Shopper(start_on_paid=rule) as shop:
        order_id, payment = await shop.payment(1000)
        await shop.start(payment)
        assert (await shop.start(payment)).json()["data"]["is_paid"] is True
        await eventually(lambda: shop.charges(order_id) == charges)


@pytest.mark.parametrize(
    ("rule", "status", "charges"),
    [("conflict", 409, [1000]), ("join", 200, [1000]), ("queue", 200, [1000, 1000])],
)
async def test_a_second_start_while_one_runs_follows_the_setting(
    rule: Any, status: int, charges: list[int]
) -> None:
    async with Shopper(start_while_running=rule) as shop:
        shop.server.terminal("Counter 1", mode="manual")
        order_id, payment = await shop.payment(1000)
        first = asyncio.create_task(shop.start(payment))
        await eventually(lambda: shop.server.terminal("Counter 1")["amount"] == 1000)
        second = asyncio.create_task(shop.start(payment))
        await eventually(lambda: len(shop.server.calls("start")) == 2)
        shop.server.press("Counter 1", "approve")
        assert (await first).json()["data"]["is_paid"] is True
        if rule == "queue":
            await eventually(lambda: shop.server.press("Counter 1", "approve"))
        assert (await second).status_code == status
        assert shop.charges(order_id) == charges


@pytest.mark.parametrize(("answer", "status"), [("504", 504), ("pending", 200)])
async def test_the_gateway_gives_up_waiting_but_not_the_terminal(answer: Any, status: int) -> None:
    async with Shopper(gateway_timeout_s=0.02, gateway_answer=answer) as shop:
        shop.server.terminal("Counter 1", mode="manual")
        order_id, payment = await shop.payment(1000)
        given_up = await shop.start(payment)
        assert given_up.status_code == status
        if answer == "pending":
            assert given_up.json()["data"]["status"] == "PENDING"
        shop.server.press("Counter 1", "approve")
        await eventually(lambda: shop.charges(order_id) == [1000])


async def test_hanging_up_does_not_take_a_queued_start_back() -> None:
    async with Shopper(start_while_running="queue") as shop:
        shop.server.terminal("Counter 1", mode="manual")
        order_id, payment = await shop.payment(1000)
        first = asyncio.create_task(shop.start(payment))
        await eventually(lambda: shop.server.terminal("Counter 1")["state"] == "waiting")
        with pytest.raises(httpx.ReadTimeout):
            await shop.http.get(payment["action"]["url"], timeout=0.1)
        shop.server.press("Counter 1", "approve")
        await first
        await eventually(lambda: shop.server.press("Counter 1", "approve"))
        await eventually(lambda: shop.charges(order_id) == [1000, 1000])


async def test_hanging_up_does_not_stop_the_terminal() -> None:
    async with Shopper() as shop:
        shop.server.terminal("Counter 1", mode="manual")
        order_id, payment = await shop.payment(1000)
        with pytest.raises(httpx.ReadTimeout):
            await shop.http.get(payment["action"]["url"], timeout=0.05)
        assert shop.server.terminal("Counter 1")["state"] == "waiting"
        shop.server.press("Counter 1", "approve")
        await eventually(lambda: shop.charges(order_id) == [1000])


async def test_closing_the_server_ends_a_start_that_waits() -> None:
    server = SandboxServer()
    async with Shopper(server) as shop:
        server.terminal("Counter 1", mode="manual")
        order_id, payment = await shop.payment(1000)
        waiting = asyncio.create_task(shop.start(payment))
        await eventually(lambda: server.terminal("Counter 1")["state"] == "waiting")
        charges = shop.charges(order_id)
    with pytest.raises(httpx.TransportError):
        await waiting
    assert charges == []


async def test_a_split_is_several_payments_up_to_the_amount_due() -> None:
    async with Shopper() as shop:
        order_id = await shop.order(amount=10000)
        await shop.attach(order_id)
        first = (await shop.create(order_id, 6000)).json()["data"]
        assert (await shop.start(first)).json()["data"]["is_paid"]
        too_much = await shop.create(order_id, 4001)
        assert too_much.status_code == 422
        assert too_much.json()["error"]["details"] == {"field": "amount"}
        await shop.attach(order_id, "CASH")
        second = (await shop.create(order_id, 4000)).json()["data"]
        assert second["action"]["type"] == "PAY"
        await shop.put_paid(second, 4000)
        await shop.do("openOrder", "order { status }", order_id=order_id)
        assert shop.charges(order_id) == [6000, 4000]


async def test_the_old_flow_executes_a_payment_made_by_its_method() -> None:
    settings: dict[str, Any] = {"method_creates_payment": True, "rest_payments": False}
    async with Shopper(**settings) as shop:
        order_id = await shop.order(amount=1000)
        await shop.attach(order_id)
        assert (await shop.create(order_id, 1000)).status_code == 404
        payment_id = (await shop.read(order_id))["payments"][0]["details"]["id"]
        executed = await shop.do("executePayment", "payment { status }", payment_id=payment_id)
        assert executed["payment"]["status"] == "PENDING"
        await eventually(lambda: shop.charges(order_id) == [1000])
        again = await shop.do("executePayment", "payment { status }", payment_id=payment_id)
        assert again["payment"]["status"] == "PAID"
        assert shop.charges(order_id) == [1000]


async def test_a_pending_payment_expires_and_can_be_started_again() -> None:
    async with Shopper(payment_life_s=60) as shop:
        order_id, payment = await shop.payment(1000)
        shop.server.advance(61)
        details = (await shop.read(order_id))["payments"][0]["details"]
        assert details["status"] == "EXPIRED"
        assert (await shop.start(payment)).json()["data"]["status"] == "PAID"
