"""The commerce port over Afosto. Costs nothing to import and to make; `warm` loads the rest.

Source: guide 001 (the flow), guide 000 (`executePayment`), vendors.md 1.5 to 1.14.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tui_pos.adapters.commerce import origin
from tui_pos.adapters.commerce.afosto.options import AfostoOptions
from tui_pos.adapters.commerce.afosto.wire import Wire
from tui_pos.adapters.commerce.limits import Kind
from tui_pos.domain.errors import Malformed, NotFound, Refused
from tui_pos.domain.money import Money
from tui_pos.domain.order import ActionKind, InvoiceRef, Order, PaymentMethod, RemotePayment
from tui_pos.ports.commerce import Capabilities, Health, StartStrategy, Wanted

if TYPE_CHECKING:
    from tui_pos.adapters.commerce.http import OnCall


class Afosto:
    """One Afosto channel.

    Args:
        options: plain settings.
        token: gives the API key; asked for every call, so that a renewed one counts at once.
        on_call: told `(operation, "begin" | "end", milliseconds, HTTP status or 0)`; must not raise.
    """

    name = "Afosto"

    def __init__(
        self,
        options: AfostoOptions,
        token: Callable[[], str],
        *,
        on_call: OnCall | None = None,
    ) -> None:
        self._options = options
        self._wire = Wire(options, token, on_call)
        self.capabilities = Capabilities(
            prices_while_building=True,
            terminals=True,
            drawers=True,
            split_payments=True,
            invoices=True,
            start=StartStrategy.EXECUTE if options.start == "execute" else StartStrategy.BLOCKING,
        )

    @property
    def health(self) -> Health:
        return self._wire.health

    async def warm(self) -> None:
        await self._wire.ready()

    async def close(self) -> None:
        await self._wire.close()

    async def probe(self) -> None:
        """Read the channel.

        Raises:
            NotFound: the backend does not know the channel of the settings.
            Refused: the channel sells in another currency.
        """
        value = await self._wire.query("channel", {"id": self._options.channel_id}, root="channel")
        if value is None:
            raise NotFound("the channel in the settings")
        from tui_pos.adapters.commerce.afosto import mapping

        mapping.check_channel(value, currency=self._options.currency)

    # Orders -------------------------------------------------------------------------------------

    async def create_order(self, reference: str, *, key: str) -> Order:
        value: dict[str, Any] = {
            "channel_id": self._options.channel_id,
            "currency": self._options.currency,
            "country_code": self._options.country,
        }
        if self._options.sends_reference:
            value["customer"] = {"reference": reference}
        payload = await self._wire.mutate("createOrder", value, key=key)
        return self._order(payload.get("order"))

    async def add_items(self, order_id: str, items: Sequence[Wanted], *, key: str) -> Order:
        value = {"order_id": order_id, "items": [self._item(item) for item in items]}
        payload = await self._wire.mutate("addItemsToOrder", value, key=key)
        return self._order(payload.get("order"), order_id)

    async def expire_order(self, order_id: str, at: datetime, *, key: str) -> None:
        """Source: guide 002, step 2: Unix milliseconds."""
        value = {"order_id": order_id, "expires_at": int(at.timestamp() * 1000)}
        await self._wire.mutate("setExpirationDateForOrder", value, key=key)

    async def read_order(self, order_id: str) -> Order:
        value = await self._wire.query("order", {"id": order_id}, root="order")
        if value is None:
            raise NotFound("the order")
        return self._order(value, order_id)

    async def open_order(self, order_id: str, *, key: str) -> Order | None:
        payload = await self._wire.mutate(
            "openOrder", {"order_id": order_id}, key=key, kind=Kind.MONEY
        )
        return self._order_or_none(payload.get("order"), order_id)

    # Payments -----------------------------------------------------------------------------------

    async def payment_methods(self, order_id: str) -> Sequence[PaymentMethod]:
        value = await self._wire.query("paymentOptions", {"id": order_id}, root="order")
        if value is None:
            raise NotFound("the order")
        from tui_pos.adapters.commerce.afosto import mapping

        return mapping.methods(
            value,
            path=self._options.payment_options_path,
            order_id=order_id,
            drawers=self._options.drawers,
        )

    async def attach_method(
        self, order_id: str, method: PaymentMethod, *, terminal_id: str, drawer_id: str, key: str
    ) -> Order | None:
        """Source: guide 001, step 4; the issuer is for methods that have issuers, or by setting."""
        value = {"order_id": order_id, "method_id": method.method_id}
        if terminal_id:
            value["terminal_id"] = terminal_id
        if drawer_id:
            value["drawer_id"] = drawer_id
        issuer_id = next(iter(method.issuer_ids), "")
        if self._options.sends_issuer or (issuer_id and not terminal_id):
            value["issuer_id"] = issuer_id
        payload = await self._wire.mutate("addPaymentMethodToOrder", value, key=key)
        return self._order_or_none(payload.get("order"), order_id)

    async def create_payment(self, order_id: str, amount: Money, *, key: str) -> RemotePayment:
        path = self._options.create_payment_path.replace("{order_id}", quote(order_id, safe=""))
        answer = await self._wire.rest(
            Kind.MONEY, "createPayment", "POST", path, body=self._amount(amount), key=key
        )
        return self._payment(answer)

    async def start(self, payment: RemotePayment) -> RemotePayment:
        """GET the action's address once, or begin with `executePayment`; never repeated here.

        Source: guide 001, step 6; guide 000, step 4; vendors.md 5 (3, 4, 5).
        """
        action = payment.action
        if self._options.start == "execute":
            return await self._execute(payment)
        if action is None or action.kind is not ActionKind.START:
            raise Refused("this payment is not one for a terminal; nothing was sent")
        origin.require(action.url, (self._options.origin,), prefix=self._options.start_path_prefix)
        answer = await self._wire.rest(Kind.START, "start", "GET", action.url)
        return self._payment(answer, payment.payment_id)

    async def _execute(self, payment: RemotePayment) -> RemotePayment:
        """Without an Idempotency-Key: a second try of the same payment is meant as a second try."""
        if payment.action is not None and payment.action.kind is not ActionKind.START:
            raise Refused("this payment is not one for a terminal; nothing was sent")
        payload = await self._wire.mutate(
            "executePayment", {"payment_id": payment.payment_id}, key="", kind=Kind.MONEY
        )
        return self._payment(payload.get("payment"), payment.payment_id)

    async def mark_paid(self, payment_id: str, amount: Money, *, key: str) -> RemotePayment:
        path = self._options.pay_path.replace("{payment_id}", quote(payment_id, safe=""))
        answer = await self._wire.rest(
            Kind.MONEY, "pay", "PUT", path, body=self._amount(amount), key=key
        )
        return self._payment(answer, payment_id)

    # Invoices -----------------------------------------------------------------------------------

    async def invoice_items(
        self, unit_ids: Sequence[str], *, invoice_id: str, key: str
    ) -> InvoiceRef:
        value: dict[str, Any] = {"items": list(unit_ids)}
        if invoice_id:
            value["invoice_id"] = invoice_id
        payload = await self._wire.mutate("invoiceItems", value, key=key, kind=Kind.MONEY)
        return self._invoice(payload.get("invoice"))

    async def read_invoice(self, invoice_id: str) -> InvoiceRef | None:
        try:
            value = await self._wire.query("invoice", {"id": invoice_id}, root="invoice")
        except NotFound:
            return None
        return None if value is None else self._invoice(value)

    async def fetch_document(self, url: str) -> bytes:
        return await self._wire.reading(lambda: self._wire.document(url))

    # Mapping ------------------------------------------------------------------------------------

    def _item(self, item: Wanted) -> dict[str, Any]:
        """Source: guide 002, step 3: the original price only beside a price."""
        value: dict[str, Any] = {"sku": item.sku, "quantity": item.quantity}
        if item.price is not None:
            value["price"] = self._minor(item.price)
            if item.original_price is not None:
                value["original_price"] = self._minor(item.original_price)
        return value

    def _amount(self, amount: Money) -> dict[str, int]:
        """Source: payment-safety.md, 6 M17: nothing and less than nothing is never asked for."""
        if amount.minor <= 0:
            raise Refused("there is nothing to pay; nothing was sent")
        return {"amount": self._minor(amount)}

    def _minor(self, amount: Money) -> int:
        if amount.currency != self._options.currency:
            raise Refused("the amount is not in the till's currency; nothing was sent")
        return amount.minor

    def _order(self, value: Any, order_id: str = "") -> Order:
        if value is None:
            raise Malformed("its answer has no order")
        from tui_pos.adapters.commerce.afosto import mapping

        return mapping.order(value, currency=self._options.currency, order_id=order_id)

    def _order_or_none(self, value: Any, order_id: str) -> Order | None:
        return None if value is None else self._order(value, order_id)

    def _payment(self, value: Any, payment_id: str = "") -> RemotePayment:
        from tui_pos.adapters.commerce.afosto import mapping

        return mapping.payment(value, currency=self._options.currency, payment_id=payment_id)

    def _invoice(self, value: Any) -> InvoiceRef:
        from tui_pos.adapters.commerce.afosto import mapping

        return mapping.invoice(value, currency=self._options.currency)
