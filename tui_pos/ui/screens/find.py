"""Find an article by the beginnings of its words, as they are typed."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

from tui_pos.ports.catalogue import Item
from tui_pos.ui.grid import Row, Span, fit, right
from tui_pos.ui.screens.chooser import Chooser

_LIMIT = 64


class FindScreen(Chooser):
    """Closes with the code of the article."""

    title = "Find an article"

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._query = text[:_LIMIT]
        self._answered: str | None = None
        self._items: Sequence[Item] = ()
        self._is_asking = False
        self._digits = 0

    def opened(self) -> None:
        self._ask()

    def size(self) -> int:
        return len(self._items)

    def label(self, place: int, cells: int) -> str:
        item = self._items[place]
        price = "" if item.price is None else self.app.format.money(item.price)
        name = max(8, cells - 16 - 12)
        return f"{fit(item.name, name)} {fit(item.gtin or item.sku, 14)} {right(price, 12)}"

    def head(self, cells: int) -> Sequence[Row]:
        self.caret = (2 + len(self._query), 0)
        return (
            (Span("> ", "accent"), Span(self._query, "typed"), Span(" ", "cursor")),
            (Span(" " * cells, "text"),),
        )

    def empty(self) -> str:
        if not self._query.strip():
            return "Type the beginning of a name"
        if self._answered != self._query:
            return "Searching"
        return f"No article has words that begin so. Enter rings up {self._query.strip()} as a code"

    def do_choose(self) -> None:
        if self._items:
            super().do_choose()
        elif self._query.strip() and self._answered == self._query:
            self.close(self._query.strip())

    def key(self, key: str) -> None:
        if key == "backspace":
            self._query = self._query[:-1]
            self._ask()
        elif key == "ctrl+u":
            self._query = ""
            self._ask()
        elif len(key) == 1 and not self._marks(key):
            if len(self._query) < _LIMIT and (self._query or key != "/"):
                self._query += key
                self._digits = self._digits + 1 if key.isdigit() else 0
                self._ask()
        else:
            super().key(key)

    def _marks(self, key: str) -> bool:
        """Whether a digit marks a row: a digit after a digit or a space belongs to the text."""
        return key in "123456789" and bool(self._items) and self._query[-1:].isalpha()

    def is_scan(self, text: str, at_once: bool) -> bool:
        """A word may be typed here, and its Enter may come with it; a line with many digits is a scan."""
        return super().is_scan(text, at_once) and sum(map(str.isdigit, text)) >= 4

    def retracted(self) -> None:
        """The digits of a scan were taken for text."""
        if self._digits:
            self._query = self._query[: -self._digits]
            self._digits = 0
            self._ask()

    def _scan(self, line: str) -> None:
        super()._scan(line.lstrip(ascii_letters + " ") or line)

    def chosen(self, place: int) -> None:
        if self._answered == self._query:  # else the row on the screen answers another question
            item = self._items[place]
            self.close(item.gtin or item.sku)

    def _ask(self) -> None:
        """Search for what stands there; one search at a time, the newest text next."""
        if self._is_asking:
            return
        self._is_asking = True
        self.spawn(self._search(), "search")

    async def _search(self) -> None:
        try:
            while self._answered != self._query:
                query = self._query
                found = await self.till.search(query.strip()) if query.strip() else ()
                self._items, self._answered, self.marked = found, query, 0
        finally:
            self._is_asking = False
