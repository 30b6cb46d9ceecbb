"""Z1, Z2: whatever a server answers, the till neither crashes nor believes a payment that nobody made.

`FAULT_MALFORMED=100000` tries more. Source: payment-safety.md, 4.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from malformed import (
    CALLS,
    EUR,
    SYNTAX,
    Found,
    a_backend,
    good,
    parsed,
    says_paid,
    speaking,
    try_all,
)
from test_matrix import sandbox

from tui_pos.adapters.commerce.afosto import mapping
from tui_pos.domain.errors import Malformed, PosError
from tui_pos.domain.events import Event
from tui_pos.domain.money import Money
from tui_pos.domain.order import Order, RemotePayment
from tui_pos.services.payment_view import Phase

COUNT = int(os.environ.get("FAULT_MALFORMED", "2000"))
PARTS = 8
SALES = int(os.environ.get("FAULT_MALFORMED_SALES", "60"))


@pytest.mark.parametrize("status", ["PENDING", "PAID", "CANCELLED"])
@pytest.mark.parametrize("kind", CALLS)
async def test_a_good_answer_is_believed(kind: str, status: str) -> None:
    """Otherwise nothing below could ever go wrong."""
    async with speaking() as speaker, a_backend(speaker) as backend:
        speaker.says = json.dumps(good(kind, speaker.url, status)).encode()
        result = await CALLS[kind](backend, speaker.url)
        if isinstance(result, RemotePayment):
            assert result.is_paid == (status == "PAID") == says_paid(speaker.says)
            assert result.amount == Money(EUR, "EUR")
        if isinstance(result, Order):
            assert [p.is_paid for p in result.payments] == [status == "PAID"]


@pytest.mark.timeout(0 if COUNT > 5_000 else 120)
@pytest.mark.parametrize("part", range(PARTS))
async def test_no_spoilt_answer_crashes_or_pays(part: int) -> None:
    found = await try_all(range(part * COUNT // PARTS, (part + 1) * COUNT // PARTS))
    assert not found.wrong, found.wrong[:10]
    assert found.slowest_s < 2.0
    check_breadth(found)


def check_breadth(found: Found) -> None:
    """Some are believed, and some of those rightly as paid: spoiling everything proves nothing."""
    assert found.tried
    assert 0 < found.accepted < found.tried
    assert found.paid


@pytest.mark.parametrize("kind", ["start", "order", "createPayment"])
async def test_an_answer_cut_at_any_byte_proves_nothing(kind: str) -> None:
    async with speaking() as speaker, a_backend(speaker) as backend:
        body = json.dumps(good(kind, speaker.url, "PAID")).encode()
        for size in range(0, len(body), 1 if kind == "start" else 3):
            speaker.says = body[:size]
            with pytest.raises(Malformed):
                await CALLS[kind](backend, speaker.url)


MONEY: list[tuple[str, int | None]] = [
    ("500", 500),
    ("0", 0),
    ("-500", -500),
    ("9223372036854775807", 2**63 - 1),
    ("9223372036854775808", None),
    ("500.0", None),
    ("5e2", None),
    ("1e309", None),
    ('"500"', None),
    ("true", None),
    ("[500]", None),
    ('{"amount": 500}', 500),
    ('{"amount": 500, "currency": "EUR"}', 500),
    ('{"amount": 500, "currency": "EUR", "formatted": "5,00"}', 500),
    ('{"amount": 500, "currency": "USD"}', None),
    ('{"amount": 500.0, "currency": "EUR"}', None),
    ('{"amount": "500", "currency": "EUR"}', None),
    ('{"amount": 9223372036854775808, "currency": "EUR"}', None),
    ('{"amount": true}', None),
    ('{"amount": null}', None),
    ('{"minor": 500}', None),
]
PLACES = ["total", "items.0.total", "payments.0.amount", "payments.0.details.amount_paid"]


@pytest.mark.parametrize(("raw", "wanted"), MONEY)
@pytest.mark.parametrize("place", PLACES)
async def test_money_is_exact_or_refused(place: str, raw: str, wanted: int | None) -> None:
    answer = good("order", "", "PAID")
    *way, last = place.split(".")
    holder: Any = answer["data"]["order"]
    for step in way:
        holder = holder[int(step) if step.isdigit() else step]
    holder[last] = "HOLE"
    async with speaking() as speaker, a_backend(speaker) as backend:
        speaker.says = json.dumps(answer).replace('"HOLE"', raw).encode()
        if wanted is None:
            with pytest.raises(Malformed):
                await backend.read_order("o1")
        else:
            order = await backend.read_order("o1")
            seen = {
                "total": order.total,
                "items.0.total": order.lines[0].total,
                "payments.0.amount": order.payments[0].amount,
                "payments.0.details.amount_paid": order.payments[0].amount_paid,
            }[place]
            assert seen == Money(wanted, "EUR")


# -- through a whole till --------------------------------------------------------------------------------------

STEPS = [
    "createOrder",
    "addItemsToOrder",
    "order",
    "paymentOptions",
    "addPaymentMethodToOrder",
    "createPayment",
    "start",
    "start",
    "start",
    "pay",
    "openOrder",
    "poll",
    "invoiceItems",
]


@pytest.mark.timeout(0 if SALES > 500 else 120)
@pytest.mark.parametrize("part", range(6))
async def test_a_sale_with_a_spoilt_answer_ends_true(part: int, tmp_path: Path) -> None:
    for number in range(part, SALES, 6):
        folder = tmp_path / str(number)
        folder.mkdir()
        await sold_through(number, folder)


async def sold_through(number: int, folder: Path) -> None:
    """One sale, one to three answers of one step spoilt; judged by the ledger at every turn."""
    dice = random.Random(number)
    step = STEPS[number % len(STEPS)]
    async with sandbox(folder) as world:
        heard: list[bytes] = []

        def spoil(body: bytes) -> bytes:
            value = parsed(body)
            result = dice.choice(SYNTAX)(value, dice)
            # An answer that says it in the contract's words is a lie, and not a malformed one.
            if says_paid_of(result):
                result = b"{"
            heard.append(result)
            return result

        def paid_only_with_money(event: Event) -> None:
            if world.phase is Phase.PAID:
                assert world.server.ledger(), (number, step, heard)

        world.till.subscribe(paid_only_with_money)
        world.gate.rewrite[step] = [spoil] * dice.choice([1, 1, 2, 3])
        if step == "start" and dice.random() < 0.6:
            world.server.terminal("Counter 1", script=["abort"])
        world.ring_up()
        while not await world.ready():
            pass
        world.begin(world.cash() if step == "pay" else world.card())
        await world.rest()
        ledger = len(world.server.ledger())
        assert ledger <= 1
        if world.of_sale.paid:
            assert ledger == 1
        if world.of_sale.basket.refused:  # a spoilt refusal is still a refusal
            return
        await world.see_through()
        world.judge()


def says_paid_of(body: bytes) -> bool:
    answer = parsed(body)
    return b"PAID" in body if answer is not None else False


# -- planted faults --------------------------------------------------------------------------------------------


async def test_a_till_that_trusts_any_truth_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    real = mapping.payment

    def trusting(value: Any, **details: Any) -> RemotePayment:
        try:
            return real(value, **details)
        except PosError:
            if isinstance(value, dict) and value.get("is_paid"):
                return RemotePayment("p1", "", True)
            raise

    monkeypatch.setattr(mapping, "payment", trusting)
    found = await try_all(range(1_000))
    assert any(text.startswith("false PAID") for text in found.wrong)
