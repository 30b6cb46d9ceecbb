"""How each phase looks in the smallest and in an ordinary window, and that no window is too small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from tui_pos.domain.attempt import Cash
from tui_pos.domain.basket import Basket
from tui_pos.domain.money import Money
from tui_pos.domain.order import Drawer, InvoiceRef, PaymentMethod, TenderKind, Terminal
from tui_pos.services.payment_view import Choice, PaymentView, Phase, choices_of
from tui_pos.services.sale import InvoiceStage, Sale
from tui_pos.ui.grid import Row, cells_of
from tui_pos.ui.present import Format
from tui_pos.ui.qr import qr_code
from tui_pos.ui.screens import invoice_view, payment_draw, tender, tender_view
from tui_pos.ui.screens.payment_parts import Space
from tui_pos.ui.screens.payment_words import NOT_KNOWN, ending

FORM = Format("nl_NL")
LINK = "http://127.0.0.1:46489/pay/fc895a82-2ae7-4994-8d57-9a87930f30f0"
DUE = Money(14994, "EUR")
Draw = Callable[[Space], Sequence[Row]]


def view(phase: Phase, **changes: object) -> PaymentView:
    after = float(changes.get("declined_after_s", 0.0))  # type: ignore[arg-type]
    values: dict[str, object] = {
        "attempt_id": "a1",
        "sale_id": "s1",
        "phase": phase,
        "amount": DUE,
        "tender": TenderKind.CARD,
        "method_name": "PIN terminal",
        "terminal_name": "Counter 1",
        "elapsed_s": 67.4,
        "starts": 1,
        "choices": choices_of(phase, declined_after_s=after),
    }
    return PaymentView(**{**values, **changes})  # type: ignore[arg-type]


def the_list() -> tender_view.TenderList:
    terminals = (
        Terminal("a", "Counter 1", True),
        Terminal("b", "Counter 2", True),
        Terminal("c", "Back [red]office", False),
    )
    methods = [
        PaymentMethod("p", "PIN", "PIN", terminals),
        PaymentMethod(
            "k", "CASH", "Cash", drawers=(Drawer("1", "Drawer 1"), Drawer("2", "Drawer 2"))
        ),
        PaymentMethod("g", "GIFT", "Gift card"),
    ]
    rows = tender.ways(methods, lambda m: m.drawers, last_terminal_id="b")
    means = tender.meaning("20", rows, rows[0], DUE)
    paid = [("Gift card", Money(1000, "EUR"))]
    return tender_view.TenderList(DUE, rows, rows[0], "20", means, paid, waiting=2)


def a_sale() -> Sale:
    sale = Sale("s1", Basket("EUR"), datetime(2026, 11, 21, tzinfo=UTC))
    sale.invoice = InvoiceRef("i1", "2026-0001", DUE, LINK)
    sale.invoice_stage, sale.invoice_path = InvoiceStage.MADE, "/home/anna/invoices/2026-0001.pdf"
    return sale


PAID = invoice_view.Paid(DUE, [("Counter 1", DUE)])
CHANGE = invoice_view.Paid(
    DUE,
    [("Cash", DUE)],
    Money(5006, "EUR"),
    Money(20000, "EUR"),
    False,
    "The shop's server cannot be reached.",
)
UNITS = [
    invoice_view.UnitRow("Espresso beans, 1 kg", ("1", "2", "3"), 2),
    invoice_view.UnitRow("Mug, white", ("4",), 0),
]
HANDED = tender.handed("200", DUE, Money(14995, "EUR"), "1")
PHASES: dict[str, Draw] = {
    "list": lambda s: tender_view.draw_tender(the_list(), s, FORM)[0],
    "list, waiting": lambda s: tender_view.draw_tender(
        tender_view.TenderList(
            DUE, is_loading=True, wish="Noted: it starts as soon as the list is here"
        ),
        s,
        FORM,
    )[0],
    "list, trouble": lambda s: tender_view.draw_tender(
        tender_view.TenderList(
            DUE, trouble=("The shop's server cannot be reached.", "Check the network.")
        ),
        s,
        FORM,
    )[0],
    "cash": lambda s: tender_view.draw_cash(
        DUE, Money(14995, "EUR"), "200", HANDED, "Cash, Drawer 1", s, FORM
    )[0],
    "preparing": lambda s: payment_draw.draw_waiting(view(Phase.PREPARING), s, FORM),
    "waiting": lambda s: payment_draw.draw_waiting(view(Phase.WAITING), s, FORM, 2),
    "unproven": lambda s: payment_draw.draw_doubt(
        view(Phase.UNPROVEN, status="PENDING", locked_s=190.0), s, FORM
    ),
    "unknown": lambda s: payment_draw.draw_doubt(
        view(
            Phase.UNKNOWN,
            reason="The shop's server did not answer.",
            locked_s=190.0,
            declined_after_s=41.5,
        ),
        s,
        FORM,
        1,
        said=Choice.SAY_WAITING,
    ),
    "supervisor": lambda s: payment_draw.draw_supervisor(view(Phase.UNPROVEN), s, FORM, "Marieke"),
    "retry": lambda s: payment_draw.draw_retry(
        view(Phase.RETRY, reason="declined or cancelled, said Anna", status="PENDING"), s, FORM
    ),
    "refused": lambda s: payment_draw.draw_retry(
        view(Phase.REFUSED, reason="the terminal is offline", starts=0), s, FORM
    ),
    "booking": lambda s: payment_draw.draw_booking(view(Phase.CONFIRMING), s, FORM),
    "follow": lambda s: payment_draw.draw_follow(
        view(Phase.FOLLOWING, link=LINK), s, FORM, qr_code(LINK)
    ),
    "follow, restarted": lambda s: payment_draw.draw_follow(view(Phase.FOLLOWING), s, FORM, None),
    "paid": lambda s: invoice_view.draw_paid(PAID, a_sale(), s, FORM, qr_code(LINK))[0],
    "paid, change": lambda s: invoice_view.draw_paid(CHANGE, a_sale(), s, FORM, None)[0],
    "units": lambda s: invoice_view.draw_units(
        UNITS, 0, s, FORM, DUE, existing="", is_typing=False
    )[0],
    "invoice": lambda s: invoice_view.draw_invoice(
        invoice_view.Shown(InvoiceRef("i1", "2026-0001", DUE, LINK)),
        "",
        s,
        FORM,
        qr_code(LINK),
        is_reading=False,
        last="i1",
    )[0],
}


def text_of(rows: Sequence[Row], space: Space) -> str:
    shown = rows[: space.height]
    return "\n".join(
        "".join(char for char, _ in cells_of(row, space.width)).rstrip() for row in shown
    )


@pytest.mark.parametrize("size", [(80, 21), (100, 27)], ids=["80x24", "100x30"])
@pytest.mark.parametrize("name", PHASES)
def test_the_phases_look_as_they_did(
    name: str, size: tuple[int, int], snapshot: SnapshotAssertion
) -> None:
    space = Space(*size)
    rows = PHASES[name](space)
    assert len(rows) <= space.height, "something is cut off"
    assert text_of(rows, space) == snapshot


@pytest.mark.parametrize("name", PHASES)
@pytest.mark.parametrize(
    "size", [(20, 2), (20, 5), (1, 1), (40, 10), (60, 14), (160, 47), (200, 60), (0, 0)]
)
def test_every_window_can_be_drawn_in(name: str, size: tuple[int, int]) -> None:
    space = Space(*size)
    text_of(PHASES[name](space), space)


@pytest.mark.parametrize("name", ["unproven", "unknown"])
def test_the_question_stands_even_in_a_low_window(name: str) -> None:
    space = Space(80, 13)
    text = text_of(PHASES[name](space), space)
    assert NOT_KNOWN in text
    assert "[A] approved" in text
    assert "[?] cannot tell" in text


@pytest.mark.parametrize("phase", [Phase.RETRY, Phase.REFUSED, Phase.UNKNOWN, Phase.UNPROVEN])
@pytest.mark.parametrize("status", ["", "CANCELLED", "EXPIRED", "PENDING"])
def test_no_ending_is_called_failed(phase: Phase, status: str) -> None:
    for reason in (
        "",
        "declined or cancelled, said Anna",
        "longer ago than any terminal can take",
        "x: y",
    ):
        shown = view(phase, status=status, reason=reason)
        draw = (
            payment_draw.draw_retry
            if phase in (Phase.RETRY, Phase.REFUSED)
            else payment_draw.draw_doubt
        )
        assert "fail" not in text_of(draw(shown, Space(100, 27), FORM), Space(100, 27)).lower()
        assert ending(shown).safe


def test_cash_that_is_not_booked_says_what_to_do_with_it() -> None:
    cash = Cash("1", DUE, DUE)
    end = ending(view(Phase.REFUSED, tender=TenderKind.CASH, cash=cash, terminal_name=""))
    assert end.safe == "Try again, or give the money back."
