"""The end of the day: every difference has a name, and no day closes over one that nobody signed for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from harness import POLICY, SHOP, Bench, a_till, codes, eventually
from test_paying import card, cash, phase, rung_up

from tui_pos.adapters.journal import SqliteJournal, read_journal
from tui_pos.domain.attempt import State
from tui_pos.domain.errors import PosError
from tui_pos.domain.money import Money
from tui_pos.ports.journal import Entry
from tui_pos.sandbox.server import SandboxServer
from tui_pos.services.day import DayFigures, DaySlip, Difference, Kind, Undecided, slip
from tui_pos.services.payment_view import Choice, Phase
from tui_pos.services.payments import PaymentPolicy
from tui_pos.services.sale import Sale, Stage

QUIET = replace(POLICY, watch_s=0.0)
"""What was given up is not looked at again by itself."""
SLOW = PaymentPolicy(quarantine_s=60.0, hold_s=30.0, first_read_s=60.0, read_s=60.0)
"""What is in doubt stays in doubt."""


def journal_of(bench: Bench) -> SqliteJournal:
    journal = bench.till._journal
    assert isinstance(journal, SqliteJournal)
    return journal


async def sold(bench: Bench, terminal: str = "Counter 1", count: int = 3) -> Sale:
    """A sale paid by card and finished; the next one begins."""
    sale = await rung_up(bench, count)
    bench.till.payments.begin(sale, card(sale, terminal))
    await eventually(lambda: sale.stage is Stage.DONE)
    bench.till.next_sale()
    return sale


async def sold_cash(bench: Bench, start: int = 0) -> Sale:
    """A sale of one article, paid in cash."""
    bench.till.ring_up(codes(1, start)[0])
    sale = bench.till.current
    await bench.till.ready_to_pay(sale)
    bench.till.payments.begin(sale, cash(bench, sale, 50_000))
    await eventually(lambda: sale.stage is Stage.DONE)
    bench.till.next_sale()
    return sale


def totals(figures: DayFigures) -> dict[str, Money]:
    """Terminals that print what the till booked."""
    return {line.terminal_id: line.booked for line in figures.terminals}


async def closed(bench: Bench, name: str = "Bea") -> DaySlip:
    """The day closed with the same name under everything."""
    day = bench.till.day
    figures = await day.figures()
    beside = figures.with_totals(totals(figures))
    decisions = {d.difference_id: name for d in beside.differences}
    return await day.close(totals(figures), decisions, "Anna")


async def the_one(bench: Bench) -> Difference:
    """The only difference of the day."""
    found = (await bench.till.day.figures()).differences
    assert len(found) == 1, found
    return found[0]


async def refuses(bench: Bench, difference: Difference) -> None:
    """The day does not close without a name under this, and nothing is written."""
    figures = await bench.till.day.figures()
    before = await journal_of(bench).link()
    with pytest.raises(Undecided) as caught:
        await bench.till.day.close(totals(figures), {difference.difference_id: " 12 "}, "Anna")
    assert [d.difference_id for d in caught.value.missing] == [difference.difference_id]
    assert difference.kind.title in str(caught.value)
    assert await journal_of(bench).link() == before


def slip_of(bench: Bench, day: DaySlip) -> str:
    lines = slip(
        day, store="Utrecht", till_id="till-1", money=lambda m: f"{m.to_decimal()} {m.currency}"
    )
    assert all(len(line) <= 42 for line in lines)
    return "\n".join(lines)


async def test_a_clean_day_closes_with_three_equal_totals(tmp_path: Path) -> None:
    shop = replace(SHOP, cash_rounding=True)
    async with SandboxServer(outcome_by_cents=False) as server:
        async with a_till(server, tmp_path, shop=shop) as bench:
            first = await sold(bench)
            second = await sold(bench, "Counter 2", 2)
            third = await sold_cash(bench, 3)  # 5.49, rounded to 5.50
            fourth = await sold_cash(bench)
            before = await journal_of(bench).link()
            figures = await bench.till.day.figures()
            assert await journal_of(bench).link() == before  # an X report changes nothing
            assert not figures.differences
            assert (figures.number, figures.sales, figures.since) == (1, 4, None)
            pin, coins = figures.tenders
            assert (pin.count, pin.booked) == (2, first.total + second.total)
            assert (coins.count, coins.booked) == (2, third.total + fourth.total)
            assert [t.name for t in figures.terminals] == ["Counter 1", "Counter 2"]
            assert [t.booked for t in figures.terminals] == [first.total, second.total]
            assert all(t.backend == t.booked for t in (*figures.tenders, *figures.terminals))
            (drawer,) = figures.cash
            asked = [
                a.intent.cash.asked
                for s in (third, fourth)
                for a in s.attempts.values()
                if a.intent.cash
            ]
            assert drawer.expected == asked[0] + asked[1]
            assert drawer.expected == coins.booked + drawer.rounding
            assert drawer.rounding == Money(1, "EUR")
            assert not drawer.waiting
            day = await bench.till.day.close(totals(figures), {}, "Anna")
            assert day.number == 1
            text = slip_of(bench, day)
            assert "DAY 1" in text
            assert "Nothing differs." in text
            assert day.head[:16] in text


async def test_the_slip_s_head_is_the_journal_s_and_the_chain_is_whole(tmp_path: Path) -> None:
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            await sold(bench)
            before = await journal_of(bench).link()
            day = await closed(bench)
            head = await journal_of(bench).link()
            assert (day.seq, day.head) == (head.seq, head.hash)
            assert await journal_of(bench).verify() is None
            (row,) = await journal_of(bench).rows("")
            assert row.kind == "day_closed"
            assert row.body["before"] == {"seq": before.seq, "hash": before.hash}
            assert row.body["number"] == 1
        reader = read_journal(f"sqlite:///{tmp_path / 'till.journal'}")
        assert [r for r in reader.export() if r["hash"] == day.head]
        assert reader.verify() is None
        reader.close()


async def test_numbers_have_no_gap_through_restarts_and_attempts_that_failed(
    tmp_path: Path,
) -> None:
    numbers = []
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            await sold(bench)
            with pytest.raises(PosError, match="Nobody"):
                await bench.till.day.close({}, {}, " ")
            with pytest.raises(Undecided):
                await bench.till.day.close({}, {}, "Anna")  # no terminal total was typed
            numbers.append((await closed(bench)).number)
            again = await closed(bench)
            numbers.append(again.number)
            assert again.figures.sales == 0
            assert not again.figures.tenders
            assert not again.figures.differences
        async with a_till(server, tmp_path) as bench:
            last = await bench.till.day.last()
            assert (last.number, last.closer, last.head) == (2, "Anna", again.head)
            sale = await sold(bench)
            figures = await bench.till.day.figures()
            assert figures.since == last.at
            assert [t.booked for t in figures.tenders] == [sale.total]
            numbers.append((await closed(bench)).number)
    assert numbers == [1, 2, 3]


async def test_two_closes_at_once_take_two_numbers(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        days = await asyncio.gather(closed(bench), closed(bench))
        assert sorted(day.number for day in days) == [1, 2]


async def test_a_close_that_nobody_waited_for_keeps_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        journal, disk = journal_of(bench), asyncio.Event()
        append = journal.append

        async def slow(*entries: Entry) -> int:
            await disk.wait()
            return await append(*entries)

        monkeypatch.setattr(journal, "append", slow)
        first = asyncio.ensure_future(closed(bench))
        await eventually(lambda: bench.till.day.is_writing)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        second = asyncio.ensure_future(closed(bench))
        await asyncio.wait((second,), timeout=0.2)
        disk.set()
        assert (await second).number == 2
        assert [row.body["number"] for row in await journal.rows("")] == [1, 2]


async def test_an_open_unknown_blocks_the_close_until_a_supervisor_signs(tmp_path: Path) -> None:
    async with SandboxServer() as server:
        async with a_till(server, tmp_path, policy=SLOW) as bench:
            sale, payments = await rung_up(bench), bench.till.payments
            server.terminal("Counter 1", mode="manual")
            server.fault("start", "drop_after")
            attempt = payments.begin(sale, card(sale))
            await eventually(lambda: phase(bench, attempt) is Phase.UNKNOWN)
            found = await the_one(bench)
            assert found.kind is Kind.IN_DOUBT
            assert found.amount == sale.total
            assert found.where == "Counter 1"
            assert found.order.startswith("order ")
            await refuses(bench, found)
            with pytest.raises(Undecided) as caught:
                await bench.till.day.close({}, {}, "Anna")
            assert "supervisor" in caught.value.advice
            day = await closed(bench, "Bea")
            assert "signed: Bea" in slip_of(bench, day)
            assert sale.attempts[attempt].state is State.UNKNOWN  # nothing was settled by it
            assert (await the_one(bench)).kind is Kind.IN_DOUBT  # the next day asks again
        server.press("Counter 1", "approve")
        async with a_till(server, tmp_path) as bench:  # after the close it is watched as before
            await eventually(lambda: not bench.till.sales)
            figures = await bench.till.day.figures()
            assert figures.number == 2
            assert not figures.differences
            assert [(t.count, t.booked) for t in figures.tenders] == [(1, sale.total)]


async def test_a_late_charge_is_charged_and_not_booked(tmp_path: Path) -> None:
    async with SandboxServer(late_s=0.2) as server, a_till(server, tmp_path) as bench:
        sale, payments = await rung_up(bench), bench.till.payments
        server.terminal("Counter 1", script=["cancel_late"])
        attempt = payments.begin(sale, card(sale))
        await eventually(lambda: Choice.OTHER in payments.view(attempt).choices)
        payments.leave(attempt, to_basket=False)
        await eventually(lambda: not payments.busy(sale) and sale.unresolved is None)
        payments.begin(sale, cash(bench, sale, sale.due.minor))
        await eventually(lambda: sale.attempts[attempt].state is State.LATE_PAID)
        await eventually(lambda: sale.stage is Stage.DONE)
        found = await the_one(bench)
        assert found.kind is Kind.CHARGED_NOT_BOOKED
        assert "paid after all" in found.words
        assert found.amount == sale.total
        figures = await bench.till.day.figures()
        assert [(t.booked.minor, t.backend) for t in figures.terminals] == [(0, sale.total)]
        said = figures.with_totals({figures.terminals[0].terminal_id: sale.total})
        total = next(d for d in said.differences if d.kind is Kind.TERMINAL_TOTAL)
        assert "as much as is named above" in total.words
        await refuses(bench, found)
        await closed(bench)
        assert not (await bench.till.day.figures()).differences  # decided once is decided


async def test_a_payment_that_only_the_server_has_as_paid_is_named(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path, policy=QUIET) as bench:
        sale, payments = await rung_up(bench), bench.till.payments
        server.terminal("Counter 1", script=["abort"])
        attempt = payments.begin(sale, card(sale))
        await eventually(lambda: phase(bench, attempt) is Phase.UNPROVEN)
        payments.say(attempt, Choice.SAY_DECLINED)
        await eventually(lambda: Choice.BACK in payments.view(attempt).choices)
        payments.leave(attempt, to_basket=True)
        await eventually(lambda: sale.attempts[attempt].state is State.ABANDONED)
        figures = await bench.till.day.figures()
        assert not figures.differences
        assert figures.abandoned == 1
        server.mark_paid(sale.attempts[attempt].payment_id)
        found = await the_one(bench)
        assert found.kind is Kind.CHARGED_NOT_BOOKED
        assert "The server says" in found.words
        await refuses(bench, found)


async def test_a_payment_that_the_server_does_not_have_is_booked_and_not_charged(
    tmp_path: Path,
) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await sold(bench)
        (attempt,) = sale.attempts.values()
        payment = server.backend.payment(attempt.payment_id)
        payment.status = "CANCELLED"  # voided in the office
        server.backend.save(payment)
        found = await the_one(bench)
        assert found.kind is Kind.BOOKED_NOT_CHARGED
        assert "CANCELLED" in found.words
        assert found.amount == sale.total
        await refuses(bench, found)
        figures = await bench.till.day.figures()
        assert [(t.booked, t.backend.minor) for t in figures.tenders] == [(sale.total, 0)]


async def test_what_a_supervisor_overrode_is_named_until_it_is_confirmed(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path, policy=QUIET) as bench:
        sale, payments = await rung_up(bench), bench.till.payments
        server.terminal("Counter 1", mode="manual")
        server.fault("start", "drop_after")
        attempt = payments.begin(sale, card(sale))
        await eventually(lambda: Choice.OVERRIDE in payments.view(attempt).choices)
        payments.override(attempt, "Bea", receipt="0042")
        await eventually(lambda: phase(bench, attempt) is Phase.BELIEVED)
        found = await the_one(bench)
        assert found.kind is Kind.OVERRIDDEN
        assert "0042" in found.words
        await refuses(bench, found)
        await closed(bench)
        assert not (await bench.till.day.figures()).differences
        server.press("Counter 1", "approve")
        await eventually(lambda: server.ledger())
        confirmed = await the_one(bench)  # now the server has it, and the till not yet
        assert confirmed.kind is Kind.CHARGED_NOT_BOOKED


async def test_an_override_for_another_tender_is_named(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path, policy=QUIET) as bench:
        sale, payments = await rung_up(bench), bench.till.payments
        server.terminal("Counter 1", mode="manual")
        server.fault("start", "drop_after")
        attempt = payments.begin(sale, card(sale))
        await eventually(lambda: Choice.OVERRIDE in payments.view(attempt).choices)
        payments.override(attempt, "Bea", receipt="")
        await eventually(lambda: sale.unresolved is None and not payments.busy(sale))
        payments.begin(sale, cash(bench, sale, sale.due.minor))
        await eventually(lambda: sale.stage is Stage.DONE)
        found = await the_one(bench)
        assert found.kind is Kind.OVERRIDDEN
        assert "another way" in found.words


async def test_a_payment_by_somebody_else_on_our_order_is_foreign(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await sold(bench)
        assert sale.order is not None
        server.foreign_payment(sale.order.order_id, 500)
        found = await the_one(bench)
        assert found.kind is Kind.FOREIGN
        assert found.amount == Money(500, "EUR")
        assert found.order == f"order {sale.order.number}"
        await refuses(bench, found)
        await closed(bench)
        assert not (await bench.till.day.figures()).differences


async def test_a_payment_that_this_till_made_and_lost_is_not_foreign(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        server.fault("createPayment", "drop_after")
        await sold(bench)
        assert len(server.state()["payments"]) == 2
        assert not (await bench.till.day.figures()).differences
        sale = bench.till.current
        bench.till.ring_up(codes(1)[0])
        await eventually(lambda: sale.order)
        assert sale.order is not None
        server.foreign_payment(sale.order.order_id, 100, "PENDING")
        found = await the_one(bench)
        assert found.kind is Kind.FOREIGN
        assert "Begun" in found.words


async def test_a_paid_sale_that_is_not_finished_is_named(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        server.fault("openOrder", "drop_before", count=None)
        bench.till.payments.begin(sale, card(sale))
        await eventually(lambda: sale.stage is Stage.PAID)
        await eventually(lambda: server.calls("openOrder"))
        found = await the_one(bench)
        assert found.kind is Kind.NOT_FINISHED
        assert "not opened" in found.words
        await refuses(bench, found)
        day = await closed(bench)
        assert [t.booked for t in day.figures.tenders] == [sale.total]
        server.clear_faults()
        await eventually(lambda: sale.stage is Stage.DONE)
        figures = await bench.till.day.figures()
        assert (figures.sales, figures.tenders, figures.differences) == (1, (), ())


async def test_a_part_payment_is_not_finished(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        bench.till.payments.begin(sale, card(sale, amount=Money(1_000, "EUR")))
        await eventually(lambda: sale.paid)
        found = await the_one(bench)
        assert found.kind is Kind.NOT_FINISHED
        assert "A part" in found.words
        assert found.amount == Money(1_000, "EUR")


async def test_cash_that_the_server_does_not_know_yet_is_in_the_drawer_once(
    tmp_path: Path,
) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        server.fault("pay", "drop_before", count=None)
        bench.till.payments.begin(sale, cash(bench, sale, 50_000))
        await eventually(lambda: server.calls("pay"))
        found = await the_one(bench)
        assert found.kind is Kind.NOT_FINISHED
        assert "Cash was taken" in found.words
        (drawer,) = (await bench.till.day.figures()).cash
        assert drawer.expected == drawer.waiting == sale.total
        day = await closed(bench)
        assert "not booked yet" in slip_of(bench, day)
        server.clear_faults()
        await eventually(lambda: sale.stage is Stage.DONE)
        figures = await bench.till.day.figures()
        assert [(t.count, t.booked) for t in figures.tenders] == [(1, sale.total)]
        assert not figures.cash  # it was counted the day it was taken


async def test_an_order_that_cannot_be_read_is_named_and_read_again_the_next_day(
    tmp_path: Path,
) -> None:
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            sale = await sold(bench)
            assert sale.order is not None
            server.fault("order", "drop_before", count=None)
            found = await the_one(bench)
            assert found.kind is Kind.NOT_CHECKED
            assert found.amount == sale.total
            await refuses(bench, found)
            figures = await bench.till.day.figures()
            assert not any(t.is_checked for t in figures.tenders)
            assert "not all read" in slip_of(bench, await closed(bench))
            server.clear_faults()
            assert not (await bench.till.day.figures()).differences
            server.foreign_payment(sale.order.order_id, 500)
        async with a_till(server, tmp_path) as bench:
            assert (await the_one(bench)).kind is Kind.FOREIGN


async def test_a_terminal_s_own_total_that_differs_is_named_with_its_amount(
    tmp_path: Path,
) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await sold(bench)
        figures = await bench.till.day.figures()
        (terminal,) = figures.terminals
        typed = {terminal.terminal_id: sale.total + Money(250, "EUR")}
        with pytest.raises(Undecided) as caught:
            await bench.till.day.close(typed, {}, "Anna")
        (found,) = caught.value.missing
        assert found.kind is Kind.TERMINAL_TOTAL
        assert found.amount == Money(250, "EUR")
        assert "2.50 more" in found.words
        day = await bench.till.day.close(typed, {found.difference_id: "Bea"}, "Anna")
        assert day.decisions[found.difference_id] == "Bea"
        assert "2.50 EUR" in slip_of(bench, day)


async def test_reads_are_all_that_a_look_sends_and_four_at_once(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sales = [await sold(bench, count=1) for _ in range(6)]
        await eventually(lambda: all(sale.invoice_path for sale in sales))
        since = server.calls()[-1]["seq"]
        server.latency("order", 0.05)
        await bench.till.day.figures()
        calls = server.calls(since=since)
        assert {c["operation"] for c in calls} == {"order"}
        assert len(calls) == 6
        spans = [(c["at"], c["finished_at"]) for c in calls]
        assert max(sum(a <= t < b for a, b in spans) for t, _ in spans) <= 4


async def test_a_broken_chain_closes_no_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:

        async def broken() -> str:
            return "row 3: was changed after it was written"

        monkeypatch.setattr(bench.till._journal, "verify", broken)
        with pytest.raises(PosError, match="row 3"):
            await bench.till.day.close({}, {}, "Anna")
        assert (await bench.till.day.last()).number == 0


async def test_what_happens_while_a_day_is_closed_belongs_to_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        first = await sold(bench)
        journal, late = journal_of(bench), []
        verify = journal.verify

        async def slow() -> object:
            late.append(await sold(bench, "Counter 2", 2))
            return await verify()

        monkeypatch.setattr(journal, "verify", slow)
        day = await closed(bench)
        assert [t.booked for t in day.figures.tenders] == [first.total]
        figures = await bench.till.day.figures()
        assert (figures.sales, [t.booked for t in figures.tenders]) == (1, [late[0].total])


async def test_a_declined_day_counts_what_was_refused(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        server.fault("createPayment", "status:422")
        attempt = bench.till.payments.begin(sale, card(sale))
        await eventually(lambda: phase(bench, attempt) is Phase.REFUSED)
        figures = await bench.till.day.figures()
        assert (figures.refused, figures.sales, figures.differences) == (1, 0, ())
        await closed(bench)
        assert (await bench.till.day.figures()).refused == 0
