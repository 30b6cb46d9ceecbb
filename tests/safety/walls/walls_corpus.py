"""The escape corpus: that of the text wall and its combinations, in pieces that fit the fields of a till."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "unit"))

from corpus import CORPUS, harm, most_marks

__all__ = ["FULL", "STRINGS", "harm", "most_marks", "packed"]

FULL = bool(os.environ.get("TUI_POS_WALLS_FULL"))

_ENDS = {"7": "\x1b\\", "8": "\x9c", "bell": "\x07", "none": "", "cancel": "\x18"}
_OPENERS = {
    "OSC": ("\x1b]", "\x9d"),
    "DCS": ("\x1bP", "\x90"),
    "APC": ("\x1b_", "\x9f"),
    "PM": ("\x1b^", "\x9e"),
    "SOS": ("\x1bX", "\x98"),
}
_BODIES = {
    "OSC": (
        "0;x",
        "1;x",
        "2;x",
        "8;id=1;http://x",
        "52;c;eA==",
        "52;c;?",
        "777;x",
        "12;?",
        "1337;x",
    ),
    "DCS": ("+q544e", "$qr", "1$r", "q#1~", "tmux;\x1b\x1b[2J"),
    "APC": ("Gi=1,a=q;AA", "Ga=d", "x"),
    "PM": ("x", "\x1b[2J"),
    "SOS": ("x", "\x9b2J"),
}
_REPORTS = ("c", ">c", "=c", "5n", "6n", "?6n", "?26n", ">q", "14t", "18t", "21t", "?2026$p", "?u")
_MODES = ("?1000h", "?1002h", "?1003h", "?1006h", "?2004l", "?25l", "?1049l", "?7l", "4h", "?47h")
_MOVES = ("999;999H", "2J", "3J", "1049;1049r", "5S", "8;1;1t", "10;10f", "777X", "38;5;9m", "8m")


def _more() -> Iterator[str]:
    for name, bodies in _BODIES.items():
        for opener, body, end in product(_OPENERS[name], bodies, _ENDS.values()):
            yield f"{opener}{body}{end}"
    for introducer, rest in product(("\x1b[", "\x9b"), (*_REPORTS, *_MODES, *_MOVES)):
        yield f"A{introducer}{rest}B"
    for opener in (
        "\x1b",
        "\x1b\x1b",
        "\x1b\x18",
        "\x1b\x1a",
        "\x9b\x9b",
        "\x1b[\x1b[",
        "\x1b[2\x1b",
    ):
        yield f"{opener}[2J"
    for mark in "\u202e\u2066\u200b\ufeff\U000e0041":
        yield f"\x1b{mark}[2J"
        yield f"[{mark}/]"
    for width in (37, 38, 39, 77, 78, 79):
        yield "x" * width + "コーヒー"
        yield "x" * width + "e" + "\u0301" * 20
        yield "x" * width + "\x1b[2J"


_LONG = 20_000  # a megabyte is the text wall's own test
STRINGS: list[str] = list(dict.fromkeys([*(text[:_LONG] for _, text in CORPUS), *_more()]))


def packed(limit: int) -> list[str]:
    """The corpus in texts of at most so many characters, several strings in each; long ones are cut."""
    texts: list[str] = []
    current = ""
    for string in STRINGS:
        string = string[:limit]
        if not string.strip():
            string = f"<{string[: limit - 2]}>"
        if current and len(current) + 1 + len(string) > limit:
            texts.append(current)
            current = ""
        current = f"{current}|{string}" if current else string
    texts.append(current)
    return texts
