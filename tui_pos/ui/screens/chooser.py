"""A list to choose from: arrows or a digit mark a row, Enter takes it, Esc goes back."""

from __future__ import annotations

from collections.abc import Sequence

from tui_pos.ui import keymap
from tui_pos.ui.grid import Row, Span, fit, width
from tui_pos.ui.screens.base import TillScreen
from tui_pos.ui.screens.sale_view import SIGN


class Chooser(TillScreen):
    """Base of dialogs with rows. A digit only marks its row: a scanner, too, sends digits."""

    is_dialog = True
    keymap = keymap.CHOOSE
    takes_digits = True

    def __init__(self) -> None:
        super().__init__()
        self.marked = 0
        self._top = 0
        self._page = 1

    def size(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def label(self, place: int, cells: int) -> str:
        """The text of a row."""
        raise NotImplementedError

    def chosen(self, place: int) -> None:
        """A row was taken."""
        raise NotImplementedError

    def head(self, cells: int) -> Sequence[Row]:
        """What stands above the rows."""
        return ()

    def empty(self) -> str:
        """What is said where there is nothing to choose."""
        return "Nothing here"

    def draw(self, width: int, height: int) -> list[Row]:
        head = list(self.head(width))
        if self.app.waiting:
            head.append((Span(f"{len(self.app.waiting)} scans waiting", "warn"),))
        room = max(1, height - len(head) - 2)
        self._page = room
        count = self.size()
        self.marked = min(max(0, self.marked), max(0, count - 1))
        if not self._top <= self.marked < self._top + room:
            self._top = max(0, self.marked - room // 2)
        rows: list[Row] = [*head]
        if not count:
            rows.append((Span(fit(self.empty(), width), "dim"),))
        for place in range(self._top, min(count, self._top + room)):
            rows.append(self._row(place, width))
        rows += [()] * (min(room, 9) - max(1, count - self._top))
        return rows

    def _row(self, place: int, cells: int) -> Row:
        is_marked = place == self.marked
        number = place - self._top + 1
        lead = f"{SIGN if is_marked else ' '} {number if number <= 9 else ' '}  "
        text = lead + fit(self.label(place, cells - width(lead)), cells - width(lead))
        return (Span(text, "selected" if is_marked else "text"),)

    def key(self, key: str) -> None:
        if self.takes_digits and key in "123456789":
            place = self._top + int(key) - 1
            if place < self.size():
                self.marked = place
        elif key == "pageup":
            self.marked -= self._page
        elif key == "pagedown":
            self.marked += self._page
        elif key == "home":
            self.marked = 0
        elif key == "end":
            self.marked = self.size() - 1
        self.marked = min(max(0, self.marked), max(0, self.size() - 1))

    def do_up(self) -> None:
        self.marked = max(0, self.marked - 1)

    def do_down(self) -> None:
        self.marked = min(max(0, self.size() - 1), self.marked + 1)

    def do_choose(self) -> None:
        if self.size():
            self.chosen(self.marked)
