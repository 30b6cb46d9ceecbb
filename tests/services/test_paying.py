"""Nobody is charged twice and no paid sale is lost: judged by the terminals' own ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from harness import POLICY, Bench, a_till, codes, eventually

from tui_pos.domain.attempt import Cash, State
from tui_pos.domain.errors import PosError
from tui_pos.domain.money import Money
from tui_pos.domain.order import TenderKind, Terminal
from tui_pos.sandbox.server import SandboxServer
from tui_pos.services.payment_view import Choice, Phase
from tui_pos.services.payments import Tender
from tui_pos.services.sale import InvoiceStage, Sale, Stage


async def rung_up(bench: Bench, count: int = 3) -> Sale:
    for code in codes(count):
        bench.till.ring_up(code)
    await bench.till.ready_to_pay(bench.till.current)
    return bench.till.current


def card(sale: Sale, name: str = "Counter 1", amount: Money | None = None) -> Tender:
    method = next(m for m in sale.methods if m.kind is TenderKind.CARD)
    terminal = next(t for t in method.terminals if t.name == name)
    return Tender(method, amount or sale.due, terminal)


def cash(bench: Bench, sale: Sale, tendered: int, amount: Money | None = None) -> Tender:
    method = next(m for m in sale.methods if m.kind is TenderKind.CASH)
    part = amount or sale.due
    drawer = bench.till.drawers(method)[0].drawer_id
    asked = bench.till.cash_asked(part)
    return Tender(method, part, cash=Cash(drawer, asked, Money(tendered, "EUR")))


def phase(bench: Bench, attempt: str) -> Phase:
    return bench.till.payments.view(attempt).phase


async def test_a_card_sale_ends_with_an_invoice_and_one_charge(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        since = len(server.calls())
        bench.till.payments.begin(sale, card(sale))
        await eventually(lambda: sale.stage is Stage.DONE and sale.invoice_path)
        assert [c.amount for c in server.ledger()] == [sale.total.minor]
        assert Path(sale.invoice_path).read_bytes().startswith(b"%PDF-")
        before_prompt = [c["operation"] for c in server.calls()][since:][:3]
        assert before_prompt == ["addPaymentMethodToOrder", "createPayment", "start"]


@pytest.mark.parametrize("status", ["PENDING", "CANCELLED", "EXPIRED"])
async def test_after_an_abort_the_customer_pays_once(status: str, tmp_path: Path) -> None:
    async with (
        SandboxServer(status_on_abort=status) as server,
        a_till(server, tmp_path) as bench,
    ):
        sale, payments = await rung_up(bench), bench.till.payments
        server.terminal("Counter 1", script=["abort", "approve"])
        attempt = payments.begin(sale, card(sale))
        if status == "PENDING":
            await eventually(lambda: phase(bench, attempt) is Phase.UNPROVEN)
            assert Choice.AGAIN not in payments.view(attempt).choices
            payments.say(attempt, Choice.SAY_DECLINED)
        await eventually(lambda: Choice.AGAIN in payments.view(attempt).choices)
        payments.again(attempt)
        await eventually(lambda: sale.stage is Stage.DONE)
        assert len(server.ledger()) == 1
        assert len(server.calls("createPayment")) == (1 if status == "PENDING" else 2)


@pytest.mark.parametrize("kind", ["drop_after", "garbage", "truncate", "html", "wrong_types"])
async def test_a_start_whose_answer_is_lost_is_found_paid_and_never_sent_again(
    kind: str, tmp_path: Path
) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        server.fault("start", kind, act="before")
        bench.till.payments.begin(sale, card(sale))
        await eventually(lambda: sale.stage is Stage.DONE)
        assert len(server.calls("start")) == 1
        assert len(server.ledger()) == 1


async def test_an_unknown_outcome_offers_no_retry_before_its_time(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale, payments = await rung_up(bench), bench.till.payments
        server.fault("start", "drop_before")
        attempt = payments.begin(sale, card(sale))
        await eventually(lambda: phase(bench, attempt) is Phase.UNKNOWN)
        choices = payments.view(attempt).choices
        assert Choice.AGAIN not in choices
        assert Choice.SAY_DECLINED not in choices
        with pytest.raises(PosError):
            payments.again(attempt)
        with pytest.raises(PosError):
            payments.begin(sale, card(sale, "Counter 2"))
        await eventually(lambda: Choice.SAY_DECLINED in payments.view(attempt).choices)
        await eventually(lambda: Choice.AGAIN in payments.view(attempt).choices)
        payments.again(attempt)
        await eventually(lambda: sale.stage is Stage.DONE)
        assert len(server.ledger()) == 1


async def test_a_late_approval_after_another_tender_raises_an_alarm(tmp_path: Path) -> None:
    async with SandboxServer(late_s=0.4) as server, a_till(server, tmp_path) as bench:
        sale, payments = await rung_up(bench), bench.till.payments
        server.terminal("Counter 1", script=["cancel_late"])
        attempt = payments.begin(sale, card(sale))
        await eventually(lambda: Choice.OTHER in payments.view(attempt).choices)
        payments.leave(attempt, to_basket=False)
        await eventually(lambda: not payments.busy(sale) and sale.unresolved is None)
        payments.begin(sale, cash(bench, sale, sale.due.minor))
        await eventually(lambda: any("Refund" in text for text in bench.notices))
        assert sale.attempts[attempt].state is State.LATE_PAID


async def test_an_offline_terminal_cannot_be_chosen(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        with pytest.raises(PosError, match="offline"):
            bench.till.payments.begin(sale, card(sale, "Back office"))
        assert not server.calls("createPayment")


async def test_a_terminal_that_went_offline_is_named_and_left_untouched(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        server.terminal("Counter 1", is_online=False)
        attempt = bench.till.payments.begin(sale, card(sale))
        await eventually(lambda: Choice.OTHER in bench.till.payments.view(attempt).choices)
        assert not server.ledger()
        assert bench.till.payments.view(attempt).reason


async def test_cash_is_booked_with_its_drawer_and_change(tmp_path: Path) -> None:
    async with SandboxServer(drawer_required=True) as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        tender = cash(bench, sale, 10_000)
        attempt = bench.till.payments.begin(sale, tender)
        await eventually(lambda: sale.stage is Stage.DONE)
        seen = bench.till.payments.view(attempt).cash
        assert seen is not None
        assert seen.change.minor == 10_000 - sale.total.minor
        assert len(server.calls("pay")) == 1


async def test_taken_cash_is_told_until_the_server_knows(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        server.fault("createPayment", "drop_after")
        server.fault("pay", "drop_after")
        bench.till.payments.begin(sale, cash(bench, sale, sale.due.minor))
        await eventually(lambda: sale.stage is Stage.DONE)
        paid = [p for p in server.state()["payments"] if p["shown_status"] == "PAID"]
        assert len(paid) == 1


async def test_a_sale_is_split_until_nothing_is_due(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale, payments = await rung_up(bench), bench.till.payments
        part = Money(1_000, "EUR")
        payments.begin(sale, card(sale, amount=part))
        await eventually(lambda: sale.paid == part)
        assert sale.stage is Stage.PAYING
        with pytest.raises(PosError):
            payments.begin(sale, card(sale, amount=sale.total))
        with pytest.raises(PosError):
            bench.till.ring_up(codes(1)[0])
        payments.begin(sale, cash(bench, sale, 50_000))
        await eventually(lambda: sale.stage is Stage.DONE)
        assert [c.amount for c in server.ledger() if c.kind != "cash"] == [1_000]


async def test_the_next_customer_is_served_while_a_terminal_runs(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale, payments = await rung_up(bench), bench.till.payments
        server.terminal("Counter 1", mode="manual")
        attempt = payments.begin(sale, card(sale))
        await eventually(lambda: phase(bench, attempt) is Phase.WAITING)
        bench.till.next_sale()
        other = await rung_up(bench)
        assert other is not sale
        with pytest.raises(PosError, match="busy"):
            payments.begin(other, card(other))
        payments.begin(other, card(other, "Counter 2"))
        await eventually(lambda: other.stage is Stage.DONE)
        await eventually(lambda: server.terminal("Counter 1")["payment_id"])
        server.press("Counter 1", "approve")
        await eventually(lambda: sale.stage is Stage.DONE)
        assert len(server.ledger()) == 2


async def test_an_order_changed_elsewhere_is_not_paid(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        assert sale.order is not None
        server.add_line(sale.order.order_id, next(iter(sale.order.quantities())), 1, None)
        attempt = bench.till.payments.begin(sale, card(sale))
        await eventually(lambda: phase(bench, attempt) is Phase.REFUSED)
        assert not server.calls("createPayment")
        assert not server.ledger()


async def test_a_late_invoice_never_undoes_a_sale(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        server.fault("invoiceItems", "drop_after")
        bench.till.payments.begin(sale, card(sale))
        await eventually(lambda: sale.stage is Stage.DONE)
        assert len(server.state()["invoices"]) == 1
        assert sale.invoice_stage is InvoiceStage.MADE


async def test_chosen_units_are_invoiced_and_others_added_later(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        bench.till.finisher.wish(sale, "choose")
        bench.till.payments.begin(sale, card(sale))
        await eventually(lambda: sale.invoice_stage is InvoiceStage.CHOOSING and sale.invoiceable)
        chosen = sale.invoiceable[:1]
        bench.till.finisher.invoice(sale, chosen)
        await eventually(lambda: sale.stage is Stage.DONE)
        assert sale.invoice is not None
        again = await bench.till.finisher.retrieve(sale.invoice.invoice_id)
        assert again.number == sale.invoice.number
        assert len(server.state()["invoices"]) == 1


async def test_a_payment_in_flight_at_the_end_is_in_doubt_after_the_restart(tmp_path: Path) -> None:
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            sale = await rung_up(bench)
            server.terminal("Counter 1", mode="manual")
            attempt = bench.till.payments.begin(sale, card(sale))
            await eventually(lambda: server.terminal("Counter 1")["payment_id"])
            await eventually(lambda: phase(bench, attempt) is Phase.WAITING)
        server.press("Counter 1", "approve")
        async with a_till(server, tmp_path) as bench:
            await eventually(lambda: len(server.ledger()) == 1)
            await eventually(lambda: not bench.till.sales)
            assert len(server.calls("start")) == 1
            assert len(server.state()["invoices"]) == 1


async def test_a_paid_sale_that_was_not_opened_is_opened_after_the_restart(tmp_path: Path) -> None:
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            sale = await rung_up(bench)
            server.fault("openOrder", "drop_before", count=None)
            bench.till.payments.begin(sale, card(sale))
            await eventually(lambda: sale.stage is Stage.PAID)
            await eventually(lambda: server.calls("openOrder"))
        server.clear_faults()
        async with a_till(server, tmp_path) as bench:
            await eventually(lambda: not bench.till.sales)
            assert len(server.ledger()) == 1
            assert len(server.state()["invoices"]) == 1


async def test_a_terminal_id_that_vanished_is_not_paid_on(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale = await rung_up(bench)
        method = next(m for m in sale.methods if m.kind is TenderKind.CARD)
        gone = Terminal("no-such-terminal", "Old one", True)
        attempt = bench.till.payments.begin(sale, Tender(method, sale.due, gone))
        await eventually(lambda: phase(bench, attempt) is Phase.REFUSED)
        assert not server.ledger()


async def test_a_supervisor_may_let_the_customer_pay_another_way(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale, payments = await rung_up(bench), bench.till.payments
        server.terminal("Counter 1", mode="manual")
        server.fault("start", "drop_after")
        attempt = payments.begin(sale, card(sale))
        await eventually(lambda: Choice.OVERRIDE in payments.view(attempt).choices)
        with pytest.raises(PosError, match="supervisor"):
            payments.override(attempt, " ", receipt="")
        payments.override(attempt, "Bea", receipt="")
        await eventually(lambda: sale.unresolved is None and not payments.busy(sale))
        payments.begin(sale, cash(bench, sale, sale.due.minor))
        await eventually(lambda: sale.stage is Stage.DONE)


async def test_what_the_terminal_s_receipt_says_is_kept_until_it_is_confirmed(
    tmp_path: Path,
) -> None:
    async with SandboxServer(read_lag_s=1.5) as server:
        async with a_till(server, tmp_path) as bench:
            sale, payments = await rung_up(bench), bench.till.payments
            server.terminal("Counter 1", script=["read_lag"])
            attempt = payments.begin(sale, card(sale))
            await eventually(lambda: Choice.OVERRIDE in payments.view(attempt).choices)
            payments.say(attempt, Choice.SAY_APPROVED)
            payments.override(attempt, "Bea", receipt="0042")
            await eventually(lambda: phase(bench, attempt) is Phase.BELIEVED)
            assert not sale.due
            assert sale.stage is Stage.PAYING
            assert not server.calls("openOrder")
            with pytest.raises(PosError):
                bench.till.ring_up(codes(1)[0])
        async with a_till(server, tmp_path) as bench:
            await eventually(lambda: not bench.till.sales)
            assert len(server.ledger()) == 1
            assert len(server.calls("start")) == 1
            assert len(server.state()["invoices"]) == 1


async def test_a_terminal_that_is_only_read_is_waited_for(tmp_path: Path) -> None:
    """The older guide: `executePayment` begins it, and reading tells how it ended."""
    async with SandboxServer(duration_s=0.3) as server:
        async with a_till(server, tmp_path, start_by="execute") as bench:
            sale, payments = await rung_up(bench), bench.till.payments
            attempt = payments.begin(sale, card(sale))
            await eventually(lambda: phase(bench, attempt) is Phase.WAITING)
            await eventually(lambda: sale.stage is Stage.DONE)
            assert len(server.ledger()) == len(server.calls("executePayment")) == 1


async def test_a_read_only_terminal_that_was_cancelled_is_paid_once(tmp_path: Path) -> None:
    async with SandboxServer(duration_s=0.1) as server:
        async with a_till(server, tmp_path, start_by="execute") as bench:
            sale, payments = await rung_up(bench), bench.till.payments
            server.terminal("Counter 1", script=["abort", "approve"])
            attempt = payments.begin(sale, card(sale))
            await eventually(lambda: server.terminal("Counter 1")["last"])
            await eventually(lambda: payments.stop_waiting(attempt))
            payments.say(attempt, Choice.SAY_DECLINED)
            await eventually(lambda: Choice.AGAIN in payments.view(attempt).choices)
            payments.again(attempt)
            await eventually(lambda: sale.stage is Stage.DONE)
            assert len(server.ledger()) == 1


async def test_late_approvals_are_looked_for_again_after_a_restart(tmp_path: Path) -> None:
    async with SandboxServer(late_s=0.2) as server:
        async with a_till(server, tmp_path, policy=replace(POLICY, watch_s=0.0)) as bench:
            sale, payments = await rung_up(bench), bench.till.payments
            server.terminal("Counter 1", script=["cancel_late"])
            attempt = payments.begin(sale, card(sale))
            await eventually(lambda: Choice.OTHER in payments.view(attempt).choices)
            payments.leave(attempt, to_basket=False)
            await eventually(lambda: not payments.busy(sale) and sale.unresolved is None)
            payments.begin(sale, cash(bench, sale, sale.due.minor))
            await eventually(lambda: sale.stage is Stage.DONE)
            await eventually(lambda: any(c.kind == "card" for c in server.ledger()))
        async with a_till(server, tmp_path) as bench:
            await eventually(lambda: any("Refund" in text for text in bench.notices))


async def test_a_payment_in_the_background_calls_the_cashier_back(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        sale, payments = await rung_up(bench), bench.till.payments
        server.terminal("Counter 1", mode="manual")
        attempt = payments.begin(sale, card(sale))
        await eventually(lambda: phase(bench, attempt) is Phase.WAITING)
        bench.till.next_sale()
        await eventually(lambda: server.terminal("Counter 1")["payment_id"])
        server.press("Counter 1", "abort")
        await eventually(lambda: any("needs you" in text for text in bench.notices))
        payments.say(attempt, Choice.SAY_DECLINED)
        await eventually(lambda: Choice.AGAIN in payments.view(attempt).choices)
        payments.again(attempt)
        await eventually(lambda: server.terminal("Counter 1")["payment_id"])
        server.press("Counter 1", "approve")
        await eventually(lambda: any(text.endswith("paid.") for text in bench.notices))
