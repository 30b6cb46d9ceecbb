"""What a line means. One grammar for scanner and keyboard: a line is a line, whoever typed it and how fast.

8712345678906     ring up this code             3*8712345678906   three of it
3*  or  *3        quantity of the chosen line   apple, /7-up      search
vd, qt, tl, ...   the word of an action         cancel            clear the whole sale
+  -  ?           on an empty line: pay, remove, help, without Enter
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic

from tui_pos.domain.barcode import is_gtin
from tui_pos.ui.strokes import GS, Pasted, Strokes, is_text

LINE_LIMIT = 128
PASTE_LINES = 100
SCAN_LENGTH = 6
TWICE_S = 0.05  # a scanner's second line end comes sooner than a hand's Enter

_QUANTITY = re.compile(r"(\d{1,5})\s*[*x]\s*(.*)", re.DOTALL)
_QUANTITY_AFTER = re.compile(r"\*\s*(\d{1,5})")
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_GS1_MODES = ("]C1", "]e0", "]d2", "]Q3", "]J1")


@dataclass(frozen=True, slots=True)
class Command:
    """What a line asks for."""


@dataclass(frozen=True, slots=True)
class Ring(Command):
    code: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class SetQuantity(Command):
    """Of the chosen line."""

    quantity: int


@dataclass(frozen=True, slots=True)
class Search(Command):
    text: str


@dataclass(frozen=True, slots=True)
class Act(Command):
    """An action by its word."""

    word: str


@dataclass(frozen=True, slots=True)
class Nothing(Command):
    """An empty line."""


@dataclass(frozen=True, slots=True)
class Refuse(Command):
    """A line that cannot be meant; `reason` says why."""

    reason: str


def code_of(text: str) -> str:
    """The code in what a scanner sent: without its symbology prefix, and of a GS1 element string the GTIN."""
    prefix = _AIM.match(text)
    is_gs1 = text.startswith(GS)
    if prefix:
        is_gs1 = is_gs1 or prefix.group() in _GS1_MODES
        text = text[prefix.end() :]
    if is_gs1:
        text = text.lstrip(GS)
        if text[:2] == "01" and text[2:16].isdigit() and len(text) >= 16:
            return text[2:16]
    return text


def understand(line: str, words: frozenset[str]) -> Command:
    """What a complete line means.

    Args:
        line: without its end; may hold GS characters.
        words: the words that are actions here, in lower case.
    """
    line = line.strip(" ")  # a GS counts as white space, and may come first
    if not line:
        return Nothing()
    if len(line) > LINE_LIMIT:
        return Refuse("That is too long for a code. Nothing was rung up")
    if line.lower() in words:
        return Act(line.lower())
    if line.startswith("/"):
        return Search(line[1:].strip())
    after = _QUANTITY_AFTER.fullmatch(line)
    if after:
        return SetQuantity(int(after.group(1)))
    before = _QUANTITY.fullmatch(line)
    if before and "*" in line:
        quantity, rest = int(before.group(1)), before.group(2).strip()
        return _ring(rest, quantity) if rest else SetQuantity(quantity)
    return _ring(line, 1)


def _ring(text: str, quantity: int) -> Command:
    if GS not in text and not any(char.isdigit() for char in text):
        return Search(text)
    if " " in text and any(char.isalpha() for char in text):
        return Search(text)
    return Ring(code_of(text), quantity)


def is_scan(text: str, *, at_once: bool) -> bool:
    """Whether a line that ends while a dialog is open is a scan and not an answer to the dialog.

    Args:
        text: what stood before Enter.
        at_once: whether it came in one piece with its Enter.
    """
    return len(text) >= SCAN_LENGTH or (at_once and len(text) > 3) or GS in text


@dataclass(slots=True)
class LineEditor:
    """The one input line: what is typed, until Enter takes it away."""

    text: str = ""

    def put(self, char: str) -> None:
        """One character more; a line that is too long stops growing, and is refused when it ends."""
        if len(self.text) <= LINE_LIMIT:
            self.text += char

    def back(self) -> None:
        self.text = self.text[:-1]

    def clear(self) -> bool:
        """Empty the line; whether there was something."""
        had, self.text = bool(self.text), ""
        return had

    def take(self) -> str:
        line, self.text = self.text, ""
        return line

    @property
    def shown(self) -> str:
        return self.text.replace(GS, "|")


def pasted_lines(text: str) -> tuple[list[str], str]:
    """The complete lines of a paste and what stands after the last line end."""
    parts = re.split(r"\r\n|\r|\n", text)
    *complete, rest = parts
    lines = [line for line in map(_typed, complete) if line.strip()]
    return lines[:PASTE_LINES], _typed(rest)


def _typed(text: str) -> str:
    return "".join(c if c.isprintable() or c == GS else " " if c == "\t" else "" for c in text)


@dataclass(slots=True)
class Guard:
    """Keeps scans from answering a dialog: hands on single keys, and sets complete lines aside.

    Characters are handed on as they come, for nobody knows yet whether a line follows; when it turns
    out that they were a scan, `on_retract` lets the dialog take them back and `on_scan` gets the whole text.
    """

    on_key: Callable[[str], None]
    on_scan: Callable[[str], None]
    on_retract: Callable[[], None] = lambda: None
    judge: Callable[[str, bool], bool] = lambda text, at_once: is_scan(text, at_once=at_once)
    _typed: str = field(default="", init=False)
    _after_scan: bool = field(default=False, init=False)
    _fed_at: float = field(default=float("-inf"), init=False)

    def reset(self) -> None:
        """What was typed was an answer, and begins no line."""
        self._typed = ""

    def feed(self, strokes: Strokes) -> None:
        """Take the next key, or the next complete line, away from the front of `strokes`."""
        now = monotonic()
        after_scan = self._after_scan and now - self._fed_at < TWICE_S
        self._fed_at, self._after_scan = now, False
        stroke = strokes.popleft()
        if isinstance(stroke, Pasted):
            lines, _ = pasted_lines(stroke)
            for line in lines:
                self._set_aside(line)
        elif after_scan and stroke in ("enter", "tab"):
            pass  # a scanner that ends its codes twice
        elif is_text(stroke):
            self._text(stroke, strokes)
        elif stroke in ("enter", "tab") and self._typed:
            if self.judge(self._typed, False):
                self._set_aside(self._typed)
            else:
                self._typed = ""
                self.on_key(stroke)
        else:
            self._typed = self._typed[:-1] if stroke == "backspace" else ""
            self.on_key(stroke)

    def _text(self, stroke: str, strokes: Strokes) -> None:
        length = next((n for n, s in enumerate(strokes) if not is_text(s)), len(strokes))
        if length > LINE_LIMIT:  # neither a key nor a code
            for _ in range(length):
                strokes.popleft()
            self._typed = ""
            return
        if length < len(strokes) and strokes[length] in ("enter", "tab"):
            part = stroke + "".join(islice(strokes, length))
            text = part if is_gtin(part) else self._typed + part
            if self.judge(text, not self._typed):
                for _ in range(length + 1):
                    strokes.popleft()
                self._set_aside(text)
                return
        if len(self._typed) <= LINE_LIMIT:
            self._typed += stroke
        if stroke != GS:
            self.on_key(stroke)

    def _set_aside(self, text: str) -> None:
        self._after_scan = True
        typed, self._typed = self._typed, ""
        if typed and text.startswith(typed):
            self.on_retract()
        self.on_scan(text)
