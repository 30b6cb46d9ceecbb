"""The local product index."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tui_pos.domain.money import Money


@dataclass(frozen=True, slots=True)
class Item:
    """An item that can be sold: `price` is what one costs the customer, tax included; None if not known."""

    sku: str
    name: str
    price: Money | None = None
    gtin: str = ""
    vat: str = ""


class Catalogue(Protocol):
    """Look-ups that take well under a millisecond at any size, and may be made on the event loop."""

    def find(self, code: str) -> Item | None:
        """The item with this GTIN or SKU."""
        ...

    def search(self, text: str, limit: int = 50) -> Awaitable[Sequence[Item]]:
        """Items whose name or SKU has words that begin so, best first; accents do not matter."""
        ...

    def learn(self, items: Iterable[Item]) -> None:
        """Remember what the backend said; written soon, not now."""
        ...

    def count(self) -> int: ...
