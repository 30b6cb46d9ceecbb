"""What may stand in a journal row. Whatever is written there stays, so the wall is here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_SECRET_WORDS = frozenset(("token", "authorization", "secret", "password", "url"))
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
# Letters next to the digits make it an id or a hash; those must never be refused by chance.
_CARD = re.compile(
    r"(?<![0-9A-Za-z])\d{13,19}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z-])\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?![0-9A-Za-z])"
)
# A barcode has 13 or 14 digits and one in ten passes Luhn, and so do the backend's numeric ids. A scan
# or a payment must not be lost to that; a card number has no way into these fields.
_CODES = frozenset(("code", "sku", "gtin", "id", "ids"))

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, sort_keys=True).encode


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of a payment card number."""
    total = sum(map(int, digits[-1::-2]))
    return (total + sum(sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])) % 10 == 0


def to_text(body: Mapping[str, Any]) -> str:
    """The body as JSON text.

    Raises:
        ValueError: it holds what a journal must not: a bug of the caller.
    """
    if not body:
        return "{}"
    _check(body, is_code=False)
    try:
        return _encode(body if type(body) is dict else dict(body))
    except TypeError as error:
        raise ValueError(f"a journal body is JSON: {error}") from None


def _check(value: Any, *, is_code: bool) -> None:
    if isinstance(value, str):
        if "://" in value:
            raise ValueError("a journal body holds no addresses of services")
        if not is_code and len(value) >= 13 and has_card_number(value):
            raise ValueError("a journal body holds no card numbers")
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if not isinstance(key, str):
                raise ValueError("keys of a journal body are text")
            last = _last_word(key)
            if last in _SECRET_WORDS:
                raise ValueError(f"a journal body holds no {last}: {key}")
            _check(part, is_code=last in _CODES)
    elif isinstance(value, list | tuple):
        for part in value:
            _check(part, is_code=is_code)


def _last_word(key: str) -> str:
    words = _WORDS.findall(key)
    word = words[-1].lower() if words else ""
    return word[:-1] if word.endswith("s") and word[:-1] in _SECRET_WORDS else word


def has_card_number(text: str) -> bool:
    """Whether 13 to 19 digits stand alone in a text and could be a card number."""
    return any(luhn(re.sub(r"\D", "", match.group())) for match in _CARD.finditer(text))
