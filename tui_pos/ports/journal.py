"""The durable, append-only record."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written.

    Attributes:
        kind: what happened, snake_case, past tense or `..._intended`.
        body: JSON-ready; ids, amounts, states and error classes. Never a token, a full URL, a name or an address.
        attempt: the attempt's state after this entry, for the index that allows one unresolved
            attempt per sale.
        closes_sale: whether the sale needs nothing more after a restart.
    """

    kind: str
    body: Mapping[str, Any] = field(default_factory=dict)
    sale_id: str = ""
    attempt: AttemptIndex | None = None
    closes_sale: bool = False


@dataclass(frozen=True, slots=True)
class AttemptIndex:
    """What the journal must be able to find and to forbid about an attempt."""

    attempt_id: str
    state: str
    is_resolved: bool
    payment_id: str = ""
    terminal_id: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it stands in the journal."""

    seq: int
    at: datetime
    kind: str
    sale_id: str
    attempt_id: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the hash chain; number 0 is before the first row."""

    seq: int
    hash: str


class Journal(Protocol):
    """Append-only. Entries become durable in the order in which they were handed over."""

    def append(self, *entries: Entry) -> Awaitable[int]:
        """Write entries as one unit; awaiting it returns the last number once they are durable.

        The order is taken when this is called, not when it is awaited; what is never awaited is
        written all the same.

        Raises:
            JournalError: it is not durable, and nothing that needs it may be done.
            InvalidTransition: a second unresolved attempt for the same sale.
        """
        ...

    async def open_sales(self) -> Sequence[str]:
        """Ids of the sales that are not closed, oldest first."""
        ...

    async def rows(self, sale_id: str) -> Sequence[Row]:
        """All rows of a sale, in order."""
        ...

    async def watched(self) -> Sequence[str]:
        """Ids of the sales with an attempt that was given up less than 24 hours ago."""
        ...

    async def close(self) -> None:
        """Write what was handed over, then let go of the file."""
        ...


@runtime_checkable
class DayJournal(Journal, Protocol):
    """What the close of a day needs besides."""

    async def sales_after(self, seq: int) -> Sequence[str]:
        """Ids of the sales with a row after that number, oldest first."""
        ...

    async def link(self, seq: int | None = None) -> Link:
        """A row's place in the chain; the newest one's, the head, if no number is given.

        Raises:
            JournalError: there is no such row.
        """
        ...

    async def verify(self) -> object | None:
        """The first place where the chain breaks, as text; None when it is whole."""
        ...
