"""Text from outside: one wall between what others send and what a screen, a printer or a file sees."""

from __future__ import annotations

import re
import unicodedata

MARK = "\N{REPLACEMENT CHARACTER}"
# Letters by category, but blank in every font: a name could be made of nothing, or be two names.
BLANK = frozenset("\u3164\u115f\u1160\uffa0\u2800\u034f")
# Persian, the Indic scripts and composed emoji are spelt with joiners; Latin is not.
_JOINERS = frozenset("\u200c\u200d")
_JOINED = frozenset(("Lo", "So", "Sk"))
_MAX_MARKS = 4


def clean(text: str, *, limit: int = 200) -> str:
    """One line of harmless text: no control, no reordering, no invisible character, bounded length.

    Args:
        text: anything that came from a server, a file, a scanner or a paste.
        limit: the most characters to keep; a longer text ends in an ellipsis.

    Returns:
        The text in NFC. White space of any kind is one space; a control character, a lone surrogate
        or a private-use character is shown as U+FFFD; format characters (direction, zero width,
        tags, joiners where no script needs them) are dropped.

    Source: payment-safety.md, 5.1 TX1.
    """
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text if " " not in text else " ".join(text.split())
    kept: list[str] = []
    marks, base = 0, ""
    for char in unicodedata.normalize("NFC", text[: limit * 8]):
        category = unicodedata.category(char)
        if char in BLANK or category == "Cf" or 0xE0000 <= ord(char) <= 0xE0FFF:
            if char in _JOINERS and base in _JOINED and kept[-1] not in _JOINERS:
                kept.append(char)
            continue  # before marks are counted: what is not seen separates nothing
        if category.startswith("M"):
            marks += 1
            if marks <= _MAX_MARKS:
                kept.append(char)
            continue
        marks, base = 0, category
        if char in "\t\n\r\v\f\x85\x1c\x1d\x1e\x1f" or category.startswith("Z"):
            kept.append(" ")
        else:
            kept.append(MARK if category in ("Cc", "Cs", "Co", "Cn") else char)
    result = unicodedata.normalize("NFC", " ".join("".join(kept).split()))
    return result if len(result) <= limit else result[: limit - 1].rstrip() + "…"


_RESERVED = re.compile(r"CON|PRN|AUX|NUL|(COM|LPT)\d")


def file_name(text: str, *, fallback: str) -> str:
    """A name for a file made from foreign text: letters, digits, dash and underscore only."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in text[:80])
    kept = kept.strip("-")
    reserved = _RESERVED.fullmatch(kept.upper()) is not None
    return fallback if not kept or reserved else kept


def cells(text: str) -> int:
    """How many columns of equal width a clean text takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.category(char)[0] in "MC" for char in text)


def cut(text: str, limit: int) -> str:
    """A clean text in at most so many columns; a longer one ends in an ellipsis."""
    if cells(text) <= limit:
        return text
    while text and cells(text) > limit - 1:
        text = text[:-1]
    return f"{text}…" if limit > 0 else ""
