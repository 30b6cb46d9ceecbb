"""A price list becomes the catalogue, while the till goes on selling from the old one."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tui_pos.adapters.catalogue.csvtext import Columns, Source
from tui_pos.adapters.catalogue.store import CatalogueError, building, create, finish, swap
from tui_pos.domain.barcode import check_digit, gtin13, is_gtin
from tui_pos.domain.money import exponent
from tui_pos.domain.text import clean

_BATCH = 2_000
_BAD_KEPT = 1_000
_INSERT = """
INSERT INTO products (sku, gtin, name, price_minor, currency, vat) VALUES (?, ?, ?, ?, ?, ?)
"""

Product = tuple[str, str, str, "int | None", str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did.

    Attributes:
        rows: rows in the file, without the heading and empty lines.
        imported: products in the new catalogue.
        bad: the rows that were left out; the first thousand of them.
        seconds: how long it took.
    """

    rows: int
    imported: int
    bad: tuple[BadRow, ...]
    seconds: float

    @property
    def bad_count(self) -> int:
        return self.rows - self.imported


def import_csv(
    source: Path | IO[bytes],
    catalogue: Path,
    currency: str,
    *,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Make a new catalogue of a price list, and put it in the place of the old one. Blocks.

    Args:
        source: CSV with a heading that names `sku`, `name` and any of `gtin`, `price`, `vat`, in any
            order; UTF-8 or Windows-1252; separated by comma, semicolon or tab; prices with a decimal
            point, tax included, empty when not known.
        catalogue: where the till looks for it.
        currency: of all prices.
        progress: called now and then with the number of rows read.

    Raises:
        CatalogueError: it cannot be read or written at all; the old catalogue stays.
    """
    started = time.perf_counter()
    try:
        with (
            Source(source) as text,
            building(catalogue) as data,
            contextlib.closing(create(data)) as connection,
        ):
            loader = _Loader(connection, text.columns, currency, progress)
            loader.load(text.rows())
            finish(connection, data)
            swap(catalogue, data)
    except (OSError, sqlite3.Error) as error:
        raise CatalogueError(f"{catalogue}: {error}") from None
    seconds = time.perf_counter() - started
    bad = tuple(sorted(loader.bad, key=lambda row: row.line))
    return Summary(loader.rows, loader.imported, bad, seconds)


class _Loader:
    def __init__(
        self,
        connection: sqlite3.Connection,
        columns: Columns,
        currency: str,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._connection = connection
        self._columns = columns
        self._currency = currency
        self._digits = exponent(currency)
        self._progress = progress
        self.rows = 0
        self.imported = 0
        self.bad: list[BadRow] = []

    def load(self, rows: Iterator[tuple[int, list[str] | str]]) -> None:
        batch: list[Product] = []
        lines: list[int] = []
        self._connection.execute("BEGIN")
        for line, row in rows:
            self.rows += 1
            try:
                if isinstance(row, str):
                    raise ValueError(row)
                batch.append(self._product(row))
            except ValueError as error:
                self._refuse(line, str(error))
                continue
            lines.append(line)
            if len(batch) == _BATCH:
                self._put(batch, lines)
                batch, lines = [], []
        self._put(batch, lines)
        self._connection.execute("COMMIT")

    def _refuse(self, line: int, reason: str) -> None:
        if len(self.bad) < _BAD_KEPT:
            self.bad.append(BadRow(line, reason))

    def _put(self, batch: list[Product], lines: list[int]) -> None:
        """Insert a batch at once; only where a code occurs twice, row by row."""
        connection = self._connection
        done = 0
        while done < len(batch):
            before = connection.total_changes
            try:
                connection.executemany(_INSERT, batch[done:])
                done = len(batch)
            except sqlite3.IntegrityError as error:
                # Only the refused row is undone: what came before it is in.
                done += connection.total_changes - before
                what = "gtin" if "gtin" in str(error) else "sku"
                self._refuse(lines[done], f"{what}: occurs twice")
                self.imported -= 1
                done += 1
        self.imported += len(batch)
        if self._progress is not None:
            self._progress(self.rows)

    def _product(self, row: list[str]) -> Product:
        columns = self._columns
        if len(row) <= columns.last:
            raise ValueError(f"has {len(row)} fields, not {columns.width}")
        sku = row[columns.sku].strip()
        if not sku:
            raise ValueError("sku: is missing")
        if clean(sku, limit=64) != sku:
            raise ValueError("sku: not a plain code of at most 64 characters")
        name = clean(row[columns.name])
        if not name:
            raise ValueError("name: is missing")
        gtin = row[columns.gtin].strip() if columns.gtin >= 0 else ""
        if gtin:
            if not is_gtin(gtin):
                raise ValueError(f"gtin: {_why_no_gtin(gtin)}")
            if len(gtin) != 13:
                gtin = gtin13(gtin)
        price = row[columns.price].strip() if columns.price >= 0 else ""
        vat = clean(row[columns.vat], limit=40) if columns.vat >= 0 else ""
        minor = _minor(price, self._digits, self._currency) if price else None
        return sku, gtin, name, minor, self._currency, vat


def _minor(price: str, digits: int, currency: str) -> int:
    """Minor units of a plain decimal number."""
    whole, point, fraction = price.partition(".")
    if (
        not (whole + fraction).isdigit()
        or not price.isascii()
        or (point and not fraction)
        or not whole
    ):
        if price.startswith("-"):
            raise ValueError("price: is negative")
        raise ValueError("price: not a number with a decimal point, such as 2.49")
    if len(fraction) > digits:
        if fraction[digits:].strip("0"):
            raise ValueError(f"price: {currency} has {digits} decimals")
        fraction = fraction[:digits]
    if len(whole) > 12:
        raise ValueError("price: too large")
    return int(whole + fraction.ljust(digits, "0"))


def _why_no_gtin(gtin: str) -> str:
    if not gtin.isascii() or not gtin.isdigit():
        return "has other characters than digits"
    if len(gtin) not in (8, 12, 13, 14):
        return f"has {len(gtin)} digits, not 8, 12, 13 or 14"
    return f"the check digit is wrong (should be {check_digit(gtin[:-1])})"
