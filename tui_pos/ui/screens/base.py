"""What every screen of the till is: something that draws rows and takes keys.

Screens are plain objects on the app's own stack, not Textual screens: opening one takes effect before the
next key is looked at, so that F9 and Enter in one packet do what they would do a second apart.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar

from tui_pos.domain.events import Event
from tui_pos.ui.grid import Row
from tui_pos.ui.ingress import Guard, is_scan
from tui_pos.ui.keymap import READ, Action, Keymap
from tui_pos.ui.strokes import Strokes

if TYPE_CHECKING:
    from tui_pos.services.till import Till
    from tui_pos.ui.app import TillApp


class TillScreen:
    """A full screen, or with `is_dialog` a box over the screen below.

    Attributes:
        title: of a dialog's box, and of the help for this screen.
        keymap: its actions; `key` finds them as methods `do_<id>`.
        is_dialog: `draw` gives the inside of a box, which the app centres over what lies below.
        accepts_scans: complete lines go to `scanned` here; else they wait for the sale screen.
        tick_s: how often `tick` is called while the screen is open; 0 for never.
    """

    title: str = ""
    keymap: Keymap = READ
    is_dialog: ClassVar[bool] = False
    accepts_scans: bool = False
    tick_s: float = 0.0

    app: TillApp
    caret: tuple[int, int] | None = None

    def __init__(self) -> None:
        self._guard = Guard(self._key, self._scan, self._retract, self._judge)
        self.on_result: Callable[[Any], None] | None = None

    @property
    def till(self) -> Till:
        return self.app.till

    @property
    def is_top(self) -> bool:
        """Whether keys come here."""
        return self.app.top is self

    # What a screen gives ---------------------------------------------------------------------------

    def draw(self, width: int, height: int) -> list[Row]:
        """The rows to show, at most `height`. For a dialog: the inside of its box, at most that large."""
        raise NotImplementedError

    def opened(self) -> None:
        """The screen is on the stack now."""

    def resumed(self) -> None:
        """The screen above it was closed."""

    def closed(self) -> None:
        """The screen left the stack."""

    def tick(self) -> None:
        """`tick_s` seconds passed. The app repaints afterwards."""

    def told(self, event: Event) -> None:
        """A service said something. The app repaints afterwards."""

    # Keys ------------------------------------------------------------------------------------------

    def take(self, strokes: Strokes) -> None:
        """Take keys from the front of `strokes` for as long as this is the top screen."""
        while strokes and self.is_top:
            self._guard.feed(strokes)

    def key(self, key: str) -> None:
        """One key, typed alone: a character, or a name like `enter`. Actions were looked up before."""

    def scanned(self, line: str) -> None:
        """A complete line, where scans are accepted."""

    def retracted(self) -> None:
        """What came as single characters since the last named key was a scan: forget it."""

    def is_scan(self, text: str, at_once: bool) -> bool:
        """Whether a line that ends here is a scan and not an answer."""
        return is_scan(text, at_once=at_once)

    def act(self, action: Action) -> None:
        """Do an action: the method `do_<id>`."""
        method = getattr(self, f"do_{action.id}", None)
        if method is not None:
            method()

    def do_back(self) -> None:
        self.close()

    def _key(self, key: str) -> None:
        action = self.keymap.by_key(key) or self.keymap.by_symbol(key)
        if action is not None:
            self.act(action)
        else:
            self.key(key)

    def _judge(self, text: str, at_once: bool) -> bool:
        return self.is_scan(text, at_once)

    def _retract(self) -> None:
        self.retracted()

    def _scan(self, line: str) -> None:
        if self.accepts_scans:
            self.scanned(line)
        else:
            self.app.queue_scan(line)

    # What a screen may do --------------------------------------------------------------------------

    def close(self, result: Any = None) -> None:
        """Leave the stack; whoever opened it gets the result."""
        self.app.close_screen(self, result)

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        """Run a look-up; it ends with this screen. Nothing that must be finished may run here."""
        self.app.spawn(work, name, owner=self)

    def say(self, text: str, style: str = "message") -> None:
        """Tell the person at the till what just happened, in the message line."""
        self.app.say(text, style)
