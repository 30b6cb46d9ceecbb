"""Keys as the till knows them: one printable character, or a name like `enter`, `f9`, `ctrl+u`."""

from __future__ import annotations

from collections import deque

GS = "\x1d"  # separates the fields of a GS1 code; a scanner sends it inside a code

CONTROLS = {
    "\r": "enter",
    "\n": "enter",
    "\t": "tab",
    "\x7f": "backspace",
    "\b": "backspace",
    GS: GS,
} | {chr(code): f"ctrl+{chr(code + 96)}" for code in range(1, 27) if chr(code) not in "\r\n\t\b"}

# The keypad and the main row give other names to the same characters, depending on the terminal.
NAMES = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "decimal": ".",
    "plus": "+",
    "minus": "-",
    "asterisk": "*",
    "slash": "/",
    "question_mark": "?",
    "space": " ",
    "return": "enter",
    "ctrl+j": "enter",
    "ctrl+m": "enter",
    "ctrl+i": "tab",
    "ctrl+h": "backspace",
    "ctrl+right_square_bracket": GS,
}


class Pasted(str):
    """Text that came as one bracketed paste."""

    __slots__ = ()


Strokes = deque[str]


def is_text(stroke: str) -> bool:
    """Whether a stroke is a character that a line may hold."""
    return len(stroke) == 1 and not isinstance(stroke, Pasted)


def from_key(name: str, character: str | None) -> str:
    """The stroke for a key as a terminal library names it; "" for one that means nothing here."""
    if name in NAMES:
        return NAMES[name]
    if character is not None and len(character) == 1 and character.isprintable():
        return character
    if character in CONTROLS:
        return CONTROLS[character]
    return "" if len(name) == 1 or name in ("<ignore>", "ignore") else name


def from_text(text: str) -> list[str]:
    """The strokes of typed text; what is neither printable nor a known control is dropped."""
    if text.isprintable():
        return list(text)
    return [c if c.isprintable() else CONTROLS[c] for c in text if c.isprintable() or c in CONTROLS]
