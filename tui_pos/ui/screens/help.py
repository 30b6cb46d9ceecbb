"""What every key does here, from the same registry that the keys are looked up in."""

from __future__ import annotations

from tui_pos.ui.grid import Row, Span, fit
from tui_pos.ui.keymap import Keymap
from tui_pos.ui.screens.base import TillScreen

_GRAMMAR = (
    ("code Enter", "Ring up an article."),
    ("3*code Enter", "Ring up three of it; 3* before a scan does the same."),
    ("*5 Enter", "Make it five of the chosen line."),
    ("name Enter", "Search an article; /name where it has digits."),
    ("arrows, PgUp, Home", "Choose a line; End goes back to the last one."),
)


class HelpScreen(TillScreen):
    """A page of keys; the arrows turn it."""

    title = "Keys"
    is_dialog = True

    def __init__(self, explained: Keymap) -> None:
        super().__init__()
        self._explained = explained
        self._top = 0
        self._page = 1
        self._count = 0

    def draw(self, width: int, height: int) -> list[Row]:
        left = 22 if width >= 60 else 12
        pairs = [(a.doors, a.help) for a in self._explained if a.help]
        if self._explained.by_word("tl"):
            pairs = [*_GRAMMAR, *pairs]
        self._count, self._page = len(pairs), max(1, height - 2)
        self._top = min(self._top, max(0, self._count - self._page))
        rows: list[Row] = [
            (
                Span(fit(doors, left), "key"),
                Span(" " + fit(text, min(64, width - left - 1)), "text"),
            )
            for doors, text in pairs[self._top : self._top + self._page]
        ]
        if self._count > self._page:
            more = f"{self._top + 1} to {min(self._count, self._top + self._page)} of {self._count}: Up, Down"
            rows += [(), (Span(more, "dim"),)]
        return rows

    def key(self, key: str) -> None:
        steps = {"up": -1, "down": 1, "pageup": -self._page, "pagedown": self._page}
        step = {"home": -self._count, "end": self._count, "f1": 0}.get(key, steps.get(key, 0))
        if key in ("f1", "?"):
            self.close()
            return
        self._top = min(max(0, self._top + step), max(0, self._count - self._page))
