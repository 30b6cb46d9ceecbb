"""Actions and the keys that reach them: one registry draws the key bar and the help, and dispatches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

KEY_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "up": "Up",
    "down": "Down",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
    "backspace": "Bksp",
}


def key_name(key: str) -> str:
    """A key as people call it: F9, Esc, +."""
    return KEY_NAMES.get(key, key.upper() if key.startswith("f") and key[1:].isdigit() else key)


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a screen can do, and its doors.

    Attributes:
        keys: names of keys; the first is shown in the key bar.
        symbol: one character that does it on an empty line, without Enter.
        words: typed with Enter.
        label: for the key bar, at most 10 letters; "" is not shown there.
        help: one sentence; "" is not shown in the help.
    """

    id: str
    label: str
    help: str
    keys: tuple[str, ...] = ()
    symbol: str = ""
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.label) > 10:
            raise ValueError(f"{self.id}: a label has at most 10 letters")

    @property
    def doors(self) -> str:
        """All ways to it, for the help."""
        return "  ".join(
            [*map(key_name, self.keys), *([self.symbol] if self.symbol else []), *self.words]
        )

    @property
    def door(self) -> str:
        """The way to it that the key bar shows."""
        return key_name(self.keys[0]) if self.keys else self.symbol


class Keymap:
    """The actions of a screen.

    Raises:
        ValueError: two actions share a key, a symbol or a word.
    """

    def __init__(self, actions: Iterable[Action]) -> None:
        self._actions = tuple(actions)
        self._doors: dict[str, Action] = {}
        self._symbols: dict[str, Action] = {}
        self._words: dict[str, Action] = {}
        for action in self._actions:
            for table, doors in (
                (self._doors, action.keys),
                (self._symbols, (action.symbol,) if action.symbol else ()),
                (self._words, action.words),
            ):
                for door in doors:
                    if door in table:
                        raise ValueError(f"{door} means both {table[door].id} and {action.id}")
                    table[door] = action
        self.words = frozenset(self._words)

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions)

    def by_key(self, key: str) -> Action | None:
        return self._doors.get(key)

    def by_symbol(self, char: str) -> Action | None:
        return self._symbols.get(char)

    def by_word(self, word: str) -> Action | None:
        return self._words.get(word)

    @property
    def shown(self) -> list[Action]:
        """The actions that have a place in the key bar."""
        return [action for action in self._actions if action.label and action.door]


SALE = Keymap(
    (
        Action("help", "Help", "What every key does.", ("f1",), "?", ("??",)),
        Action("find", "Find", "Search an article by name.", ("f2",), words=("pf",)),
        Action(
            "quantity",
            "Qty",
            "Change how many of the chosen line: *, number, Enter.",
            ("f4",),
            words=("qt",),
        ),
        Action(
            "hold",
            "Hold",
            "Put this sale aside and serve the next customer.",
            ("f6",),
            words=("hd",),
        ),
        Action(
            "recall", "Recall", "Sales that are put aside or being paid.", ("f7",), words=("rc",)
        ),
        Action("remove", "Remove", "Take the chosen line out.", ("f8",), "-", ("vd",)),
        Action("pay", "Pay", "Total, and take the payment.", ("f9",), "+", ("tl",)),
        Action("more", "More", "Everything else, as a list.", ("f10",), words=("mn",)),
        Action("invoice", "", "The invoice of the last sale, or any other.", words=("iv",)),
        Action("xr", "", "The figures of the day so far; changes nothing.", words=("xr",)),
        Action("zr", "", "Close the day: totals, differences, slip.", words=("zr",)),
        Action("back", "", "Empty the line. Never ends a sale.", ("escape",), words=("cl",)),
        Action("cancel", "", "Remove all lines of this sale.", words=("cancel",)),
        Action(
            "quit", "", "Leave the till, when nothing is open.", ("ctrl+q",), words=("quit", "exit")
        ),
        Action("up", "", "", ("up",)),
        Action("down", "", "", ("down",)),
        Action("pageup", "", "", ("pageup",)),
        Action("pagedown", "", "", ("pagedown",)),
        Action("home", "", "", ("home",)),
        Action("end", "", "", ("end",)),
    )
)

CHOOSE = Keymap(
    (
        Action("choose", "Choose", "Take the marked row.", ("enter",)),
        Action("back", "Back", "Back to the sale.", ("escape",)),
        Action("up", "", "The row above.", ("up",)),
        Action("down", "", "The row below.", ("down",)),
    )
)
READ = Keymap((Action("back", "Back", "Back to the sale.", ("escape",)),))
