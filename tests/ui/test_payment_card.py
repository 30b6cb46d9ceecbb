"""Card payments that do not go as they should, at the real screen; the sandbox's ledger judges."""

from __future__ import annotations

from pathlib import Path

from harness import LIMITS, codes, eventually
from test_payment_counter import QUIET_POLICY, Counter, a_counter

from tui_pos.adapters.commerce.limits import Limits
from tui_pos.sandbox.server import SandboxServer
from tui_pos.services.payment_view import Phase
from tui_pos.services.sale import Stage
from tui_pos.ui.screens import payment_words as words
from tui_pos.ui.screens.payment import PaymentScreen

SHORT = Limits(retry_waits_s=(0.05,), start_read_s=0.4, start_grace_s=0.2)


async def waiting(counter: Counter) -> None:
    """A sale whose payment waits on Counter 1, which is played by hand."""
    counter.server.terminal("Counter 1", mode="manual")
    await counter.at_the_list(codes(2))
    counter.press("enter")
    await counter.sees("At Counter 1", words.FOLLOW_TERMINAL)
    await eventually(lambda: counter.starts() == 1)


async def in_doubt(counter: Counter) -> None:
    """A START that a gateway answered for while the terminal is still live."""
    counter.server.terminal("Counter 1", mode="manual", script=["gateway_timeout"])
    await counter.at_the_list(codes(2))
    counter.press("enter")
    await counter.sees(words.FOLLOW_TERMINAL)
    await counter.customer()
    await counter.sees(words.NOT_KNOWN)


async def test_abort_declined_again_paid_invoice_and_one_charge(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        sale = counter.sale
        counter.server.terminal("Counter 1", script=["abort"])
        await counter.at_the_list(codes(3))
        counter.press("enter")
        await counter.sees(
            words.NOT_KNOWN,
            words.LOOK,
            "The terminal answered without a payment",
            "it says PENDING",
            "[A] approved",
            "[D] declined or cancelled",
            "[W] still waiting",
            "[?] cannot tell",
        )
        assert "failed" not in counter.flat.lower()
        counter.press("d")
        await counter.sees(
            "Declined or cancelled on Counter 1", "Nothing was charged", "Enter again"
        )
        counter.press("enter")
        await counter.sees("Paid", "Invoice 20")
        assert counter.charges() == [sale.total.minor]
        assert counter.starts() == 2
        assert len({call["path"] for call in counter.server.calls("start")}) == 1


async def test_enter_escape_and_every_symbol_do_nothing_while_the_terminal_works(
    tmp_path: Path,
) -> None:
    async with a_counter(tmp_path) as counter:
        await waiting(counter)
        counter.press("enter", "enter", "f9", "+", "*", "/", "f10", "enter")
        counter.press("escape")
        await counter.sees(words.STAYS)
        counter.press("f8")
        await counter.sees("stopped on the terminal itself")
        assert counter.view.phase is Phase.WAITING
        assert counter.starts() == 1
        await counter.customer()
        await counter.sees("Paid")
        assert len(counter.charges()) == 1


async def test_the_waiting_time_counts_on_the_screen(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await waiting(counter)
        assert "Waiting 0:00" in counter.flat
        await eventually(lambda: "Waiting 0:01" in " ".join(counter.app.canvas.text().split()))
        await counter.customer()
        await counter.sees("Paid")


async def test_scans_while_waiting_are_shown_and_belong_to_the_next_customer(
    tmp_path: Path,
) -> None:
    async with a_counter(tmp_path) as counter:
        first = counter.sale
        await waiting(counter)
        counter.scan(*codes(2, 10))
        await counter.sees("2 scans waiting for the next sale")
        assert len(first.basket) == 2
        await counter.customer()
        await counter.sees("Paid")
        counter.press("escape")
        await eventually(lambda: len(counter.sale.basket) == 2 and counter.sale is not first)
        assert [line.code for line in counter.sale.basket] == codes(2, 10)


async def test_a_payment_is_left_running_and_the_next_customer_is_served(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        first = counter.sale
        await waiting(counter)
        counter.scan(*codes(1, 10))
        counter.press("f6")
        await eventually(lambda: counter.sale is not first and len(counter.sale.basket) == 1)
        assert first.stage is Stage.PAYING
        counter.scan(*codes(50, 20))
        await eventually(lambda: len(counter.sale.basket) == 51)
        await counter.customer()
        await eventually(lambda: first.stage is Stage.DONE)
        second = counter.sale
        await eventually(lambda: second.is_total_certain)
        counter.press("f9")
        await counter.sees("Counter 1", "Amount")
        counter.press("enter")
        await counter.sees("follow the terminal")
        await counter.customer()
        await counter.sees("Paid")
        assert counter.charges() == [first.total.minor, second.total.minor]


async def test_a_left_payment_is_found_again_where_it_stands(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        first = counter.sale
        await waiting(counter)
        counter.press("f6")
        await eventually(lambda: counter.sale is not first)
        assert "F7 brings it back" in counter.flat
        counter.press("f7", "enter")
        await counter.sees("At Counter 1", words.FOLLOW_TERMINAL)
        await counter.customer()
        await counter.sees("Paid")
        assert len(counter.charges()) == 1


async def test_an_unknown_outcome_is_never_called_failed_and_locks_the_retry(
    tmp_path: Path,
) -> None:
    async with a_counter(tmp_path, policy=QUIET_POLICY) as counter:
        await in_doubt(counter)
        await counter.sees(
            "Retry is locked: the terminal has not answered", "The till can be sure in"
        )
        await counter.sees("[D] in 0:", words.LOOK)
        assert "failed" not in counter.flat.lower()
        counter.press("enter", "f9", "escape")
        await counter.sees(words.STAYS)
        counter.press("d")
        await counter.sees("Declined can be said a little later")
        counter.press("t", "c", "enter")
        assert counter.view.phase is Phase.UNKNOWN
        await counter.customer()
        await eventually(counter.charges)
        counter.press("f2")
        await counter.sees("Paid")
        assert len(counter.charges()) == 1


async def test_what_the_cashier_said_stays_on_the_screen(tmp_path: Path) -> None:
    async with a_counter(tmp_path, policy=QUIET_POLICY) as counter:
        await in_doubt(counter)
        for key, said in (("?", "cannot tell"), ("w", "still waiting"), ("a", "approved")):
            counter.press(key)
            await counter.sees(f"You said: {said}")
        assert counter.view.phase is Phase.UNKNOWN


async def test_a_scan_is_no_answer_even_when_it_comes_in_pieces(tmp_path: Path) -> None:
    async with a_counter(tmp_path, policy=QUIET_POLICY) as counter:
        counter.server.terminal("Counter 1", script=["abort"])
        await counter.at_the_list(codes(1))
        counter.press("enter")
        await counter.sees("[D] declined or cancelled")
        counter.press(*"DAI-MLK-1", "enter")
        await counter.sees("1 scan waiting")
        assert counter.view.phase is Phase.UNPROVEN
        assert list(counter.app.waiting) == ["DAI-MLK-1"]
        counter.press("D")
        await counter.sees("Declined or cancelled")


async def test_the_second_declined_of_a_sale_needs_a_supervisor(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        counter.server.terminal("Counter 1", script=["abort", "decline"])
        await counter.at_the_list(codes(1))
        counter.press("enter")
        await counter.sees("[D] declined or cancelled")
        counter.press("d")
        await counter.sees("Enter again on Counter 1")
        counter.press("enter")
        await counter.sees("[D] declined or cancelled")
        counter.press("d")
        await counter.sees("A supervisor looks at the terminal")
        counter.press("enter")
        await counter.sees("Type the supervisor's name")
        counter.type("Marieke de Boer")
        counter.press("enter")
        await counter.sees("Marieke de Boer read that on the terminal", "Enter again on Counter 1")
        counter.press("enter")
        await counter.sees("Paid")
        assert len(counter.charges()) == 1


async def test_another_terminal_is_a_new_payment_and_the_old_one_never_charges(
    tmp_path: Path,
) -> None:
    async with a_counter(tmp_path) as counter:
        counter.server.terminal("Counter 1", script=["abort"])
        await counter.at_the_list(codes(1))
        counter.press("enter")
        await counter.sees("[D] declined or cancelled")
        counter.press("d")
        await counter.sees("T another terminal")
        counter.press("t")
        await counter.sees("Amount", "Counter 2")
        counter.press("2", "enter")
        await counter.sees("Paid", "Counter 2")
        charged = [charge.terminal_id for charge in counter.server.ledger()]
        assert charged == [counter.server.terminal("Counter 2")["id"]]


async def test_after_an_abort_the_basket_can_be_changed_and_paid(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        sale = counter.sale
        counter.server.terminal("Counter 1", script=["abort"])
        await counter.at_the_list(codes(1))
        counter.press("enter")
        await counter.sees("[D] declined or cancelled")
        counter.press("d")
        await counter.sees("Esc back to the basket")
        counter.press("escape")
        await eventually(lambda: len(counter.app.stack) == 1)
        assert counter.sale is sale
        counter.scan(*codes(1, 3))
        await eventually(lambda: sale.basket.units == 2 and sale.is_total_certain)
        counter.press("f9", "enter")
        await counter.sees("Paid")
        assert counter.charges() == [sale.total.minor]


async def test_an_offline_terminal_is_shown_in_words_and_cannot_be_chosen(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        counter.server.terminal("Counter 1", is_online=False)
        await counter.sold(codes(1))
        counter.press("f9")
        await counter.sees("► 1 Counter 2", "- Counter 1 offline, not available")
        counter.press("up", "up", "up", "enter")
        await counter.sees("Paid")
        (charge,) = counter.server.ledger()
        assert charge.terminal_id == counter.server.terminal("Counter 2")["id"]


async def test_a_terminal_that_goes_offline_says_so_and_cash_is_one_key_away(
    tmp_path: Path,
) -> None:
    async with a_counter(tmp_path) as counter:
        await counter.at_the_list(codes(1))
        counter.server.terminal("Counter 1", is_online=False)
        counter.press("enter")
        await counter.sees("Not paid on Counter 1", "Nothing was charged", "C cash")
        counter.press("c")
        await counter.sees("Handed over", "the exact amount")
        counter.press("enter")
        await counter.sees("Paid in cash")
        await eventually(lambda: counter.sale.stage is Stage.DONE)


async def test_a_scan_over_the_help_of_a_paid_sale_is_the_next_customers(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        first = counter.sale
        await counter.at_the_list(codes(1))
        counter.press("enter")
        await counter.sees("Paid", "Scan the next item")
        counter.press("?")
        await counter.sees("A scan does the same")
        counter.scan(*codes(1, 3))
        counter.press("escape")
        await eventually(lambda: counter.sale is not first and len(counter.sale.basket) == 1)


async def test_a_restart_comes_back_to_the_question(tmp_path: Path) -> None:
    async with SandboxServer(outcome_by_cents=False) as server:
        async with a_counter(tmp_path, server=server, limits=LIMITS) as counter:
            await waiting(counter)
        async with a_counter(tmp_path, server=server, policy=QUIET_POLICY) as counter:
            sale = next(iter(counter.till.sales.values()))
            await eventually(lambda: counter.till.payments.latest(sale))
            counter.app.open_payment(sale)
            await counter.sees(words.NOT_KNOWN, words.LOOK)
            await counter.customer()
            await eventually(counter.charges)
            counter.press("f2")
            await counter.sees("Paid")
            counter.press("enter")
            await eventually(lambda: sale.stage is Stage.DONE)
            assert len(counter.app.stack) == 1
            assert len(counter.charges()) == 1


async def test_a_terminal_that_never_answers_ends_in_the_question(tmp_path: Path) -> None:
    async with a_counter(tmp_path, limits=SHORT, policy=QUIET_POLICY) as counter:
        counter.server.terminal("Counter 1", script=["silent"])
        await counter.at_the_list(codes(1))
        counter.press("enter")
        await counter.sees(words.NOT_KNOWN)
        assert isinstance(counter.app.top, PaymentScreen)
