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
_ADDRESS = re.compile(r"\S*://\S*")
# A barcode has 13 or 14 digits and one in ten passes Luhn, and so do the backend's numeric ids; a QR code may be
# an address. A scan or a payment must not be changed for that; a card number has no way into these fields.
_CODES = frozenset(("code", "sku", "gtin", "id", "ids", "key", "hash", "fingerprint"))
_MASKED = "[masked]"

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, sort_keys=True).encode


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of a payment card number."""
    total = sum(map(int, digits[-1::-2]))
    return (total + sum(sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])) % 10 == 0


def to_text(body: Mapping[str, Any]) -> str:
    """The body as JSON text. Addresses and card numbers in it are masked: a result is never lost to its words.

    Raises:
        ValueError: it is not JSON, or a key names a secret: a bug of the caller.
    """
    if not body:
        return "{}"
    try:
        return _encode(_walled(body, is_code=False))
    except TypeError as error:
        raise ValueError(f"a journal body is JSON: {error}") from None


def _walled(value: Any, *, is_code: bool) -> Any:
    if isinstance(value, str):
        return value if is_code else _masked(value)
    if isinstance(value, Mapping):
        parts: dict[str, Any] = {}
        for key, part in value.items():
            if not isinstance(key, str):
                raise ValueError("keys of a journal body are text")
            last = _last_word(key)
            if last in _SECRET_WORDS:
                raise ValueError(f"a journal body holds no {last}: {key}")
            parts[key] = _walled(part, is_code=last in _CODES)
        return parts
    if isinstance(value, list | tuple):
        return [_walled(part, is_code=is_code) for part in value]
    return value


def _masked(text: str) -> str:
    if "://" in text:
        text = _ADDRESS.sub(_MASKED, text)
    if len(text) >= 13 and has_card_number(text):
        text = _CARD.sub(_MASKED, text)
    return text


def _last_word(key: str) -> str:
    words = _WORDS.findall(key)
    word = words[-1].lower() if words else ""
    return word[:-1] if word.endswith("s") and word[:-1] in _SECRET_WORDS else word


def has_card_number(text: str) -> bool:
    """Whether 13 to 19 digits stand alone in a text and could be a card number."""
    return any(luhn(re.sub(r"\D", "", match.group())) for match in _CARD.finditer(text))
