"""The simulated shop: catalogue, customers, channels, payment methods.

Everything is derived from fixed names, so ids, SKUs and GTINs are the same in every run.
"""

from __future__ import annotations

import csv
import io
import uuid
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tui_pos.sandbox.shop_products import FAMILIES

_NAMESPACE = uuid.UUID("5a6d1f0e-7c1b-4f61-9a52-0d5b3c8f2e11")
_FIRST_GTIN_13 = 871234500000
_FIRST_GTIN_8 = 8701000
CURRENCY = "EUR"
SELLER_NAME = "De Hoekwinkel B.V."
SELLER_LINES = [
    "Oudegracht 112",
    "3511 AW Utrecht",
    "The Netherlands",
    "KvK 30123456",
    "VAT NL001234567B01",
]


def stable_id(*parts: str) -> str:
    """A UUID that depends on the names only."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


@dataclass(frozen=True)
class Product:
    """A catalogue entry: price in cents including VAT, VAT in percent points."""

    sku: str
    label: str
    brand: str
    gtin: str
    price: int
    vat_rate: int
    category: str
    is_batch_tracked: bool
    is_serial_tracked: bool

    @property
    def id(self) -> str:
        """The backend's id of this product."""
        return stable_id("product", self.sku)


def check_digit(body: str) -> str:
    """GS1 mod-10 check digit for a GTIN without its last digit."""
    weighted = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(body)))
    return str(-weighted % 10)


@cache
def products() -> dict[str, Product]:
    """The catalogue by SKU, in shelf order."""
    found: dict[str, Product] = {}
    head: list[str] = []
    for number, row in enumerate(FAMILIES.strip().splitlines()):
        if number % 2 == 0:
            head = row.split("|")
            continue
        prefix, brand, name, category, vat, flags = head
        for cell in row.split(";"):
            suffix, variant, price = cell.split(":")
            body = str(_FIRST_GTIN_13 + 37 * len(found))
            if "short" in flags:
                body = str(_FIRST_GTIN_8 + len(found))
            product = Product(
                sku=f"{prefix}-{suffix}",
                label=_label(name, variant),
                brand=brand,
                gtin=body + check_digit(body),
                price=round(float(price) * 100),
                vat_rate=int(vat),
                category=category,
                is_batch_tracked="batch" in flags,
                is_serial_tracked="serial" in flags,
            )
            found[product.sku] = product
    return found


def _label(name: str, variant: str) -> str:
    if variant.startswith(("M4", "M5", "M6", "M8")):
        return f"{name} {variant}"
    return f"{name}, {variant}"


def catalogue_csv() -> str:
    """The shop's product export: `sku,gtin,name,price,vat`, price in units with a point."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["sku", "gtin", "name", "price", "vat"])
    for p in products().values():
        price = f"{p.price // 100}.{p.price % 100:02d}"
        writer.writerow([p.sku, p.gtin, p.label, price, p.vat_rate])
    return out.getvalue()


CHANNELS = {
    stable_id("channel", code): {
        "id": stable_id("channel", code),
        "name": name,
        "description": about,
        "locale": "nl-NL",
        "pricing": {"currency": CURRENCY},
        "options": {"is_vat_shifting_allowed": False, "is_fulfilment_enabled": True},
    }
    for code, name, about in [
        ("store", "Store Utrecht", "The counter on the Oudegracht"),
        ("webshop", "Webshop", "hoekwinkel.example"),
    ]
}
STORE_CHANNEL = stable_id("channel", "store")


@dataclass(frozen=True)
class TerminalSeed:
    """A card terminal as the shop owns it; `slowness` multiplies the usual duration."""

    id: str
    name: str
    is_online: bool = True
    slowness: float = 1.0
    is_flaky: bool = False
    is_held: bool = False


TERMINALS = [
    TerminalSeed(stable_id("terminal", "Counter 1"), "Counter 1"),
    TerminalSeed(stable_id("terminal", "Counter 2"), "Counter 2"),
    TerminalSeed(stable_id("terminal", "Mobile"), "Mobile", slowness=3.0),
    TerminalSeed(stable_id("terminal", "Back office"), "Back office", is_online=False),
    TerminalSeed(stable_id("terminal", "Kiosk"), "Kiosk", is_flaky=True),
    TerminalSeed(stable_id("terminal", "Service desk"), "Service desk", is_held=True),
]
DRAWERS = [{"id": stable_id("drawer", n), "name": n} for n in ("Drawer 1", "Drawer 2")]
ISSUERS = [
    {"id": stable_id("issuer", n), "label": n}
    for n in ("Bank van Utrecht", "Poldersparen", "IJbank")
]


@dataclass(frozen=True)
class Method:
    """A payment method; `action` is how its payments proceed: START, PAY or FOLLOW."""

    code: str
    name: str
    action: str
    issuers: list[dict[str, Any]] = field(default_factory=list)
    drawers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The backend's id of this method."""
        return stable_id("method", self.code)


METHODS = {
    method.id: method
    for method in [
        Method("PIN", "PIN terminal", "START"),
        Method("CASH", "Cash", "PAY", drawers=DRAWERS),
        Method("IDEAL", "iDEAL", "FOLLOW", issuers=ISSUERS),
        Method("GIFT_CARD", "Gift card", "PAY"),
        Method("ON_ACCOUNT", "On account", "PAY"),
    ]
}
