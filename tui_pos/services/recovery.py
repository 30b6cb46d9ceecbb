"""What the journal has open when the till starts: baskets, orders and attempts as their rows left them.

Source: payment-safety.md, 3.7.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tui_pos.domain.attempt import Attempt, CreateIntended
from tui_pos.domain.basket import Basket, LineState
from tui_pos.domain.order import InvoiceRef
from tui_pos.ports.catalogue import Catalogue
from tui_pos.ports.journal import Entry, Journal, Row
from tui_pos.services import record
from tui_pos.services.sale import InvoiceStage, Sale, Stage

log = logging.getLogger("tui_pos")


@dataclass(slots=True)
class Recovered:
    """What was open, oldest first. `unresolved` are the attempts of which the end is not known."""

    sales: list[Sale] = field(default_factory=list)

    @property
    def unresolved(self) -> list[Attempt]:
        return [sale.unresolved for sale in self.sales if sale.unresolved is not None]


class Recovery:
    """Rebuilds open sales from their rows."""

    def __init__(self, journal: Journal, catalogue: Catalogue, currency: str) -> None:
        self._journal = journal
        self._catalogue = catalogue
        self._currency = currency

    async def read(self) -> Recovered:
        """The open sales, and those whose given-up payments must still be watched.

        Raises:
            JournalError: the journal cannot be read.
        """
        recovered = Recovered()
        for sale_id in await self._journal.open_sales():
            sale = self.rebuild(sale_id, await self._journal.rows(sale_id))
            if sale.basket or sale.attempts:
                recovered.sales.append(sale)
            else:  # nothing of it was ever kept: no reason to read it at every start
                await self._journal.append(Entry("sale_closed", {}, sale_id, closes_sale=True))
        return recovered

    async def watched(self) -> list[Sale]:
        """The sales of which a payment that was given up may still turn out paid (payment-safety.md, 3.7 step 6).

        Raises:
            JournalError: the journal cannot be read.
        """
        ids = await self._journal.watched()
        return [self.rebuild(sale_id, await self._journal.rows(sale_id)) for sale_id in ids]

    def rebuild(self, sale_id: str, rows: Sequence[Row]) -> Sale:
        """A sale as its rows left it."""
        opened_at = rows[0].at
        sale = Sale(sale_id, Basket(self._currency), opened_at, is_recorded=True)
        for row in rows:
            if record.is_fact(row.kind):
                self._fact(sale, row)
                continue
            try:
                self._step(sale, row)
            except (KeyError, ValueError) as error:
                # A row that a full disk swallowed: the rest of the basket is still the customer's.
                log.warning("row %s (%s) does not fit its sale: %r", row.seq, row.kind, error)
        if sale.unresolved is not None or sale.paid or sale.believed:
            sale.stage = Stage.PAYING
        return sale

    def _fact(self, sale: Sale, row: Row) -> None:
        fact = record.fact_from(row.kind, row.body)
        attempt_id = fact.attempt_id if isinstance(fact, CreateIntended) else row.attempt_id
        sale.attempts[attempt_id] = record.replay(sale.attempts.get(attempt_id), fact)
        if isinstance(fact, CreateIntended):
            sale.order_id_before = fact.order_id

    def _step(self, sale: Sale, row: Row) -> None:
        body, basket = row.body, sale.basket
        match row.kind:
            case "sale_opened":
                sale.opened_at = datetime.fromisoformat(str(body["opened_at"]))
                sale.basket = Basket(str(body["currency"]))
            case "line_added":
                self._add(basket, body)
            case "quantity_set":
                if basket.line(body["line_id"]) is None:
                    self._add(basket, body)
                else:
                    basket.set_quantity(body["line_id"], body["quantity"])
            case "line_removed":
                basket.remove(body["line_id"])
            case "terminal_said":
                if body["said"] == "say_approved":
                    sale.approved.add(str(body["attempt"]))
            case "line_refused":
                basket.mark(body["line_id"], LineState.REFUSED, "not known to the shop's server")
            case "sale_held":
                sale.is_held, sale.label = True, str(body.get("label", ""))
            case "sale_recalled":
                sale.is_held = False
            case "order_created":
                sale.order_id_before = str(body["order_id"])
            case "order_left":
                sale.left_order_ids.append(str(body["order_id"]))
                sale.order_id_before = ""
            case "invoice_wished":
                sale.invoice_wish = str(body["wish"])
            case "invoice_made":
                sale.invoice = InvoiceRef(str(body["invoice_id"]), str(body["number"]))
                sale.invoice_stage = InvoiceStage.MADE
            case _:
                pass  # intents and remarks: verified by reading, not by memory

    def _add(self, basket: Basket, body: Mapping[str, Any]) -> None:
        item = self._catalogue.find(body["sku"])
        price = (
            item.price if item and item.price and item.price.currency == basket.currency else None
        )
        basket.add(
            body["code"],
            sku=body["sku"],
            quantity=body["quantity"],
            name=item.name if item else "",
            unit_price=price,
            line_id=body["line_id"],
        )
