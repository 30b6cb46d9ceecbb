"""Everything that has no place in the key bar, as a list."""

from __future__ import annotations

from tui_pos.ui.grid import fit
from tui_pos.ui.keymap import Action, Keymap
from tui_pos.ui.screens.chooser import Chooser

_HIDDEN = frozenset(("more", "back", "up", "down", "pageup", "pagedown", "home", "end"))


class MoreScreen(Chooser):
    """Closes with the action."""

    title = "More"

    def __init__(self, actions: Keymap) -> None:
        super().__init__()
        self._actions: list[Action] = [a for a in actions if a.id not in _HIDDEN]

    def size(self) -> int:
        return len(self._actions)

    def label(self, place: int, cells: int) -> str:
        action = self._actions[place]
        return f"{fit(action.doors, 20)} {fit(action.help, min(56, cells - 21))}"

    def chosen(self, place: int) -> None:
        self.close(self._actions[place])
