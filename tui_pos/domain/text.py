"""Text from outside: one wall between what others send and what a screen, a printer or a file sees."""

from __future__ import annotations

import unicodedata

MARK = "\N{REPLACEMENT CHARACTER}"
_DROPPED = frozenset(
    "\u200b\u2060\ufeff\u00ad\u180e"  # invisible, no meaning in a name
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # reorder what follows
)
_MAX_MARKS = 4


def clean(text: str, *, limit: int = 200) -> str:
    """One line of harmless text: no control, no reordering, no invisible character, bounded length.

    Args:
        text: anything that came from a server, a file, a scanner or a paste.
        limit: the most characters to keep; a longer text ends in an ellipsis.

    Returns:
        The text in NFC. White space of any kind is one space; a control character, a lone surrogate
        or a private-use character is shown as U+FFFD.

    Source: payment-safety.md, 5.1 TX1.
    """
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text.strip()
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text[: limit * 8]):
        category = unicodedata.category(char)
        if category.startswith("M"):
            marks += 1
            if marks > _MAX_MARKS:
                continue
        else:
            marks = 0
        if char in _DROPPED or 0xE0000 <= ord(char) <= 0xE0FFF:
            continue
        if char in "\t\n\r\v\f\x85" or category.startswith("Z"):
            kept.append(" ")
        elif category in ("Cc", "Cs", "Co", "Cn"):
            kept.append(MARK)
        elif category == "Cf" and char not in "\u200c\u200d":
            continue
        else:
            kept.append(char)
    result = " ".join("".join(kept).split(" ")).strip()
    return result if len(result) <= limit else result[: limit - 1] + "…"


def file_name(text: str, *, fallback: str) -> str:
    """A name for a file made from foreign text: letters, digits, dash and underscore only."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in text[:80])
    kept = kept.strip("-")
    reserved = kept.upper() in {"CON", "PRN", "AUX", "NUL"}
    return fallback if not kept or reserved else kept
