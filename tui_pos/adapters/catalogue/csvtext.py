"""CSV as shops have it: which encoding, which separator, which column is which."""

from __future__ import annotations

import codecs
import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from tui_pos.adapters.catalogue.store import CatalogueError

_CHUNK = 1 << 20
_FIELD = 10_000
_KNOWN = ("sku", "gtin", "name", "price", "vat")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each value stands in a row; -1 for a column that is not there."""

    sku: int
    gtin: int
    name: int
    price: int
    vat: int
    width: int

    @property
    def last(self) -> int:
        """The last place that is needed: what follows may be missing."""
        return max(self.sku, self.gtin, self.name, self.price, self.vat)


class Source:
    """A price list, opened; read row by row."""

    def __init__(self, source: Path | IO[bytes]) -> None:
        """Find out how it is written.

        Raises:
            CatalogueError: it has no heading with the columns that are needed.
            OSError: it cannot be read.
        """
        self._name = str(source) if isinstance(source, Path) else "the price list"
        self._is_ours = True
        if isinstance(source, Path):
            self._file: IO[bytes] = source.open("rb")
        elif source.seekable():
            self._file, self._is_ours = source, False
        else:
            self._file = tempfile.TemporaryFile()
            shutil.copyfileobj(source, self._file, _CHUNK)
            self._file.seek(0)
        try:
            self._start = self._file.tell()
            encoding = self._encoding()
            # Bytes that Windows-1252 leaves open become a mark instead of an end.
            self._text = io.TextIOWrapper(self._file, encoding, errors="replace", newline="")
            self.columns, self._separator = self._heading()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._is_ours:
            self._file.close()
        elif hasattr(self, "_text"):
            self._text.detach()  # the file is the caller's

    def _encoding(self) -> str:
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := self._file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
        finally:
            self._file.seek(self._start)
        return "utf-8-sig"

    def _heading(self) -> tuple[Columns, str]:
        line = self._text.readline(_FIELD)
        separator = max(",;\t", key=line.count)
        names = [
            name.strip().casefold() for name in next(csv.reader([line], delimiter=separator), [])
        ]
        for name in ("sku", "name"):
            if name not in names:
                raise CatalogueError(
                    f'{self._name} has no column "{name}" in its first line',
                    advice=f"The first line names the columns: {', '.join(_KNOWN)}.",
                )
        places = {name: names.index(name) if name in names else -1 for name in _KNOWN}
        twice = [name for name in _KNOWN if names.count(name) > 1]
        if twice:
            raise CatalogueError(f'{self._name} has the column "{twice[0]}" twice')
        return Columns(**places, width=len(names)), separator

    def rows(self) -> Iterator[tuple[int, list[str] | str]]:
        """Line number and fields of each row; instead of the fields a reason, when it cannot be read."""
        # A quote that is never closed must not swallow the rest of the file.
        limit = csv.field_size_limit(_FIELD)
        try:
            reader = csv.reader(self._text, delimiter=self._separator)
            while True:
                line = reader.line_num + 2
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield line, f"not CSV: {error}"
                    continue
                if row and (len(row) > 1 or row[0].strip()):
                    yield line, row
        finally:
            csv.field_size_limit(limit)
