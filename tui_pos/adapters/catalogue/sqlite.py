"""The catalogue in SQLite: indexed look-ups, full-text search, and a thread that learns."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tui_pos.adapters.catalogue.learning import Learner
from tui_pos.adapters.catalogue.store import CatalogueError, connect, identity
from tui_pos.domain.barcode import gtin13
from tui_pos.domain.money import Money
from tui_pos.domain.text import clean
from tui_pos.ports.catalogue import Item

_COLUMNS = "sku, name, price_minor, currency, gtin, vat"
_BY_SKU = f"SELECT {_COLUMNS} FROM products WHERE sku = ?"  # noqa: S608 - our own columns
_BY_GTIN = f"SELECT {_COLUMNS} FROM products WHERE gtin = ? AND gtin <> ''"  # noqa: S608
_SEARCH = f"""
SELECT {_COLUMNS} FROM products WHERE id IN (SELECT rowid FROM words WHERE words MATCH ? LIMIT ?)
"""  # noqa: S608
# Ranking by relevance reads every hit, which for one letter is half the shop. Of so many, the best are shown.
_CONSIDERED = 300
_WORDS = 8


class SqliteCatalogue:
    """The local product index. A file that does not exist yet is an empty catalogue."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened yet: the first screen does not wait for it.

        Args:
            path: the catalogue; filled by `import_csv` and by `learn`.
        """
        self.path = path
        self._finding = _Reading(path)
        self._searching = _Reading(path)
        self._mutex = threading.Lock()
        self._learner = Learner(path)

    @property
    def trouble(self) -> str:
        """Why the catalogue cannot be read or written; "" when it can, or when there is none."""
        return self._finding.trouble or self._learner.trouble

    def find(self, code: str) -> Item | None:
        """The item with this GTIN or SKU."""
        if code.isdigit() and (row := self._finding.first(_BY_GTIN, gtin13(code))) is not None:
            return _item(row)
        row = self._finding.first(_BY_SKU, code)
        return None if row is None else _item(row)

    async def search(self, text: str, limit: int = 50) -> Sequence[Item]:
        """Items whose name or SKU has words that begin so, best first; accents do not matter."""
        query = match_of(text)
        if not query or limit < 1:
            return []
        return await asyncio.to_thread(self._search, query, text, limit)

    def _search(self, query: str, text: str, limit: int) -> Sequence[Item]:
        with self._mutex:
            rows = self._searching.all(_SEARCH, query, max(limit, _CONSIDERED))
        start = _fold(clean(text))
        rows.sort(key=lambda row: _order(row, start))
        return [_item(row) for row in rows[:limit]]

    def learn(self, items: Iterable[Item]) -> None:
        """Remember what the backend said; written soon, on another thread."""
        self._learner.put(tuple(items))

    def flush(self) -> None:
        """Wait until what was learned is written. Blocks."""
        self._learner.flush()

    def count(self) -> int:
        row = self._finding.first("SELECT coalesce(max(id), 0) FROM products")
        return 0 if row is None else int(row[0])

    def close(self) -> None:
        """Write what was learned, then let go of the file. Blocks."""
        self._learner.close()
        with self._mutex:
            self._searching.close()
        self._finding.close()


class _Reading:
    """A connection to the data file of the moment, kept until another takes its place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self.trouble = ""

    def first(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        rows = self.all(sql, *values)
        return rows[0] if rows else None

    def all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows; none when there is no catalogue, or none that can be read: the backend is asked then."""
        now = identity(self._path)
        if now != self._identity:
            self._reopen(now)
        if self._connection is None:
            return []
        try:
            return self._connection.execute(sql, values).fetchall()
        except UnicodeEncodeError:  # half a character, which no product has
            return []
        except sqlite3.Error as error:
            self.trouble = f"{self._path}: {error}"
            return []

    def _reopen(self, now: tuple[int, int] | None) -> None:
        self.close()
        self._identity = now
        if now is None:
            return
        try:
            self._connection = connect(self._path)
        except CatalogueError as error:
            self.trouble = error.detail
            self._identity = None  # try again with the next look-up: somebody may mend it in place
        else:
            self.trouble = ""

    def close(self) -> None:
        self._identity = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def match_of(text: str) -> str:
    """What people type as a query: every word is a beginning, nothing is syntax; "" when no word is in it."""
    words = [word for word in clean(text).split() if any(c.isalnum() for c in word)][:_WORDS]
    return " ".join('"' + word.replace('"', " ") + '"*' for word in words)


def _fold(text: str) -> str:
    if not text.isascii():
        text = "".join(
            c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)
        )
    return text.casefold()


def _order(row: tuple[Any, ...], start: str) -> tuple[Any, ...]:
    sku, name = _fold(row[0]), _fold(row[1])
    return (sku != start, not name.startswith(start), name, sku)


def _item(row: tuple[Any, ...]) -> Item:
    sku, name, price_minor, currency, gtin, vat = row
    price = None if price_minor is None else Money(price_minor, currency)
    return Item(sku, name, price, gtin, vat)
