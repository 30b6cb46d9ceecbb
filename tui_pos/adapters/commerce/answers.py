"""What an answer says: strict JSON, and which kind of error a refusal is.

An answer counts as a refusal only if its body is an error in the vendor's own words. A proxy, a captive
portal or a broken gateway may answer anything after the server has acted.

Source: payment-safety.md, 2.1, 3.3 (F4 to F9), 5.2 NW6.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tui_pos.domain.errors import (
    BackendError,
    Conflict,
    Malformed,
    MaybeDone,
    NotAllowed,
    NotFound,
    NotSent,
    RateLimited,
    Refused,
)
from tui_pos.domain.text import clean

MAX_DEPTH = 64
_WORDS = 160


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: the body is complete, decoded and within its limit."""

    status: int
    body: bytes
    retry_after_s: float | None = None
    location: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


# The path of an address, too, may be a secret: who has a START's can start the payment.
_PATH = re.compile(r"\S*/\S*/\S*")


def words(text: object) -> str:
    """A server's message as a short calm phrase; "" if it is markup, an address or nothing readable."""
    if not isinstance(text, str):
        return ""
    phrase = _PATH.sub("…", clean(text, limit=_WORDS))
    return "" if "<" in phrase or "://" in phrase else phrase.rstrip(". ")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key appears twice")
    return result


def _decimal(text: str) -> Decimal:
    if not math.isfinite(float(text)):
        raise ValueError("a number without end")
    return Decimal(text)


def _constant(text: str) -> Any:
    raise ValueError("not a number")


def _is_too_deep(value: Any) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


# An order of ten thousand lines has fewer; each part takes a hundred times its text in memory.
_MOST_PARTS = 250_000


def strict_json(body: bytes) -> Any:
    """JSON without duplicate keys, endless numbers, deep nesting or millions of parts; fractions become `Decimal`.

    Raises:
        Malformed: it is anything else.
    """
    if body.count(b",") + body.count(b"[") + body.count(b"{") > _MOST_PARTS:
        raise Malformed("its answer has too many parts")
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_float=_decimal,
            parse_constant=_constant,
        )
        is_nested = isinstance(value, (dict, list))
        if not (is_nested and _is_too_deep(value)):
            return value
        problem = "its answer is nested too deep"
    except (ValueError, ArithmeticError):
        problem = "its answer is not readable"
    except RecursionError:
        problem = "its answer is nested too deep"
    raise Malformed(problem)


def refusal(
    status: int, message: object, *, field: str = "", retry_after_s: float | None = None
) -> BackendError:
    """The error for a proper error body under an HTTP status (or a code of the same meaning).

    Source: payment-safety.md, 3.3: F4 (4xx), F4b (409, 423), F5 (429), F6 and F7 (5xx, 408), F22 (3xx).
    """
    detail, code = words(message), str(status)
    if status in (401, 403):
        return NotAllowed(detail, code=code)
    if status == 404:
        return NotFound(detail, code=code)
    if status in (409, 423):
        return Conflict(detail, code=code)
    if status == 429:
        return RateLimited(detail, code=code, retry_after_s=retry_after_s or 1.0)
    if 400 <= status < 500 and status != 408:
        return Refused(detail, code=code, field=clean(field, limit=60))
    return MaybeDone(unproven(status))


def unproven(status: int) -> str:
    """Why an answer with this status proves nothing, in a few words."""
    if 300 <= status < 400:
        return "it pointed elsewhere instead of answering"
    return f"it answered with error {status}"


def trouble(error: BackendError) -> str:
    """A lasting condition behind an error, for the status bar; "" for a plain no."""
    match error:
        case NotSent():
            return "offline"
        case Malformed():
            return "unreadable answers"
        case MaybeDone():
            return "no answer"
        case NotAllowed():
            return "token refused"
        case RateLimited():
            return "asked to slow down"
        case _:
            return ""
