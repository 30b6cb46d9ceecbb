"""A whole sale through the real adapter and the real sandbox, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tui_pos.adapters.commerce.afosto import Afosto, AfostoOptions
from tui_pos.domain.errors import NotAllowed, NotFound, Refused
from tui_pos.domain.money import Money
from tui_pos.domain.order import ActionKind, PaymentMethod, TenderKind
from tui_pos.ports.commerce import Commerce, Wanted
from tui_pos.sandbox.server import SandboxServer
from tui_pos.sandbox.shop import products

MUG = next(p for p in products().values() if not p.is_batch_tracked and not p.is_serial_tracked)


@asynccontextmanager
async def shop(
    changes: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[tuple[Commerce, SandboxServer]]:
    async with SandboxServer(outcome_by_cents=False, **changes or {}) as server:
        chosen = AfostoOptions(server.url, server.channel_id, **options)
        backend: Commerce = Afosto(chosen, lambda: server.token)
        try:
            yield backend, server
        finally:
            await backend.close()


async def method_of(backend: Commerce, order_id: str, kind: TenderKind) -> PaymentMethod:
    methods = await backend.payment_methods(order_id)
    return next(method for method in methods if method.kind is kind)


async def order_with_a_mug(backend: Commerce) -> tuple[str, Money]:
    order = await backend.create_order("sale-1", key="k1")
    assert order.total == Money(0, "EUR")
    order = await backend.add_items(order.order_id, [Wanted(MUG.sku, 2)], key="k2")
    assert order.total == Money(2 * MUG.price, "EUR")
    assert order.quantities() == {MUG.sku: 2}
    assert len(order.lines[0].unit_ids) == 2
    assert order.lines[0].name == MUG.label
    return order.order_id, order.total


async def invoice(backend: Commerce, order_id: str) -> bytes:
    opened = await backend.open_order(order_id, key="k7")
    assert opened is not None
    assert opened.is_opened
    order = await backend.read_order(order_id)
    assert len(order.invoiceable) == 2
    invoice = await backend.invoice_items(order.invoiceable, invoice_id="", key="k8")
    assert invoice.total == order.total
    assert await backend.read_invoice(invoice.invoice_id) == invoice
    order = await backend.read_order(order_id)
    assert order.invoiceable == ()
    assert [known.invoice_id for known in order.invoices] == [invoice.invoice_id]
    return await backend.fetch_document(invoice.pdf_url)


async def test_a_card_sale_goes_from_the_first_scan_to_the_invoice() -> None:
    async with shop() as (backend, server):
        await backend.warm()
        await backend.probe()
        order_id, total = await order_with_a_mug(backend)
        pin = await method_of(backend, order_id, TenderKind.CARD)
        terminal = next(t for t in pin.terminals if t.is_online)
        attached = await backend.attach_method(
            order_id, pin, terminal_id=terminal.terminal_id, drawer_id="", key="k3"
        )
        assert attached is not None
        assert attached.method_id == pin.method_id
        payment = await backend.create_payment(order_id, total, key="k4")
        assert (payment.status, payment.is_paid) == ("PENDING", False)
        assert payment.amount == total
        assert payment.action is not None
        assert payment.action.kind is ActionKind.START
        answer = await backend.start(payment)
        assert answer.is_paid
        assert [charge.amount for charge in server.ledger()] == [total.minor]
        order = await backend.read_order(order_id)
        found = order.payment(payment.payment_id)
        assert found is not None
        assert found.is_paid
        assert order.due == Money(0, "EUR")
        assert (await invoice(backend, order_id)).startswith(b"%PDF-")
        assert backend.health.is_reachable
        assert backend.health.trouble == ""
        assert backend.health.latency_ms is not None


async def test_a_cash_sale_is_marked_paid_by_the_till() -> None:
    async with shop() as (backend, _):
        order_id, total = await order_with_a_mug(backend)
        cash = await method_of(backend, order_id, TenderKind.CASH)
        drawer = cash.drawers[0].drawer_id
        await backend.attach_method(order_id, cash, terminal_id="", drawer_id=drawer, key="k3")
        payment = await backend.create_payment(order_id, total, key="k4")
        assert payment.action is not None
        assert payment.action.kind is ActionKind.PAY
        with pytest.raises(Refused):
            await backend.start(payment)
        assert (await backend.mark_paid(payment.payment_id, total, key="k5")).is_paid
        assert (await backend.read_order(order_id)).due == Money(0, "EUR")


async def test_a_terminal_can_be_started_the_old_way() -> None:
    async with shop({"duration_s": 0.05}, start="execute") as (backend, _):
        order_id, total = await order_with_a_mug(backend)
        pin = await method_of(backend, order_id, TenderKind.CARD)
        await backend.attach_method(
            order_id, pin, terminal_id=pin.terminals[0].terminal_id, drawer_id="", key="k3"
        )
        payment = await backend.create_payment(order_id, total, key="k4")
        answer = await backend.start(payment)
        assert (answer.status, answer.is_paid) == ("PENDING", False)
        for _ in range(200):
            if (await backend.read_order(order_id)).due == Money(0, "EUR"):
                break
        else:
            pytest.fail("never paid")


async def test_prices_can_be_overridden_and_orders_left_to_lapse() -> None:
    async with shop(sends_reference=True) as (backend, _):
        order = await backend.create_order("sale-2", key="k1")
        wanted = Wanted(MUG.sku, 1, Money(100, "EUR"), Money(200, "EUR"))
        order = await backend.add_items(order.order_id, [wanted], key="k2")
        assert order.total == Money(100, "EUR")
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        await backend.expire_order(order.order_id, tomorrow, key="k3")


async def test_the_backend_says_no_in_its_own_words() -> None:
    async with shop() as (backend, server):
        with pytest.raises(NotFound):
            await backend.read_order("no-such-order")
        order = await backend.create_order("sale-3", key="k1")
        with pytest.raises(Refused) as caught:
            await backend.add_items(
                order.order_id, [Wanted(MUG.sku, 1), Wanted("NO-SUCH-SKU", 1)], key="k2"
            )
        assert "sku" in caught.value.field
        assert (await backend.read_order(order.order_id)).lines == ()
        assert await backend.read_invoice("no-such-invoice") is None
        stranger = Afosto(AfostoOptions(server.url, server.channel_id), lambda: "wrong")
        with pytest.raises(NotAllowed):
            await stranger.probe()
        assert stranger.health.trouble == "token refused"
        await stranger.close()
        lost = Afosto(AfostoOptions(server.url, "no-such-channel"), lambda: server.token)
        with pytest.raises(NotFound):
            await lost.probe()
        await lost.close()


async def test_an_old_server_without_data_wrapper_and_with_issuers_is_served_too() -> None:
    changes = {"rest_wrapper": False, "issuer_required": True}
    async with shop(changes, sends_issuer=True, wraps_rest=False) as (backend, _):
        order_id, total = await order_with_a_mug(backend)
        pin = await method_of(backend, order_id, TenderKind.CARD)
        await backend.attach_method(
            order_id, pin, terminal_id=pin.terminals[0].terminal_id, drawer_id="", key="k3"
        )
        payment = await backend.create_payment(order_id, total, key="k4")
        assert (await backend.start(payment)).is_paid
