"""The end of a payment: paid, and which units are invoiced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_pos.services.payment_view import Phase
from tui_pos.services.sale import Stage
from tui_pos.ui.grid import Row
from tui_pos.ui.screens import payment_keys as keys
from tui_pos.ui.screens.invoice_view import Paid, UnitRow, draw_paid, draw_units
from tui_pos.ui.screens.payment_panes import Pane
from tui_pos.ui.screens.payment_parts import Space

if TYPE_CHECKING:
    from tui_pos.ui.screens.payment import PaymentScreen


class PaidPane(Pane):
    """The next scan is the next customer's."""

    keymap = keys.PAID
    has_field = is_over = True

    @property
    def note(self) -> str:
        return ""

    def draw(self, space: Space) -> list[Row]:
        screen, sale = self.screen, self.screen.sale
        view = screen.last_view
        is_done = sale.stage in (Stage.PAID, Stage.DONE)
        is_booked = is_done or view is None or view.phase is not Phase.CONFIRMING
        cash = view.cash if view is not None else None
        parts = screen.paid_parts()
        amount = view.amount if cash and view else sale.paid if parts else sale.total
        paid = Paid(
            amount,
            parts,
            cash.change if cash else None,
            cash.tendered if cash else None,
            is_booked,
            view.reason if view is not None and not is_booked else "",
            self.text,
        )
        code = screen.code_for(sale.invoice.pdf_url if sale.invoice else "")
        rows, self.caret = draw_paid(paid, sale, space, screen.app.format, code)
        return rows

    def is_scan(self, text: str, at_once: bool) -> bool:
        return bool(text.strip())

    def do_next(self) -> None:
        self.screen.next_customer()


class UnitsPane(Pane):
    """The cashier chooses what goes on the invoice; all of it is chosen to begin with."""

    keymap = keys.UNITS

    def __init__(self, screen: PaymentScreen) -> None:
        super().__init__(screen)
        self.rows: list[UnitRow] = []
        self.at = 0
        self._units: tuple[str, ...] = ()
        self._before: list[UnitRow] | None = None
        self.existing = ""

    def shown(self) -> None:
        super().shown()
        self.is_typing = False
        self._follow()

    def _follow(self) -> None:
        """The lines of the order, as far as their units may be invoiced."""
        sale = self.screen.sale
        if sale.invoiceable == self._units or sale.order is None:
            return
        self._units = sale.invoiceable
        free = set(sale.invoiceable)
        self.rows = []
        for line in sale.order.lines:
            units = tuple(unit for unit in line.unit_ids if unit in free)
            if units:
                self.rows.append(UnitRow(line.name or line.sku, units, len(units)))
                free.difference_update(units)
        if free:
            others = tuple(unit for unit in sale.invoiceable if unit in free)
            self.rows.append(UnitRow("Other units", others, len(others)))
        self.at = 0

    def draw(self, space: Space) -> list[Row]:
        self._follow()
        screen = self.screen
        existing = self.text if self.is_typing else self.existing
        rows, self.caret = draw_units(
            self.rows,
            self.at,
            space,
            screen.app.format,
            screen.sale.total,
            existing=existing,
            is_typing=self.is_typing,
        )
        return rows

    def is_scan(self, text: str, at_once: bool) -> bool:
        if self.is_typing:
            return False
        return super().is_scan(text.strip("+- "), at_once)

    def put(self, char: str) -> None:
        if self.is_typing or char not in "+- ":
            super().put(char)
            return
        if self.text:  # the middle of a line
            return
        self._before = self._before or list(self.rows)
        if self.rows:
            row = self.rows[self.at]
            whole = len(row.unit_ids)
            steps = {
                "+": row.chosen + 1,
                "-": row.chosen - 1,
                " ": 0 if row.chosen == whole else whole,
            }
            chosen = min(max(0, steps[char]), whole)
            self.rows[self.at] = UnitRow(row.name, row.unit_ids, chosen)

    def retracted(self) -> None:
        """A scan is no choice."""
        if self._before is not None:
            self.rows, self._before = self._before, None
        self.text = ""

    def settle(self) -> None:
        """A named key came: what was chosen before it stands."""
        self._before = None

    def do_up(self) -> None:
        self.at = max(0, self.at - 1)

    def do_down(self) -> None:
        self.at = min(max(0, len(self.rows) - 1), self.at + 1)

    def do_existing(self) -> None:
        if self.is_typing:
            self.existing, self.text, self.is_typing = "", "", False
            return
        order = self.screen.sale.order  # the server refuses an invoice of another order
        self.text = order.invoices[-1].invoice_id if order is not None and order.invoices else ""
        self.is_typing = True
        self.screen.say(
            "The last invoice of this order. Enter takes it; or type another id"
            if self.text
            else "Type the id of an invoice of this order, then Enter"
        )

    def do_enter(self) -> None:
        if self.is_typing:
            self.existing, self.text, self.is_typing = self.text.strip(), "", False
            self.screen.app.hush()
            return
        units = [unit for row in self.rows for unit in row.unit_ids[: row.chosen]]
        self.screen.till.finisher.invoice(self.screen.sale, units, self.existing)

    def do_skip(self) -> None:
        self.screen.till.finisher.skip_invoice(self.screen.sale)

    def do_back(self) -> None:
        if self.is_typing:
            self.text, self.is_typing = "", False
            return
        self.screen.say("The sale is paid. Enter invoices what is chosen, F8 nothing, F6 later")
