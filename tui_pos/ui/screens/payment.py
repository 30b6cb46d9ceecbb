"""Paying a sale: one screen that shows whichever phase its payment is in.

It watches and asks; attempts belong to `PaymentRunner`, the invoice to `Finisher`. Closing it changes nothing.
"""

from __future__ import annotations

import asyncio

from tui_pos.domain.events import Event, PaymentChanged, SaleChanged
from tui_pos.domain.money import Money
from tui_pos.domain.order import TenderKind
from tui_pos.services.payment_view import Choice, PaymentView, Phase
from tui_pos.services.payments import Tender
from tui_pos.services.sale import InvoiceStage, Sale, Stage
from tui_pos.services.till import Till
from tui_pos.ui.grid import Row
from tui_pos.ui.qr import QrCode, qr_code
from tui_pos.ui.screens import payment_panes as panes
from tui_pos.ui.screens import payment_words as words
from tui_pos.ui.screens.bars import key_row, message_row, status_row
from tui_pos.ui.screens.invoice_panes import PaidPane, UnitsPane
from tui_pos.ui.screens.payment_override import BelievedPane, OverridePane
from tui_pos.ui.screens.payment_parts import Space
from tui_pos.ui.screens.payment_typing import TypingScreen
from tui_pos.ui.screens.sale_view import Memo
from tui_pos.ui.screens.tender import Way
from tui_pos.ui.screens.tender_panes import CashPane, TenderPane

LEAVE_S = 2.0  # after so long an attempt that is not left could not be written down
_RESTS = (Phase.LEFT, Phase.LATE_PAID)


class PaymentScreen(TypingScreen):
    """From the amount due to the next customer."""

    title = "Pay"
    accepts_scans = True
    tick_s = 1.0

    def __init__(self, till: Till, sale: Sale) -> None:
        super().__init__()
        self.sale = sale
        self.last_view: PaymentView | None = None
        self.tender = TenderPane(self)
        self.cash = CashPane(self)
        self.wait = panes.WaitPane(self)
        self.booking = panes.BookingPane(self)
        self.doubt = panes.DoubtPane(self)
        self.supervisor = panes.SupervisorPane(self)
        self.override = OverridePane(self)
        self.believed = BelievedPane(self)
        self.retry = panes.RetryPane(self)
        self.follow = panes.FollowPane(self)
        self.paid = PaidPane(self)
        self.units = UnitsPane(self)
        self._payments = till.payments
        self._memo = Memo()
        self._dismissed: set[str] = set()
        self._goal = ""
        self._left_at = 0.0
        self._is_in_cash = self._needs_name = self._needs_decision = False
        self._mine = ""
        self._codes: dict[str, QrCode | None] = {}

    # What there is to know -------------------------------------------------------------------------

    @property
    def view(self) -> PaymentView | None:
        """The attempt that the sale is at, or was at last."""
        attempt_id = self._payments.latest(self.sale)
        return None if attempt_id is None else self._payments.view(attempt_id)

    @property
    def waiting(self) -> int:
        """How many scans are kept for later."""
        return len(self.app.waiting)

    @property
    def is_choosing(self) -> bool:
        return self.pane is self.tender

    @property
    def is_leaving(self) -> bool:
        """Whether an attempt that is over is just being left."""
        return bool(self._goal)

    @property
    def held_choice(self) -> Choice | None:
        """The answer that was typed and still waits to stand alone."""
        return self.doubt.choice(self.held) if self.held else None

    def paid_parts(self) -> list[tuple[str, Money]]:
        """What was paid of this sale, with which means."""
        return [
            (a.intent.terminal_name or a.intent.method_name, a.paid or a.amount)
            for a in self.sale.attempts.values()
            if a.is_paid
        ]

    def _phase(self) -> panes.Pane:
        sale, view = self.sale, self.view
        self.last_view = view or self.last_view
        if sale.stage in (Stage.PAID, Stage.DONE):
            is_choice = sale.invoice_stage is InvoiceStage.CHOOSING and sale.invoiceable
            return self.units if is_choice else self.paid
        entry: panes.Pane = self.cash if self._is_in_cash else self.tender
        if view is None or view.attempt_id in self._dismissed or view.phase in _RESTS:
            return entry
        match view.phase:
            case Phase.PREPARING | Phase.WAITING:
                return self.wait
            case Phase.FOLLOWING:
                return self.follow
            case Phase.CONFIRMING:
                is_last = not sale.is_total_certain or view.amount >= sale.due
                return self.paid if view.tender is TenderKind.CASH and is_last else self.booking
            case Phase.UNPROVEN | Phase.UNKNOWN:
                if self._needs_decision:
                    return self.override
                return self.supervisor if self._needs_name else self.doubt
            case Phase.BELIEVED if not sale.due:
                return self.believed
            case Phase.RETRY | Phase.REFUSED:
                return self.retry
        return entry if sale.is_total_certain and sale.due else self.paid

    def look(self) -> panes.Pane:
        """See which phase it is now, and turn to it."""
        pane = self._phase()
        if pane is not self.pane:
            before, self.pane = self.pane, pane
            self.keymap = pane.keymap
            self.let_go()
            if pane in (self.doubt, self.retry, self.paid, self.wait):
                self._is_in_cash = False
            if pane not in (self.doubt, self.supervisor, self.override):
                self._needs_name = self._needs_decision = False
            pane.shown()
            self._announce(before, pane)
        if self._goal:
            self._reach()
        return pane

    def _announce(self, before: panes.Pane | None, pane: panes.Pane) -> None:
        if pane is self.doubt and before is self.wait:
            self.alarm(words.BEFORE_ALL)
        elif before is not None and pane not in (
            *(self.tender, self.cash, self.supervisor, self.override),
        ):
            self.hush()

    def say(self, text: str, style: str = "message") -> None:
        self._mine = text
        super().say(text, style)

    def alarm(self, text: str) -> None:
        self._mine = text
        self.app.alarm(text)

    def hush(self) -> None:
        """Take back what this screen said; what a service said stays."""
        if self.app.notice[1] != "alarm" or self.app.notice[0] == self._mine:
            self.app.hush()

    # Drawing ---------------------------------------------------------------------------------------

    def draw(self, width: int, height: int) -> list[Row]:
        pane = self.look()
        keep = self._memo
        if height < 4:
            rows = pane.draw(Space(width, height))[:height]
            self.caret = (0, 0)
            return rows
        space = Space(width, height - 3)
        body = pane.draw(space)[: space.height]
        body += [()] * (space.height - len(body))
        place = pane.caret
        self.caret = (place[0], min(place[1] + 1, height - 1)) if place else (0, height - 2)
        return [
            status_row(self.app, keep, width),
            *body,
            message_row(self.app, keep, width),
            key_row(self.app, self.keymap, keep, width),
        ]

    def code_for(self, link: str) -> QrCode | None:
        """The QR code of a link, once it is made; it is made beside the keys, not before them."""
        if link and link not in self._codes:
            self._codes[link] = None
            self.spawn(self._make_code(link), "QR code")
        return self._codes.get(link)

    async def _make_code(self, link: str) -> None:
        self._codes[link] = await asyncio.to_thread(qr_code, link)

    # Keys ------------------------------------------------------------------------------------------

    def scanned(self, line: str) -> None:
        super().scanned(line)
        self.app.queue_scan(line)
        if self.look().is_over:
            self.next_customer()

    def do_leave(self) -> None:
        self.next_customer()

    # Where it goes ---------------------------------------------------------------------------------

    def begin(self, tender: Tender) -> None:
        """Start a payment.

        Raises:
            PosError: it may not begin now; nothing was sent.
        """
        self._payments.begin(self.sale, tender)
        self._is_in_cash = False
        self.hush()

    def open_cash(self, way: Way, text: str) -> None:
        """Cash: with an amount that leaves no question it is taken at once."""
        self.cash.choose(way, text)
        self._is_in_cash = True
        if text:
            self.cash.do_enter()

    def close_cash(self) -> None:
        self._is_in_cash = False

    def ask_supervisor(self) -> None:
        self._needs_name = True

    def supervisor_done(self) -> None:
        self._needs_name = False

    def ask_override(self) -> None:
        self._needs_decision = True

    def override_done(self) -> None:
        self._needs_decision = False

    def go_on(self, goal: str) -> None:
        """Leave an attempt that is over without money: to the `list`, to `cash`, or to the `basket`.

        Raises:
            PosError: it is not over.
        """
        view = self.view
        if view is None:
            return
        self._payments.leave(view.attempt_id, to_basket=goal == "basket")
        self._goal, self._left_at = goal, asyncio.get_running_loop().time()
        self._dismissed.add(view.attempt_id)
        self.hush()

    def _reach(self) -> None:
        """Arrive there, once the attempt is left."""
        is_left = self.sale.unresolved is None
        if self._payments.busy(self.sale) or not (is_left or self._is_late()):
            return
        goal, self._goal = self._goal, ""
        if not is_left:  # it could not be written down: it is where it was
            self._dismissed.clear()
        elif goal == "basket" and not self.sale.paid:
            self.to_basket()
        elif self.is_choosing:
            self.attempt(lambda: self.tender.reached(cash=goal == "cash"))

    def _is_late(self) -> bool:
        return asyncio.get_running_loop().time() - self._left_at > LEAVE_S

    def to_basket(self) -> None:
        """Back to the lines; not once a part is paid, for they are fixed then."""
        if self.sale.paid or self.sale.stage in (Stage.PAID, Stage.DONE):
            self.say(
                "A part is paid: the lines are fixed. F6 puts the sale aside, F7 brings it back"
            )
            return
        if self.till.current is not self.sale:
            self.attempt(lambda: self._recall())
        self.close()

    def _recall(self) -> None:
        self.till.recall(self.sale.sale_id)

    def next_customer(self) -> None:
        """The next sale; what runs for this one runs on."""
        note = self.pane.note if self.pane is not None else ""
        if self.till.current is self.sale:
            self.till.next_sale()
        self.hush()
        if note:
            self.say(note)
        self.close()

    # Life ------------------------------------------------------------------------------------------

    def opened(self) -> None:
        self.hush()
        self.look()

    def resumed(self) -> None:
        if self.look().is_over and self.app.waiting:
            self.next_customer()

    def told(self, event: Event) -> None:
        if isinstance(event, (SaleChanged, PaymentChanged)) and event.sale_id == self.sale.sale_id:
            self.look()
            if self.tender.trouble is not None and self.is_choosing and self.sale.is_total_certain:
                self.tender.load()
