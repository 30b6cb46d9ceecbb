"""A test that cannot fail proves nothing: faults put into the till, and the checks that must see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fault_matrix import Cell, cells
from harness import eventually
from test_long_starts import (
    test_a_gateway_that_answers_in_the_middle as gateway_in_the_middle,
)
from test_long_starts import (
    test_a_status_that_nobody_knows_is_neither_paid_nor_final as unknown_status,
)
from test_malformed import test_money_is_exact_or_refused as money_is_exact
from test_matrix import sandbox
from test_matrix import test_a_fault_of_the_wire as fault_of_the_wire

from tui_pos.adapters.commerce.afosto import mapping
from tui_pos.adapters.commerce.afosto.adapter import Afosto
from tui_pos.domain.attempt import Fact, FoundUnpaid
from tui_pos.domain.errors import MaybeDone, PosError
from tui_pos.domain.order import PAID, PENDING, RemotePayment
from tui_pos.services.payment_start import TerminalFlow


async def is_caught(check: Callable[[], Awaitable[None]]) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await check()


def cell(name: str) -> Cell:
    return next(c for c in cells() if c.name == name)


def judging(monkeypatch: pytest.MonkeyPatch, judge: Callable[[RemotePayment], Fact | None]) -> None:
    real = TerminalFlow._judge

    def planted(flow: TerminalFlow, job: Any, answer: RemotePayment) -> Fact:
        return judge(answer) or real(flow, job, answer)

    monkeypatch.setattr(TerminalFlow, "_judge", planted)


async def test_trusting_a_truthy_is_paid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a whole sale: "false" is a string, and every string is true."""
    real = mapping.payment

    def trusting(value: Any, **details: Any) -> RemotePayment:
        try:
            return real(value, **details)
        except PosError:
            if isinstance(value, dict) and value.get("is_paid"):
                return RemotePayment(str(value["id"]), PAID, True)
            raise

    monkeypatch.setattr(mapping, "payment", trusting)

    async def declined() -> None:
        async with sandbox(tmp_path, gateway_timeout_s=0.05, gateway_answer="pending") as world:
            world.server.terminal("Counter 1", mode="manual")
            world.server.fault("start", "wrong_types")
            world.ring_up()
            assert await world.ready()
            world.begin(world.card())
            await eventually(lambda: world.of_sale.paid or world.stands)
            assert not world.of_sale.paid

    await is_caught(declined)


async def test_an_unknown_status_as_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = (PENDING, PAID, "CANCELLED", "EXPIRED")
    judging(
        monkeypatch,
        lambda a: None if a.status in known or a.is_paid else FoundUnpaid(a.status, "answer"),
    )
    await is_caught(lambda: unknown_status(tmp_path))


async def test_pending_as_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judging(monkeypatch, lambda a: FoundUnpaid(a.status, "answer") if a.status == PENDING else None)
    await is_caught(lambda: gateway_in_the_middle("pending", tmp_path))


@pytest.mark.parametrize("name", ["F7-6", "F6-6", "F3-6"])
async def test_a_second_start_after_an_error(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Afosto.start

    async def eager(backend: Afosto, payment: RemotePayment) -> RemotePayment:
        try:
            return await real(backend, payment)
        except MaybeDone:
            return await real(backend, payment)

    monkeypatch.setattr(Afosto, "start", eager)
    plan: dict[str, Any] = {"kind": "status:504" if name == "F7-6" else "drop_before"}
    await is_caught(lambda: fault_of_the_wire(cell(name), plan, tmp_path))


async def test_a_second_booking_without_a_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V without its read."""
    real = Afosto.add_items

    async def eager(backend: Afosto, *args: Any, **names: Any) -> Any:
        try:
            return await real(backend, *args, **names)
        except MaybeDone:
            return await real(backend, *args, **names)

    monkeypatch.setattr(Afosto, "add_items", eager)
    plan = {"kind": "drop_after"}
    await is_caught(lambda: fault_of_the_wire(cell("F3-2"), plan, tmp_path))


async def test_fractions_as_money(monkeypatch: pytest.MonkeyPatch) -> None:
    real = mapping._read

    def lenient(model: Any, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("total"), (str, Decimal)):
            value = value | {"total": int(Decimal(value["total"]))}
        return real(model, value)

    monkeypatch.setattr(mapping, "_read", lenient)
    await is_caught(lambda: money_is_exact("total", "500.5", None))
    await is_caught(lambda: money_is_exact("total", '"500"', None))
