"""What a program wrote to its terminal, taken apart: its own sequences, and everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from walls_corpus import harm, most_marks

_TOKEN = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # a control sequence
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # a string that a terminal swallows
    r"|\x1b[ -/]*[0-~]?"  # any other escape
    r"|[\x00-\x1f\x7f-\x9f]"  # a control character
    r"|[^\x00-\x1f\x7f-\x9f]+"  # text
)
_PLACE = re.compile(r"\x1b\[(\d+);(\d+)H")
# A look of the till names both colours, or is the plain one.
_LOOK = re.compile(r"\x1b\[(?:0?|(?:0;)?(?:[1-9];)*38;(?:5;\d+|2;[\d;]+);48;(?:5;\d+|2;[\d;]+))m")
# What the till and the library under it say of themselves: alternate screen, cursor, focus, paste,
# synchronized frames and their query, and keys.
OWN = {
    "\x1b[?1049h",
    "\x1b[?1049l",
    "\x1b[?25l",
    "\x1b[?25h",
    "\x1b[?1004h",
    "\x1b[?1004l",
    "\x1b[?2004h",
    "\x1b[?2004l",
    "\x1b[?2026$p",
    "\x1b[?2026h",
    "\x1b[?2026l",
    "\x1b[?2048$p",
    "\x1b[?2048h",
    "\x1b[?2048l",
    "\x1b[?7h",
    "\x1b[?7l",
    "\x1b[>1u",
    "\x1b[<u",
    "\x1b[H",
    "\x1b[2J",
    "\x1b]22;default\x07",  # the shape of a mouse pointer
}
ONCE = ("\x1b[?1049h", "\x1b[?1049l")


@dataclass
class Found:
    """What is in an output.

    Attributes:
        foreign: tokens that are neither text nor the program's own.
        text: all text, in order.
        own: how often each of the program's own sequences came.
    """

    foreign: list[str] = field(default_factory=list)
    text: str = ""
    own: dict[str, int] = field(default_factory=dict)


def take_apart(data: bytes, *, columns: int, rows: int) -> Found:
    """The output of a till whose screen has this size."""
    found = Found()
    parts: list[str] = []
    before = ""
    for token in _TOKEN.findall(data.decode("utf-8")):
        if (place := _PLACE.fullmatch(token)) is not None:
            if int(place[1]) > rows or int(place[2]) > columns:
                found.foreign.append(token)
        elif token in OWN:
            found.own[token] = found.own.get(token, 0) + 1
        elif token in "\r\n" or _LOOK.fullmatch(token):
            pass
        elif token == "\x07":  # the bell of an alarm stands between frames, never beside text
            if before and not before.startswith("\x1b["):
                found.foreign.append(f"BEL after {before!r}")
        elif ord(token[0]) < 0x20 or 0x7F <= ord(token[0]) < 0xA0:
            found.foreign.append(token)
        else:
            parts.append(token)
        before = token
    found.text = "\n".join(parts)
    return found


BLANK = {"U+3164", "U+115F", "U+1160", "U+FFA0", "U+2800", "U+034F"}  # letters that show nothing


def is_harmless(found: Found, *, is_typed: bool = False) -> None:
    """Nothing in the output obeys anybody but the program; what was typed may show nothing."""
    assert found.foreign == [], found.foreign
    harmful = sorted(set(harm(found.text.replace("\n", ""))) - (BLANK if is_typed else set()))
    assert harmful == [], harmful
    assert most_marks(found.text) <= 4
    for sequence in ONCE:
        assert found.own.get(sequence, 0) <= 1, sequence
