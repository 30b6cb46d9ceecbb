"""What the backend said, written beside the selling."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from tui_pos.adapters.catalogue.store import (
    CatalogueError,
    building,
    connect,
    create,
    finish,
    identity,
    swap,
)
from tui_pos.domain.barcode import gtin13, is_gtin
from tui_pos.domain.text import clean
from tui_pos.ports.catalogue import Item

_BATCH = 200
# A barcode that moved to another product is that product's from now on.
_FREE_GTIN = "UPDATE products SET gtin = '' WHERE gtin = ? AND gtin <> '' AND sku <> ?"
# What is not known now does not make forget what was known; what did not change is not written.
_PUT = """
INSERT INTO products (sku, gtin, name, price_minor, currency, vat) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (sku) DO UPDATE SET
    gtin = iif(excluded.gtin = '', gtin, excluded.gtin),
    name = excluded.name,
    price_minor = coalesce(excluded.price_minor, price_minor),
    currency = iif(excluded.price_minor IS NULL, currency, excluded.currency),
    vat = iif(excluded.vat = '', vat, excluded.vat)
WHERE name <> excluded.name
    OR (excluded.gtin <> '' AND gtin <> excluded.gtin)
    OR (excluded.vat <> '' AND vat <> excluded.vat)
    OR (excluded.price_minor IS NOT NULL
        AND (price_minor IS NOT excluded.price_minor OR currency <> excluded.currency))
"""


class Learner:
    """A thread that starts with the first thing to learn."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[tuple[Item, ...] | threading.Event | None] = (
            queue.SimpleQueue()
        )
        self._thread: threading.Thread | None = None
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self.trouble = ""

    def put(self, items: tuple[Item, ...]) -> None:
        if not items:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="catalogue", daemon=True)
            self._thread.start()
        self._queue.put(items)

    def flush(self) -> None:
        if self._thread is not None:
            done = threading.Event()
            self._queue.put(done)
            done.wait()

    def close(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            if isinstance(work, threading.Event):
                work.set()
                continue
            for n in range(0, len(work), _BATCH):
                self._write(work[n : n + _BATCH])
        self._disconnect()

    def _write(self, items: Sequence[Item]) -> None:
        try:
            connection = self._connect()
            connection.execute("BEGIN IMMEDIATE")
            try:
                for item in items:
                    _put(connection, item)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except CatalogueError as error:
            self.trouble = error.detail
        except (OSError, sqlite3.Error, UnicodeError) as error:
            self.trouble = f"{self._path}: {error}"
        else:
            self.trouble = ""

    def _connect(self) -> sqlite3.Connection:
        now = identity(self._path)
        if now is None:
            self._disconnect()
            _create_empty(self._path)
            now = identity(self._path)
        if self._connection is None or now != self._identity:
            self._disconnect()
            self._connection = connect(self._path, writing=True)
            self._identity = now
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _create_empty(path: Path) -> None:
    with building(path) as data, contextlib.closing(create(data)) as connection:
        finish(connection, data)
        swap(path, data)


def _put(connection: sqlite3.Connection, item: Item) -> None:
    sku, name = item.sku.strip(), clean(item.name)
    if not sku or clean(sku, limit=64) != sku or not name:
        return  # it could not be typed, shown or told apart
    gtin = gtin13(item.gtin) if is_gtin(item.gtin) else ""
    price: tuple[int | None, str] = (None, "")
    if item.price is not None:
        price = (item.price.minor, item.price.currency)
    if gtin:
        connection.execute(_FREE_GTIN, (gtin, sku))
    connection.execute(_PUT, (sku, gtin, name, *price, item.vat))
