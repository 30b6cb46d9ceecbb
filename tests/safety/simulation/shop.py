"""What the simulated shop sells, and its fixtures."""

from __future__ import annotations

from tui_pos.domain.money import Money
from tui_pos.domain.order import Drawer
from tui_pos.ports.catalogue import Item

CURRENCY = "EUR"
PRICES = {
    "COLA": 195,
    "BREAD": 349,
    "MILK": 129,
    "SHIRT": 2499,
    "8711000000038": 1000,  # a barcode that the till does not know, and that looks like a card number
    "8711000000014": 799,
}
UNKNOWN = "NO-SUCH-CODE"
CODES = (*PRICES, UNKNOWN)
DRAWER = Drawer("drawer-1", "Drawer 1")


def money(minor: int) -> Money:
    return Money(minor, CURRENCY)


class ShortCatalogue:
    """Knows half of what the server sells."""

    def find(self, code: str) -> Item | None:
        if code in ("COLA", "BREAD", "MILK"):
            return Item(code, code.title(), money(PRICES[code]))
        return None

    async def search(self, text: str, limit: int = 50) -> list[Item]:
        return []

    def learn(self, items: object) -> None:
        pass

    def count(self) -> int:
        return 3


class NoDocuments:
    async def save(self, name: str, data: bytes) -> str:
        return f"/{name}"
