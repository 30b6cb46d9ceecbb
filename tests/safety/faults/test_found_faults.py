"""What the failure model asks for and the till once did not do: each found by a cell of the matrix."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from fault_bench import World
from harness import codes, eventually
from test_long_starts import PATIENT
from test_matrix import sandbox
from test_matrix_scenes import add_elsewhere, order_id, paying, void

from tui_pos.domain.attempt import State
from tui_pos.domain.errors import PosError
from tui_pos.services.payment_view import Choice, Phase


async def declined(world: World) -> None:
    """The customer was declined, and the cashier said so."""
    world.ring_up()
    assert await world.ready()
    world.server.terminal("Counter 1", script=["abort"])
    world.begin(world.card())
    await eventually(lambda: world.phase is Phase.UNPROVEN)
    world.till.payments.say(world.attempt, Choice.SAY_DECLINED)
    await eventually(lambda: Choice.AGAIN in world.choices)


async def test_an_order_that_holds_more_than_the_basket_is_not_charged(tmp_path: Path) -> None:
    """F20 at 2: the back office added a line while items were added."""
    async with sandbox(tmp_path) as world:
        world.ring_up(1)
        await eventually(lambda: world.of_sale.is_converged)
        world.gate.hooks["addItemsToOrder"] = [lambda: add_elsewhere(world)]
        world.till.ring_up(codes(1, start=3)[0])
        await eventually(lambda: world.gate.count("addItemsToOrder") >= 2)
        await world.see_through()
        world.judge()


async def test_an_order_cancelled_elsewhere_is_no_unknown_code(tmp_path: Path) -> None:
    """F20 at 2: a fresh order gets the same basket."""
    async with sandbox(tmp_path) as world:
        world.ring_up(1)
        await eventually(lambda: world.of_sale.is_converged)
        world.server.cancel_order(order_id(world))
        world.till.set_quantity(world.of_sale.basket[0].line_id, 3)
        await eventually(lambda: world.of_sale.is_converged)
        assert not world.of_sale.basket.refused
        await world.see_through()
        world.judge()


async def test_an_order_cancelled_while_paid_is_told_to_a_person(tmp_path: Path) -> None:
    """F20 at 7: C, and the money is on the list of refunds."""
    async with sandbox(tmp_path) as world:
        world.ring_up()
        assert await world.ready()
        world.gate.hooks["openOrder"] = [lambda: void(world.server.cancel_order(order_id(world)))]
        world.begin(world.card())
        await eventually(lambda: world.gate.count("openOrder") >= 3)
        assert any("paid" in text for text in world.alarms), world.of_sale.invoice_trouble


async def test_an_order_that_changed_is_not_paid_at_the_second_try(tmp_path: Path) -> None:
    """F20 at 6: compared just before every START, not only before the first."""
    async with sandbox(tmp_path) as world:
        await declined(world)
        add_elsewhere(world)
        world.till.payments.again(world.attempt)
        await world.rest()
        await world.settle()
        assert world.starts() == 1
        assert not world.server.ledger()


async def test_what_another_till_took_is_not_taken_again(tmp_path: Path) -> None:
    """F20 at 6: G5 on a fresh read."""
    async with sandbox(tmp_path) as world:
        await declined(world)
        world.server.foreign_payment(order_id(world), world.of_sale.total.minor)
        world.till.payments.again(world.attempt)
        await world.rest()
        await world.settle()
        assert world.starts() == 1
        assert [c.kind for c in world.server.ledger()] == ["elsewhere"]


async def test_half_a_payment_is_not_started_again(tmp_path: Path) -> None:
    """F17 at 6: the server shows it paid for another amount; no word of the cashier makes that unpaid."""
    async with sandbox(tmp_path, start_on_paid="charge") as world:
        world.ring_up()
        assert await world.ready()
        world.server.terminal("Counter 1", script=["partial"])
        world.begin(world.card())
        await eventually(lambda: world.phase is Phase.UNKNOWN and "another amount" in world.reason)
        world.clock.boot_offset_s += 1
        if Choice.SAY_DECLINED in world.choices:
            world.till.payments.say(world.attempt, Choice.SAY_DECLINED)
            await world.settle()
            with suppress(PosError):
                world.till.payments.again(world.attempt)
            await world.settle()
        assert world.starts() == 1
        assert len(world.server.ledger()) == 1


async def test_half_a_payment_that_comes_late_is_told(tmp_path: Path) -> None:
    """A payment that was given up and then paid in part is money to give back, too."""
    async with sandbox(tmp_path, late_s=0.3) as world:
        await declined(world)
        world.till.payments.leave(world.attempt, to_basket=False)
        attempt = world.attempt
        await eventually(lambda: world.of_sale.attempts[attempt].state is State.ABANDONED)
        payment_id = world.of_sale.attempts[attempt].payment_id
        payment = world.server.backend.payment(payment_id)
        payment.amount //= 2
        world.server.mark_paid(payment_id)
        await eventually(lambda: any("efund" in text for text in world.alarms), within_s=3)


async def test_cash_booked_for_another_amount_is_not_believed(tmp_path: Path) -> None:
    """F17 at 6c, G8."""
    async with sandbox(tmp_path) as world:

        def less(body: bytes) -> bytes:
            answer = json.loads(body)
            answer["data"]["amount"] -= 100
            return json.dumps(answer).encode()

        world.gate.rewrite["pay"] = [less]
        world.ring_up()
        assert await world.ready()
        world.begin(world.cash())
        await eventually(lambda: world.gate.count("pay") >= 1)
        await eventually(lambda: world.is_done or world.gate.count("order") > 3)
        attempt = world.of_sale.attempts[world.attempt]
        rows = await world.disk.rows(world.of_sale.sale_id)
        proofs = [row.body["source"] for row in rows if row.kind == "found_paid"]
        assert "answer" not in proofs, attempt


async def test_a_sleep_while_a_read_is_out_is_noticed(tmp_path: Path) -> None:
    """F21 at 6: the machine may sleep at any moment, also between a read and its answer."""
    async with sandbox(tmp_path, limits=PATIENT) as world:
        await paying(world)

        def sleep() -> None:
            world.clock.boot_offset_s += 600

        world.gate.hooks["order"] = [sleep]
        await eventually(lambda: not world.gate.hooks["order"])
        await eventually(lambda: world.phase is Phase.UNKNOWN, within_s=1)


async def test_an_invoice_over_another_amount_is_told_to_a_person(tmp_path: Path) -> None:
    """F17 at 9."""
    async with sandbox(tmp_path) as world:

        def more(body: bytes) -> bytes:
            answer = json.loads(body)
            answer["data"]["invoiceItems"]["invoice"]["total"] += 100
            return json.dumps(answer).encode()

        world.gate.rewrite["invoiceItems"] = [more]
        world.ring_up()
        assert await world.ready()
        world.begin(world.card())
        await eventually(lambda: world.is_done)
        assert world.alarms


async def test_a_start_that_is_sent_elsewhere_is_told_to_a_person(tmp_path: Path) -> None:
    """F22 at 6: something between the till and its server answers in its place."""
    async with sandbox(tmp_path) as world:
        world.server.fault("start", "redirect")
        world.ring_up()
        assert await world.ready()
        world.begin(world.card())
        await eventually(lambda: world.phase is Phase.UNKNOWN)
        assert world.alarms or "elsewhere" in world.reason, world.reason
