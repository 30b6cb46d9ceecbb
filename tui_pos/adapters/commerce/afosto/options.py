"""What a shop may have to set, with the defaults of the vendor's guides."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from tui_pos.adapters.commerce import origin as origins
from tui_pos.adapters.commerce.limits import Limits
from tui_pos.adapters.commerce.origin import Origin
from tui_pos.domain.order import Drawer

_NAME_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


@dataclass(frozen=True, slots=True)
class AfostoOptions:
    """Settings of one backend.

    Attributes:
        base_url: `https://host`, or `http://` on this machine.
        channel_id: the storefront channel that prices and keeps the orders.
        currency: ISO 4217, the channel's own; an answer in another one is refused.
        country: ISO 3166-1 alpha-2, for tax.
        start: how a terminal is started: `blocking` is guide 001, `execute` guide 000.
        payment_options_path: where an order lists its payment methods. Not documented by the vendor.
        action_ids: what the id list of an order's action is called. Not documented by the vendor.
        create_payment_path, pay_path: the two REST calls; the second is printed in guide 001.
        wraps_rest: whether a REST body is sent as `{"data": ...}`.
        start_path_prefix: what the path of a START address must begin with; "" is any on the same origin.
        document_origins: origins besides `base_url` from which invoices may be fetched, without the token.
        sends_reference: put the till's id of a sale into the order's `customer.reference`.
        sends_issuer: always name an issuer, as guide 000 demands; "" where there is none.
        drawers: cash drawers, for a cash method whose drawers the backend does not list.
        ca_file: a bundle to trust instead of the usual one.
    """

    base_url: str
    channel_id: str
    currency: str = "EUR"
    country: str = "NL"
    start: Literal["blocking", "execute"] = "blocking"
    payment_options_path: str = "options.payment.methods"
    action_ids: str = "ids"
    create_payment_path: str = "/api/commerce/orders/{order_id}/payments"
    pay_path: str = "/api/commerce/payments/management/{payment_id}/pay"
    wraps_rest: bool = True
    start_path_prefix: str = ""
    document_origins: tuple[str, ...] = ()
    sends_reference: bool = False
    sends_issuer: bool = False
    drawers: tuple[Drawer, ...] = ()
    ca_file: str = ""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Refuse what could never work or would send the token in the clear.

        Raises:
            ValueError: names the setting.
        """
        try:
            base = origins.trusted(self.base_url)
            others = [origins.trusted(url) for url in self.document_origins]
        except ValueError as error:
            raise ValueError(f"base_url or document_origins: {error}") from None
        if base.scheme == "https" and any(other.scheme != "https" for other in others):
            raise ValueError("document_origins: only https")
        if "{order_id}" not in self.create_payment_path or "{payment_id}" not in self.pay_path:
            raise ValueError("create_payment_path needs {order_id}, pay_path needs {payment_id}")
        if self.start not in ("blocking", "execute"):
            raise ValueError("start: blocking or execute")
        for name in (self.payment_options_path, self.action_ids):
            if not _NAME_PATH.fullmatch(name):
                raise ValueError("payment_options_path and action_ids are field names")

    @property
    def origin(self) -> Origin:
        """The backend's own: the only one that ever sees the token."""
        return origins.trusted(self.base_url)

    @property
    def document_allow_list(self) -> frozenset[Origin]:
        return frozenset((self.origin, *map(origins.trusted, self.document_origins)))

    def url(self, path: str) -> str:
        return self.base_url.rstrip("/") + path
