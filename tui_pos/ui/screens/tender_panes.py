"""Choosing how to pay: the list with its amount field, and cash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_pos.domain.errors import PosError
from tui_pos.domain.money import Money
from tui_pos.domain.order import PaymentMethod, TenderKind
from tui_pos.services.payments import Tender
from tui_pos.ui.grid import Row
from tui_pos.ui.screens import payment_keys as keys
from tui_pos.ui.screens import tender
from tui_pos.ui.screens.payment_panes import Pane
from tui_pos.ui.screens.payment_parts import Space
from tui_pos.ui.screens.tender import Handed, Way
from tui_pos.ui.screens.tender_view import TenderList, draw_cash, draw_tender

if TYPE_CHECKING:
    from tui_pos.ui.screens.payment import PaymentScreen

_ENTER, _CARD, _CASH = "enter", "card", "cash"
_WISHES = {
    "all": "All units are invoiced after paying",
    "choose": "After paying you choose what is invoiced: all, some or nothing",
    "none": "No invoice is made of this sale",
}
_SYMBOLS = {"+": _ENTER, "*": _CARD, "/": _CASH}


class TenderPane(Pane):
    """The list. What is asked before it is there is done once it is, exactly once."""

    keymap = keys.TENDER
    has_field = True

    def __init__(self, screen: PaymentScreen) -> None:
        super().__init__(screen)
        self.rows: tuple[Way, ...] = ()
        self.is_loading = False
        self.trouble: PosError | None = None
        self._chosen: Way | None = None
        self._wish = ""
        self._seen: Money | None = None

    # The list

    def shown(self) -> None:
        super().shown()
        self._wish = ""
        self._chosen = None
        if not self._knows_already():
            self.load()

    @property
    def is_ready(self) -> bool:
        """Whether there is a list to choose from, and nothing of before is still being left."""
        return not self.screen.is_leaving and not (self.is_loading and not self.rows)

    def _knows_already(self) -> bool:
        """Take the ways to pay that were read ahead for just this order, without waiting a frame for them."""
        sale = self.screen.sale
        order = sale.order if sale.is_total_certain and not sale.basket.refused else None
        if (
            order is None
            or not sale.methods
            or sale.methods_for != (order.order_id, order.fingerprint())
        ):
            return False
        self._list(sale.methods)
        return True

    def load(self, *, fresh: bool = False) -> None:
        """Read the ways to pay; the screen goes on meanwhile."""
        if not self.is_loading:
            self.is_loading, self.trouble = True, None
            self.screen.spawn(self._load(fresh), "ways to pay")

    async def _load(self, fresh: bool) -> None:
        till, sale = self.screen.till, self.screen.sale
        try:
            methods = await till.ready_to_pay(sale)
            if fresh:
                methods = await till.refresh_methods(sale)
        except PosError as error:
            self.trouble, self._wish = error, ""
            return
        finally:
            self.is_loading = False
        self._list(methods)
        self.grant()

    def _list(self, methods: Sequence[PaymentMethod]) -> None:
        till, sale = self.screen.till, self.screen.sale
        others = (view for view in till.payments.running() if view.sale_id != sale.sale_id)
        in_use = {view.terminal_name for view in others if view.terminal_name}
        last = till.last_terminal_id
        self.rows = tender.ways(methods, till.drawers, last_terminal_id=last, in_use=in_use)
        if self._chosen not in self.rows:
            self._chosen = None

    def grant(self) -> None:
        """Do what was asked for before the list was there, unless the amount is another one now."""
        if not self._wish or not self.is_ready or not self.screen.is_choosing:
            return
        wish, self._wish = self._wish, ""
        due = self.screen.sale.due
        if self._seen is not None and self._seen != due:
            words = self.screen.app.format.money(due)
            self.screen.say(
                f"The server's total is {words}. Nothing was started: look, then Enter", "warn"
            )
            return
        self.screen.attempt(lambda: self.pay(wish))

    @property
    def chosen(self) -> Way | None:
        if self._chosen is None and self.rows:
            way = self.rows[tender.default(self.rows)]
            return way if way.is_open else None
        return self._chosen

    def draw(self, space: Space) -> list[Row]:
        sale, form = self.screen.sale, self.screen.app.format
        due = sale.due
        words = self.keymap.words
        state = TenderList(
            due=due,
            rows=self.rows,
            chosen=self.chosen,
            typed=self.text,
            meaning=tender.meaning(self.text, self.rows, self.chosen, due, words=words),
            paid=self.screen.paid_parts(),
            is_loading=not self.is_ready,
            wish="Noted: it starts as soon as the list is here" if self._wish else "",
            trouble=(f"{self.trouble.title}.", self.trouble.advice) if self.trouble else None,
            must_go_back=bool(sale.basket.refused) or not sale.basket,
            notes=self._notes(),
            waiting=self.screen.waiting,
        )
        rows, self.caret = draw_tender(state, space, form)
        return rows

    def _notes(self) -> list[tuple[str, str]]:
        sale, form = self.screen.sale, self.screen.app.format
        notes: list[tuple[str, str]] = []
        if sale.paid:
            notes.append(("Total", form.money(sale.total)))
        if sale.drift is not None:
            notes.append(("Against the prices here", form.money(sale.drift)))
        wish = self.screen.till.finisher.wish_of(sale)
        if sale.invoice_wish:
            notes.append(("Invoice", {"choose": "chosen after paying"}.get(wish, wish)))
        return notes

    # Keys

    def is_scan(self, text: str, at_once: bool) -> bool:
        return tender.is_typed_scan(text, at_once, self.keymap.words)

    def is_answer(self, char: str) -> bool:
        is_amount = (
            not self.text or tender.amount_of(self.text, self.screen.sale.currency) is not None
        )
        return char in _SYMBOLS and is_amount

    def answer(self, char: str) -> None:
        self._ask_for(_SYMBOLS[char])

    def do_enter(self) -> None:
        self._ask_for(_ENTER)

    def do_card(self) -> None:
        self._ask_for(_CARD)

    def do_cash(self) -> None:
        self._ask_for(_CASH)

    def reached(self, *, cash: bool) -> None:
        """An attempt that was over is left now: read the terminals again, and go on."""
        self.load(fresh=True)
        if cash:
            self._ask_for(_CASH)
        self.grant()

    def do_ask(self) -> None:
        self.load(fresh=True)

    def do_up(self) -> None:
        self._step(-1)

    def do_down(self) -> None:
        self._step(+1)

    def do_invoice(self) -> None:
        sale, till = self.screen.sale, self.screen.till
        if not till.capabilities.invoices:
            self.screen.say("This till makes no invoices")
            return
        wishes = ("all", "choose", "none")
        wish = wishes[(wishes.index(till.finisher.wish_of(sale)) + 1) % len(wishes)]
        till.finisher.wish(sale, wish)
        self.screen.say(_WISHES[wish])

    def do_back(self) -> None:
        if self.text:
            self.text = ""
        elif self._wish:
            self._wish = ""
            self.screen.say("Taken back. Nothing was started")
        else:
            self.screen.to_basket()

    def _step(self, by: int) -> None:
        open_rows = [way for way in self.rows if way.is_open]
        if open_rows:
            now = open_rows.index(self.chosen) if self.chosen in open_rows else 0
            self._chosen = open_rows[min(max(0, now + by), len(open_rows) - 1)]

    # Paying

    def _ask_for(self, wish: str) -> None:
        if self.trouble is not None:
            self.load()
            return
        if self.is_ready:
            self.pay(wish)
        elif not self._wish:
            sale = self.screen.sale
            self._wish = wish
            self._seen = None if sale.basket.has_unpriced else sale.due

    def pay(self, wish: str) -> None:
        """Start what was asked for.

        Raises:
            PosError: it may not begin now.
        """
        screen, sale = self.screen, self.screen.sale
        if sale.is_total_certain and not sale.due:
            screen.till.finish_free(sale)
            return
        if wish == _ENTER:
            means = tender.meaning(
                self.text, self.rows, self.chosen, sale.due, words=self.keymap.words
            )
            way, amount = means.way, means.amount
            is_typed = means.kind != "row" and bool(self.text)
        else:
            way = self._way(TenderKind.CASH if wish == _CASH else TenderKind.CARD)
            amount = tender.amount_of(self.text, sale.currency) if self.text else sale.due
            is_typed = bool(self.text)
        if way is None or amount is None:
            self._say_why_not(wish, has_way=way is not None)
            return
        if way.kind is TenderKind.CASH:
            screen.open_cash(way, self.text if is_typed else "")
            return
        self.text = ""
        screen.begin(Tender(way.method, amount, way.terminal))

    def _way(self, kind: TenderKind) -> Way | None:
        chosen = self.chosen
        return chosen if chosen and chosen.kind is kind else tender.first(self.rows, kind)

    def _say_why_not(self, wish: str, *, has_way: bool) -> None:
        if self.text:
            self.screen.say("Nothing was started: that is not an amount up to what is due", "warn")
        elif not has_way:
            names = {_CARD: "No card terminal is online", _CASH: "Cash is not taken for this order"}
            self.screen.say(
                f"{names.get(wish, 'Nothing here can be paid with')}. F2 reads again", "warn"
            )


class CashPane(Pane):
    """What is handed over; the change is on the screen before it is given."""

    keymap = keys.CASH
    has_field = True

    def __init__(self, screen: PaymentScreen) -> None:
        super().__init__(screen)
        self.way: Way | None = None
        self._said_twice = ""

    def choose(self, way: Way, text: str) -> None:
        self.way, self.text, self._said_twice = way, text, ""

    def shown(self) -> None:
        """Keeps what was typed in the list."""

    def plan(self) -> Handed | None:
        due = self.screen.sale.due
        drawer = self.way.drawer.drawer_id if self.way and self.way.drawer else ""
        return tender.handed(self.text, due, self.screen.till.cash_asked(due), drawer)

    def draw(self, space: Space) -> list[Row]:
        due = self.screen.sale.due
        asked = self.screen.till.cash_asked(due)
        label = self.way.label if self.way else ""
        form, waiting = self.screen.app.format, self.screen.waiting
        rows, self.caret = draw_cash(
            due, asked, self.text, self.plan(), label, space, form, waiting
        )
        return rows

    def is_scan(self, text: str, at_once: bool) -> bool:
        return tender.is_typed_scan(text, at_once, self.keymap.words)

    def is_answer(self, char: str) -> bool:
        is_amount = not self.text or self.plan() is not None
        return char in ("+", "/") and is_amount

    def answer(self, char: str) -> None:
        self.do_enter()

    def do_enter(self) -> None:
        plan, screen, form = self.plan(), self.screen, self.screen.app.format
        if plan is None or self.way is None:
            screen.say("That cannot be taken. Type what was handed over", "warn")
            return
        if plan.is_much and self._said_twice != self.text:
            self._said_twice = self.text
            if plan.guess is not None:
                self.text = tender.as_typed(plan.guess)
                words = f"Did you mean {form.money(plan.guess)}? Enter takes that; Esc clears it"
            else:
                words = "That is more than ten times what is asked. Enter again if it is right"
            screen.say(words, "warn")
            return
        screen.begin(Tender(self.way.method, plan.amount, None, plan.cash))
        self.text = ""

    def do_back(self) -> None:
        if self.text:
            self.text = ""
        else:
            screen = self.screen
            screen.close_cash()
