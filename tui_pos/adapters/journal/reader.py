"""Reading a journal, beside whoever writes it."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tui_pos.adapters.journal.chain import GENESIS, BadPlace, first_bad, lenient
from tui_pos.adapters.journal.sql import queries
from tui_pos.domain.errors import JournalError
from tui_pos.ports.journal import AttemptIndex, Link, Row

WATCH = timedelta(hours=24)
_COLUMNS = "seq till boot_id at boot_s cashier sale_id attempt_id kind body prev_hash hash".split()


class Damaged(JournalError):
    """A journal cannot be read, or not all of it."""

    title = "The journal cannot be read"
    advice = "Nothing was changed. `tui-pos journal verify` names the place."


class JournalReader:
    """Blocking look-ups on a connection of their own that cannot write. Any thread may call them.

    Needs no lock on the till: `tui-pos journal` works while the till runs.
    """

    def __init__(self, path: Path) -> None:
        """Open a journal that exists.

        Raises:
            JournalError: there is none, or it cannot be read.
        """
        self._path = path
        self._mutex = threading.Lock()
        try:
            self._connection = read_only(path)
        except sqlite3.Error as error:
            raise Damaged(f"{path}: {error}") from None

    def close(self) -> None:
        with self._mutex:
            self._connection.close()

    def _all(self, name: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._mutex:
            try:
                return self._connection.execute(queries()[name], values).fetchall()
            except sqlite3.Error as error:
                raise Damaged(f"{self._path}: {error}") from None

    def till_id(self) -> str:
        """Whose journal this is."""
        found = self._all("get_meta", "till")
        return str(found[0][0]) if found else ""

    def open_sales(self) -> list[str]:
        """Ids of the sales that are not closed, oldest first."""
        return [sale_id for (sale_id,) in self._all("open_sales")]

    def recent_sales(self, limit: int = 50) -> list[tuple[str, bool]]:
        """Ids of the newest sales, newest first, and whether each is closed."""
        found = self._all("recent_sales", limit)
        return [(sale_id, closed is not None) for sale_id, _, closed in found]

    def rows(self, sale_id: str) -> list[Row]:
        """All rows of a sale, in order."""
        return [
            Row(seq, self._time(seq, at), kind, sale, attempt, self._body(seq, body))
            for seq, at, kind, sale, attempt, body in self._all("rows", sale_id)
        ]

    def _body(self, seq: int, text: str | bytes) -> dict[str, Any]:
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Damaged(f"{self._path}: row {seq} is damaged")
        return body

    def _time(self, seq: int, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except (TypeError, ValueError):
            raise Damaged(f"{self._path}: row {seq} is damaged") from None

    def attempts(self, sale_id: str) -> list[AttemptIndex]:
        """The payment attempts of a sale, as they stand."""
        return [
            AttemptIndex(attempt, state, bool(is_resolved), payment, terminal)
            for attempt, _, payment, terminal, state, is_resolved, _ in self._all(
                "attempts", sale_id
            )
        ]

    def watched(self, now: datetime) -> list[str]:
        """Ids of the sales with an attempt that was given up less than 24 hours ago."""
        return [sale_id for (sale_id,) in self._all("watched", stamp(now - WATCH))]

    def sales_after(self, seq: int) -> list[str]:
        """Ids of the sales with a row after that number, oldest first."""
        return [sale_id for (sale_id,) in self._all("sales_after", seq)]

    def link(self, seq: int | None = None) -> Link:
        """A row's place in the chain; the newest one's if no number is given."""
        found = self._all("head") if seq is None else self._all("link", seq)
        if found:
            return Link(*found[0])
        if seq:
            raise Damaged(f"{self._path}: row {seq} is not there")
        return Link(0, GENESIS)

    def verify(self) -> BadPlace | None:
        """The first place where the chain breaks; None when it is whole."""
        try:
            return first_bad(self._stream())
        except sqlite3.Error as error:
            raise Damaged(f"{self._path}: {error}") from None

    def export(self) -> Iterator[dict[str, Any]]:
        """Every row as it was written, hashes included."""
        try:
            for row in self._stream():
                named = dict(zip(_COLUMNS, row, strict=True))
                yield named | {"body": self._body(row[0], row[9])}
        except sqlite3.Error as error:
            raise Damaged(f"{self._path}: {error}") from None

    def _stream(self) -> Iterator[tuple[Any, ...]]:
        connection = read_only(self._path)  # a long read must not hold up the short ones
        connection.text_factory = lenient
        try:
            yield from connection.execute(queries()["chain"])
        finally:
            connection.close()

    def damage(self) -> str:
        """What SQLite itself finds wrong with the file; "" for nothing."""
        try:
            connection = read_only(self._path)
            try:
                found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
            finally:
                connection.close()
        except sqlite3.Error as error:
            found = [str(error)]
        return "" if found == ["ok"] else "; ".join(" ".join(text.split()) for text in found)


def stamp(at: datetime) -> str:
    """Wall time in the one form that sorts as text."""
    return at.isoformat(timespec="microseconds")


def read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro",
        uri=True,
        timeout=5,
        isolation_level=None,
        check_same_thread=False,
    )
