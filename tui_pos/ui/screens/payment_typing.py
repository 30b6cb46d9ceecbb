"""Keys of a screen where money is at stake: a character answers only if it stands alone.

A scanner types, too. A character that asks for something waits a moment; one that others follow is a line,
and a line is a scan that is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tui_pos.domain.errors import PosError
from tui_pos.ui.ingress import pasted_lines
from tui_pos.ui.keymap import Action
from tui_pos.ui.screens.base import TillScreen
from tui_pos.ui.screens.payment_panes import Pane
from tui_pos.ui.strokes import Pasted, Strokes, is_text

QUIET_S = 0.2  # after so long a character stands alone
_FIELD = 64


class TypingScreen(TillScreen):
    """Hands keys to the pane that is shown.

    Attributes:
        held: a character that asks for something and still waits to stand alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pane: Pane | None = None
        self.held = ""
        self._typed_at = float("-inf")
        self._quiet: asyncio.TimerHandle | None = None

    def look(self) -> Pane:
        """See which pane it is now, and turn to it."""
        raise NotImplementedError

    def alarm(self, text: str) -> None:
        self.app.alarm(text)

    def attempt(self, what: Callable[[], None]) -> None:
        """Do it; what a service refuses is said."""
        try:
            what()
        except PosError as error:
            self.alarm(error.sentence)

    def act(self, action: Action) -> None:
        name = f"do_{action.id}"
        method = getattr(self.pane, name, None) or getattr(self, name, None)
        if method is not None:
            self.attempt(method)

    # Keys ------------------------------------------------------------------------------------------

    def take(self, strokes: Strokes) -> None:
        while strokes and self.is_top:
            pane = self.look()
            if isinstance(strokes[0], Pasted) and pane.is_typing:
                lines, rest = pasted_lines(strokes.popleft())
                pane.text = (pane.text + (lines[0] if lines else rest))[:_FIELD]
            else:
                self._guard.feed(strokes)
        if self.is_top:
            self.look()

    def is_scan(self, text: str, at_once: bool) -> bool:
        return self.look().is_scan(text, at_once)

    def retracted(self) -> None:
        self.let_go()
        self.look().retracted()

    def scanned(self, line: str) -> None:
        self._typed_at = float("-inf")  # the line is complete: what comes now is something else

    def closed(self) -> None:
        self.let_go()

    def _key(self, key: str) -> None:
        pane = self.look()
        if is_text(key):
            self._character(pane, key)
        elif self.held and key in ("escape", "backspace"):
            self.let_go()
        elif self.held:
            self._answer()  # the key that came next ended the line
            if key != "enter":
                self._named(self.look(), key)
        else:
            self._named(pane, key)

    def _named(self, pane: Pane, key: str) -> None:
        pane.settle()
        self._typed_at = float("-inf")
        word = self.keymap.by_word(pane.text.strip().lower()) if key == "enter" else None
        if word is not None:
            pane.text = ""
            self.act(word)
        elif key == "backspace":
            pane.text = pane.text[:-1]
        elif key == "ctrl+u":
            pane.text = ""
        else:
            super()._key(key)
            if not pane.has_field and not pane.is_typing:
                pane.text = ""

    # A character alone -----------------------------------------------------------------------------

    def _character(self, pane: Pane, char: str) -> None:
        loop = asyncio.get_running_loop()
        is_quiet = pane.has_field or loop.time() - self._typed_at > QUIET_S
        self._typed_at = loop.time()
        if self.held:
            held = self.held
            self.let_go()
            pane.put(held)
            pane.put(char)
        elif (
            is_quiet and not pane.is_typing and (pane.is_answer(char) or self._is_help(pane, char))
        ):
            self.held = char
            self._quiet = loop.call_later(QUIET_S, self._alone)
        else:
            pane.put(char)

    def _alone(self) -> None:
        if self.held and self.is_top:
            self._guard.reset()
            self._answer()
            self.look()
            self.app.repaint()

    def _answer(self) -> None:
        char, pane = self.held, self.look()
        self.let_go()
        if char and pane.is_answer(char):
            if not pane.has_field:
                pane.text = ""
            self.attempt(lambda: pane.answer(char))
        elif char and self._is_help(pane, char):
            self.do_help()

    @staticmethod
    def _is_help(pane: Pane, char: str) -> bool:
        return char == "?" and not pane.text

    def do_help(self) -> None:
        from tui_pos.ui.screens.help import HelpScreen

        self.app.open_screen(HelpScreen(self.keymap))

    def let_go(self) -> None:
        """Forget a character that waits."""
        self.held = ""
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None
