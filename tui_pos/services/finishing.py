"""After the money: open the order, wait until it can be invoiced, invoice it, fetch the invoice.

A paid sale is never undone by what goes wrong here: each step is journalled before it is sent and verified
before it is repeated, in the background, until it is done or a person must look.

Source: guide 001, steps 7 and 8; payment-safety.md, 3.3 columns 7 to 10, G7.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence

from tui_pos.domain.attempt import Closed
from tui_pos.domain.errors import (
    Conflict,
    ForeignAddress,
    JournalError,
    NotAllowed,
    PosError,
    RateLimited,
    Refused,
)
from tui_pos.domain.events import Event, Level, Noticed, SaleChanged
from tui_pos.domain.order import InvoiceRef, Order
from tui_pos.domain.text import file_name
from tui_pos.ports.clock import Clock
from tui_pos.ports.commerce import Commerce
from tui_pos.ports.documents import Documents
from tui_pos.ports.journal import Entry, Journal
from tui_pos.services import record
from tui_pos.services.sale import InvoiceStage, Sale, Stage
from tui_pos.services.tasks import Tasks

log = logging.getLogger("tui_pos")

POLL_S = 0.25  # guide 001, step 8
PATIENCE_S = 15.0
LATE_POLL_S = 10.0
LATEST_POLL_S = 120.0
_PAUSES_S = (1.0, 3.0, 10.0, 30.0)
_PASSING = (RateLimited, NotAllowed, Conflict)  # refusals that time, or a person elsewhere, may end


class Finisher:
    """Sees paid sales to their end. One task a sale."""

    def __init__(
        self,
        commerce: Commerce,
        journal: Journal,
        clock: Clock,
        documents: Documents,
        tasks: Tasks,
        *,
        invoicing: str,
        emit: Callable[[Event], None],
        on_done: Callable[[Sale], None],
    ) -> None:
        self._commerce = commerce
        self._journal = journal
        self._clock = clock
        self._documents = documents
        self._tasks = tasks
        self._invoicing = invoicing
        self._emit = emit
        self._on_done = on_done
        self._at_work: set[str] = set()

    def finish(self, sale: Sale) -> None:
        """Go on with a sale of which nothing is due; does nothing if that is under way."""
        if sale.sale_id not in self._at_work and sale.stage is not Stage.DONE:
            self._at_work.add(sale.sale_id)
            sale.stage = Stage.PAID
            self._changed(sale)
            self._tasks.spawn(self._finish(sale), f"finish {sale.sale_id}")

    def wish_of(self, sale: Sale) -> str:
        """What is invoiced of a sale once it is paid: `all`, `choose` or `none`."""
        if not self._commerce.capabilities.invoices:
            return "none"
        return sale.invoice_wish or self._invoicing

    def wish(self, sale: Sale, wish: str) -> None:
        """Decide before the sale is paid what is invoiced: `all`, `choose` or `none`; survives a restart."""
        if sale.stage in (Stage.SELLING, Stage.PAYING):
            sale.invoice_wish = wish
            self._journal.append(Entry("invoice_wished", {"wish": wish}, sale.sale_id))
            self._changed(sale)

    def invoice(self, sale: Sale, unit_ids: Sequence[str], invoice_id: str = "") -> None:
        """Invoice chosen units, on a new invoice or on an existing one.

        Raises:
            PosError: a unit is not, or no longer, among those that may be invoiced.
        """
        if not unit_ids or not set(unit_ids) <= set(sale.invoiceable):
            raise PosError(title="Choose at least one unit", advice="The sale is paid and safe.")
        sale.invoice_stage = InvoiceStage.WAITING
        self._changed(sale)
        self._tasks.spawn(
            self._invoice_and_close(sale, tuple(unit_ids), invoice_id), f"invoice {sale.sale_id}"
        )

    def skip_invoice(self, sale: Sale) -> None:
        """Finish a paid sale without an invoice now; it can be made later from the order.

        Raises:
            PosError: the sale is not paid, or its invoice is being made.
        """
        if sale.stage is not Stage.PAID or sale.invoice_stage is not InvoiceStage.CHOOSING:
            raise PosError(
                title="There is nothing to choose just now", advice="Look at the screen."
            )
        sale.invoice_stage = InvoiceStage.SKIPPED
        self._tasks.spawn(self._close(sale), f"close {sale.sale_id}")

    async def retrieve(self, invoice_id: str) -> InvoiceRef:
        """An earlier invoice, read again.

        Raises:
            PosError: it could not be read, or there is none.
        """
        found = await self._commerce.read_invoice(invoice_id)
        if found is None:
            raise PosError(
                invoice_id,
                title="There is no such invoice",
                advice="Check the number that was typed.",
            )
        return found

    # -- the task --------------------------------------------------------------------------------------

    async def _finish(self, sale: Sale) -> None:
        try:
            if not await self._open(sale):
                return
            if sale.invoice is not None:
                self._fetch_soon(sale)
                await self._close(sale)
                return
            if self.wish_of(sale) == "none":
                sale.invoice_stage = InvoiceStage.SKIPPED
                await self._close(sale)
                return
            chooses = self.wish_of(sale) == "choose"
            if not chooses:
                sale.invoice_stage = InvoiceStage.WAITING
                self._changed(sale)
            await self._wait_for_units(sale)
            if sale.invoice is not None:
                self._fetch_soon(sale)
                await self._close(sale)
            elif chooses:
                sale.invoice_stage = InvoiceStage.CHOOSING
                self._changed(sale)
            else:
                await self._invoice_and_close(sale, sale.invoiceable, "")
        finally:
            self._at_work.discard(sale.sale_id)

    async def _open(self, sale: Sale) -> bool:
        """Open the order, once a fresh read shows it paid in full (G7). False if a person must look."""
        failures = 0
        while True:
            try:
                order = await self._read(sale)
                if order.is_opened:
                    break
                if not self._is_sound(sale, order):
                    return False
                body = {"order_id": order.order_id}
                await self._journal.append(Entry("open_intended", body, sale.sale_id))
                answer = await self._commerce.open_order(order.order_id, key=uuid.uuid4().hex)
                if answer is not None and answer.is_opened:
                    sale.order = answer
                    break
                await self._clock.sleep(POLL_S)
            except PosError as error:
                if isinstance(error, Refused) and not isinstance(error, _PASSING) and not failures:
                    words = f"The sale is paid, but its order cannot be opened: {error}."
                    words += " The payment is safe; a supervisor must look."
                    self._emit(Noticed(Level.ALARM, words, sale.sale_id, sale.sale_id[:8]))
                await self._wait_after(sale, error, failures)
                failures += 1
        self._set_trouble(sale, "")
        assert sale.order is not None  # noqa: S101  `_read` set it
        body = {"order_id": sale.order.order_id, "status": sale.order.status}
        self._journal.append(Entry("order_opened", body, sale.sale_id))
        return True

    def _is_sound(self, sale: Sale, order: Order) -> bool:
        """Whether what is paid is what the order costs; if not, a person must look before it is opened."""
        if order.paid >= order.total and order.total <= sale.paid:
            if order.paid > order.total:
                over = (order.paid - order.total).to_decimal()
                words = f"Order {order.number} was paid {over} too much. Refund it."
                self._emit(Noticed(Level.ALARM, words, sale.sale_id, sale.sale_id[:8]))
            return True
        if order.total > sale.paid:
            # Somebody added to it: the rest can be taken, or a supervisor has it put right.
            words = f"the order now costs {order.total.to_decimal()} but {sale.paid.to_decimal()} was paid"
            self._set_trouble(sale, words)
            sale.stage = Stage.PAYING
            sentence = (
                f"Order {order.number}: {words}. The payment is safe. F7 brings the sale back."
            )
            self._emit(Noticed(Level.ALARM, sentence, sale.sale_id, sale.sale_id[:8]))
            return False
        raise PosError(
            title="The server does not show the payment yet", advice="The sale is paid and safe."
        )

    async def _wait_for_units(self, sale: Sale) -> None:
        """Until units can be invoiced, or turn out to be invoiced already."""
        began = self._clock.boot()
        while True:
            try:
                order = await self._read(sale)
            except PosError as error:
                self._set_trouble(sale, f"{error.title}.")
            else:
                if order.invoiceable:
                    sale.invoiceable = order.invoiceable
                    return
                if order.invoices:
                    sale.invoice = order.invoices[-1]
                    sale.invoice_stage = InvoiceStage.MADE
                    return
            waited = self._clock.boot() - began
            pause = POLL_S
            if waited >= PATIENCE_S:
                if sale.invoice_stage is InvoiceStage.WAITING:
                    sale.invoice_stage = InvoiceStage.LATE
                    self._changed(sale)
                pause = LATE_POLL_S if waited < 10 * 60 else LATEST_POLL_S
            await self._clock.sleep(pause)

    async def _invoice_and_close(
        self, sale: Sale, unit_ids: tuple[str, ...], invoice_id: str
    ) -> None:
        failures = 0
        while sale.invoice is None:
            try:
                body = {"units": list(unit_ids), "invoice_id": invoice_id}
                await self._journal.append(Entry("invoice_intended", body, sale.sale_id))
                sale.invoice = await self._commerce.invoice_items(
                    unit_ids, invoice_id=invoice_id, key=uuid.uuid4().hex
                )
            except PosError as error:
                is_final = isinstance(error, Refused) and not isinstance(error, _PASSING)
                if not is_final:
                    await self._wait_after(sale, error, failures)
                    failures += 1
                await self._look_for_invoice(sale, unit_ids)
                if is_final and sale.invoice is None:
                    if invoice_id:
                        self._choose_again(sale, error)
                    else:
                        self._stop(sale, error)
                    return
        sale.invoice_stage = InvoiceStage.MADE
        self._set_trouble(sale, "")
        self._fetch_soon(sale)
        body = {"invoice_id": sale.invoice.invoice_id, "number": sale.invoice.number}
        await self._keep(sale, Entry("invoice_made", body, sale.sale_id))
        self._compare(sale, unit_ids, invoice_id)
        self._changed(sale)
        await self._close(sale)

    def _compare(self, sale: Sale, unit_ids: tuple[str, ...], invoice_id: str) -> None:
        """An invoice over everything costs what was paid, or a person must know."""
        made, order = sale.invoice, sale.order
        if invoice_id or made is None or made.total is None or order is None:
            return
        if set(unit_ids) == set(sale.invoiceable) and made.total != order.total:
            words = f"Invoice {made.number} is over {made.total.to_decimal()}, but {order.total.to_decimal()} was paid."
            self._emit(Noticed(Level.ALARM, words, sale.sale_id, sale.sale_id[:8]))

    async def _look_for_invoice(self, sale: Sale, unit_ids: tuple[str, ...]) -> None:
        """Read, until it can be read, before an invoice is asked for again: our units gone means it was made."""
        failures = 0
        while True:
            try:
                order = await self._read(sale)
                break
            except PosError as error:
                await self._wait_after(sale, error, failures)
                failures += 1
        if set(unit_ids) & set(order.invoiceable):
            return
        if order.invoices:
            sale.invoice = order.invoices[-1]
        elif order.is_opened and not order.invoiceable:
            # Made, but the backend does not list invoices on its orders.
            sale.invoice = InvoiceRef("", "", order.total)

    def _fetch_soon(self, sale: Sale) -> None:
        """The invoice's document, beside what is still to be written down."""
        if sale.invoice is not None and not sale.invoice_path:
            self._tasks.spawn(self._fetch(sale, sale.invoice), f"document {sale.sale_id}")

    async def _fetch(self, sale: Sale, invoice: InvoiceRef) -> None:
        """Keep the PDF. Best effort: the invoice exists without it and can be fetched again."""
        for pause in (0.0, 2.0, 10.0, 30.0):
            await self._clock.sleep(pause)
            try:
                if not invoice.pdf_url and invoice.invoice_id:  # known from before a restart
                    invoice = await self._commerce.read_invoice(invoice.invoice_id) or invoice
                if not invoice.pdf_url:
                    return
                data = await self._commerce.fetch_document(invoice.pdf_url)
                name = file_name(invoice.number or invoice.invoice_id, fallback="invoice")
                sale.invoice_path = await self._documents.save(f"{name}.pdf", data)
            except PosError as error:
                self._set_trouble(sale, f"{error}.")
                if isinstance(error, (Refused, ForeignAddress)) or type(error) is PosError:
                    return
            else:
                self._set_trouble(sale, "")
                return

    async def _close(self, sale: Sale) -> None:
        """Nothing more has to be done after a restart. The invoice's document follows."""
        entries = []
        closing = {}
        for attempt_id, attempt in sale.attempts.items():
            if attempt.is_paid and not attempt.is_closed:
                closed = record.replay(attempt, Closed())
                entries.append(record.entry_for(closed, Closed()))
                closing[attempt_id] = closed
        entries.append(Entry("sale_closed", {}, sale.sale_id, closes_sale=True))
        await self._keep(sale, *entries)
        sale.attempts.update(closing)
        sale.stage = Stage.DONE
        self._on_done(sale)
        self._changed(sale)

    async def _keep(self, sale: Sale, *entries: Entry) -> None:
        """Make what happened durable, however long the disk takes."""
        while True:
            try:
                await self._journal.append(*entries)
            except JournalError as error:
                self._set_trouble(sale, f"{error.title}.")
                await self._clock.sleep(_PAUSES_S[1])
            else:
                return

    # -- small -----------------------------------------------------------------------------------------

    async def _read(self, sale: Sale) -> Order:
        if sale.order is None:
            raise PosError(title="The order is not known", advice="Report the reference.")
        sale.order = await self._commerce.read_order(sale.order.order_id)
        return sale.order

    async def _wait_after(self, sale: Sale, error: PosError, failures: int) -> None:
        self._set_trouble(sale, f"{error.title}.")
        pause = _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
        if isinstance(error, RateLimited):
            pause = max(pause, min(error.retry_after_s, 60.0))
        await self._clock.sleep(pause)

    def _choose_again(self, sale: Sale, error: PosError) -> None:
        """The invoice that was named does not take these units: the cashier chooses another way."""
        sale.invoice_stage = InvoiceStage.CHOOSING
        self._set_trouble(sale, str(error))
        words = f"{error}. The sale is paid and safe: choose again, or a new invoice."
        self._emit(Noticed(Level.ADVICE, words, sale.sale_id))

    def _stop(self, sale: Sale, error: PosError) -> None:
        sale.invoice_stage = InvoiceStage.STOPPED
        self._set_trouble(sale, str(error))
        words = f"The sale is paid, but its invoice was refused: {error.detail or error.title}."
        self._emit(Noticed(Level.ALARM, words, sale.sale_id, sale.sale_id[:8]))

    def _set_trouble(self, sale: Sale, words: str) -> None:
        if sale.invoice_trouble != words:
            sale.invoice_trouble = words
            self._changed(sale)

    def _changed(self, sale: Sale) -> None:
        self._emit(SaleChanged(sale.sale_id, ()))
