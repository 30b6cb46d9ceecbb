"""A calm sentence that wants to be read, and a question with one key for yes."""

from __future__ import annotations

from tui_pos.ui.grid import Row, Span, wrap
from tui_pos.ui.keymap import Action, Keymap
from tui_pos.ui.screens.base import TillScreen


class Message(TillScreen):
    """Says what happened and what is safe next. Closed by Esc or F9; Enter, which scanners send, does nothing."""

    is_dialog = True
    keymap = Keymap((Action("back", "Back", "Close this.", ("escape", "f9")),))

    def __init__(self, title: str, text: str, *, reference: str = "") -> None:
        super().__init__()
        self.title = title
        self._text, self._reference = text, reference

    def draw(self, width: int, height: int) -> list[Row]:
        inner = min(width, 64)
        rows: list[Row] = [(Span(f"{line:<{inner}}", "text"),) for line in wrap(self._text, inner)]
        if self._reference:
            rows += [(), (Span(f"Reference {self._reference}", "dim"),)]
        if self.app.waiting:
            rows += [(), (Span(f"{len(self.app.waiting)} scans waiting", "warn"),)]
        return rows


class Question(Message):
    """Closes with True on F9, with False on Esc."""

    keymap = Keymap(
        (
            Action("yes", "Yes", "Do it.", ("f9",)),
            Action("back", "No", "Go on as it was.", ("escape",)),
        )
    )

    def do_yes(self) -> None:
        self.close(True)

    def do_back(self) -> None:
        self.close(False)
