"""The hash chain: a changed, removed or inserted row shows, and where.

It shows tampering, it does not prevent it: the newest hash, printed at the end of the day, is the
other half.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class BadPlace:
    """Where the chain breaks."""

    seq: int
    reason: str

    def __str__(self) -> str:
        return f"row {self.seq}: {self.reason}"


def digest(prev_hash: str, row: list[Any]) -> str:
    """The hash of a row, `[seq, till, boot_id, at, boot_s, cashier, sale_id, attempt_id, kind, body]`."""
    return sha256((prev_hash + _encode(row)).encode("ascii")).hexdigest()


def lenient(text: bytes) -> str:
    """Damaged text, readable; its hash does not match."""
    return text.decode("utf-8", "replace")


def first_bad(
    rows: Iterable[tuple[Any, ...]], *, seq: int = 0, head: str = GENESIS
) -> BadPlace | None:
    """The first row that does not continue the chain.

    Args:
        rows: whole rows in order, `prev_hash` and `hash` last.
        seq: the number before the first row.
        head: the hash before the first row.
    """
    for row in rows:
        seq += 1
        if row[0] != seq:
            return BadPlace(seq, f"missing (the next one is {row[0]})")
        if row[10] != head:
            return BadPlace(seq, "does not follow the row before it")
        head = digest(head, list(row[:10]))
        if row[11] != head:
            return BadPlace(seq, "was changed after it was written")
    return None
