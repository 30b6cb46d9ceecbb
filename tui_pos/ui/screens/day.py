"""The end of the day: the figures so far, and the form that closes it.

Nothing is closed but by F9 here, and only when every difference has a name under it.
"""

from __future__ import annotations

from string import ascii_letters

from tui_pos.domain.errors import PosError
from tui_pos.services.day import DayFigures, Kind, LastClose, Undecided, is_signed, slip
from tui_pos.ui.grid import Row
from tui_pos.ui.keymap import Action, Keymap
from tui_pos.ui.screens.bars import key_row, message_row, status_row
from tui_pos.ui.screens.base import TillScreen
from tui_pos.ui.screens.day_view import (
    CLOSER,
    DayState,
    draw_day,
    draw_slip,
    fields,
    totals,
)
from tui_pos.ui.screens.payment_parts import Space
from tui_pos.ui.screens.sale_view import Memo
from tui_pos.ui.screens.tender import amount_of, is_typed_scan
from tui_pos.ui.strokes import is_text

_FIELD = 40
_LOW = 8  # rows; below that only the message stands beside the figures
READING = "Reading the orders of the day"
CLOSING = "Reading everything once more, then the day is closed"

_MOVES = (
    Action("up", "", "The row above.", ("up",)),
    Action("down", "", "The row below.", ("down",)),
    Action("pageup", "", "", ("pageup",)),
    Action("pagedown", "", "", ("pagedown",)),
)
_HELP = Action("help", "Help", "What every key does.", ("f1",))
_READ = Action("read", "Read again", "Read the journal and the server once more.", ("f2",))
FIGURES = Keymap((_HELP, _READ, Action("back", "Back", "Back to the sale.", ("escape",)), *_MOVES))
CLOSE = Keymap(
    (
        _HELP,
        _READ,
        Action("next", "Next", "The next field.", ("enter", "tab")),
        Action("same", "Same name", "This name for all differences of this kind.", ("f6",)),
        Action("close", "Close day", "Close the day; everything needs a name.", ("f9",)),
        Action("back", "Back", "Empty the field; back to the sale, nothing closed.", ("escape",)),
        *_MOVES,
    )
)
SLIP = Keymap((Action("back", "Back", "Back to the sale.", ("escape",)), *_MOVES))


class DayScreen(TillScreen):
    """Shows the day so far; as the close, with fields for totals and names."""

    title = "End of day"
    keymap = FIGURES

    def __init__(self, *, is_close: bool = False) -> None:
        super().__init__()
        self.is_close = is_close
        self.keymap = CLOSE if is_close else FIGURES
        self.figures: DayFigures | None = None
        self.last: LastClose | None = None
        self.texts: dict[str, str] = {}
        self.marked = ""
        self.slip: list[str] = []
        self.doing = ""
        self._trouble: tuple[str, str] | None = None
        self._top = 0
        self._since = 0  # characters typed since the last named key: a scan takes them back
        self._page = 1
        self._memo = Memo()

    def opened(self) -> None:
        self.app.hush()
        self.do_read()

    # Drawing ---------------------------------------------------------------------------------------

    def draw(self, width: int, height: int) -> list[Row]:
        is_low = height < _LOW
        space = Space(width, max(1, height - (1 if is_low else 3)))
        self._page = max(1, space.height - 1)
        caret: tuple[int, int] | None = None
        if self.slip:
            self._top = max(0, min(self._top, len(self.slip) - space.height))
            body = draw_slip(self.slip, self._top, space)
        else:
            body, caret, self._top = draw_day(self._state(), space, self.app.format)
        body = [*body, *[()] * (space.height - len(body))]
        above: list[Row] = [] if is_low else [status_row(self.app, self._memo, width)]
        self.caret = (caret[0], caret[1] + len(above)) if caret is not None else None
        rows: list[Row] = [*above, *body, message_row(self.app, self._memo, width)]
        if not is_low:
            step = "close" if self.is_close and not self.slip else ""
            rows.append(key_row(self.app, self.keymap, self._memo, width, step))
        return rows[:height]

    def _state(self) -> DayState:
        return DayState(
            self.shown,
            self.is_close,
            self.marked,
            self.texts,
            self.till.cashier,
            self.last,
            self._top,
            self._trouble,
            self.doing,
        )

    @property
    def shown(self) -> DayFigures | None:
        """The figures beside the totals that are typed so far."""
        if self.figures is None or not self.is_close:
            return self.figures
        return self.figures.with_totals(totals(self.figures, self.texts))

    # Reading and closing ---------------------------------------------------------------------------

    def do_read(self) -> None:
        if not self.doing and not self.slip:
            self.doing, self._trouble = READING, None
            self.spawn(self._read(), "figures of the day")

    async def _read(self) -> None:
        try:
            self.last = await self.till.day.last()
            self._show(await self.till.day.figures())
        except PosError as error:
            self._trouble = (f"{error}.", error.advice)
            self.figures = None
        finally:
            self.doing = ""

    def _show(self, figures: DayFigures) -> None:
        self.figures = figures
        self._mark(self.marked)

    def do_close(self) -> None:
        figures = self.figures
        if figures is None or self.doing:
            self.say(
                "One moment: the day is being read" if self.doing else "F2 reads the day again"
            )
            return
        for line in figures.terminals:
            text = self.texts.get(line.terminal_id, "")
            if text and amount_of(text, line.booked.currency) is None:
                self._mark(line.terminal_id)
                self.app.alarm(f"Nothing was closed: {text} is not an amount ({line.name})")
                return
        self.doing = CLOSING
        self.app.hush()
        self.spawn(self._close(figures), "close of the day")

    async def _close(self, figures: DayFigures) -> None:
        closer = self.texts.get(CLOSER, "") or self.till.cashier
        try:
            texts = dict(self.texts)
            day = await self.till.day.close(totals(figures, texts), texts, closer)
        except Undecided as error:
            self._show(error.figures)
            missing = [d.difference_id for d in error.missing]
            self._mark(self.marked if self.marked in missing else missing[0])
            self.app.alarm(error.advice)
            return
        finally:
            self.doing = ""
        money = self.app.format.money
        self.slip = slip(day, store=self.till.store, till_id=self.till.till_id, money=money)
        self.keymap, self._top = SLIP, 0
        self.say(f"Day {day.number} is closed. Journal head {day.head[:16]}", "good")

    # Fields ----------------------------------------------------------------------------------------

    def _fields(self) -> list[str]:
        shown = self.shown
        return fields(shown) if shown is not None else []

    def _mark(self, wanted: str) -> None:
        found = self._fields()
        self._since = 0
        if self.is_close and found:
            self.marked = wanted if wanted in found else found[0]

    def _step(self, by: int) -> None:
        if self.slip or not self.is_close:
            self._top = max(0, self._top + by)
            return
        found = self._fields()
        if found:
            at = found.index(self.marked) if self.marked in found else 0
            self._mark(found[min(max(0, at + by), len(found) - 1)])

    @property
    def _is_total(self) -> bool:
        return self.figures is not None and any(
            line.terminal_id == self.marked for line in self.figures.terminals
        )

    @property
    def _is_typing(self) -> bool:
        return self.is_close and bool(self.marked) and not self.slip

    def key(self, key: str) -> None:
        if not self._is_typing:
            return
        text = self.texts.get(self.marked, "")
        if is_text(key):
            if len(text) < _FIELD:
                self.texts[self.marked] = text + key
                self._since += 1
            return
        self._since = 0
        if key == "backspace":
            self.texts[self.marked] = text[:-1]
        elif key == "ctrl+u":
            self.texts[self.marked] = ""

    def is_scan(self, text: str, at_once: bool) -> bool:
        """Amounts and names may end with Enter; a code may not sign for anything."""
        if not self._is_typing:
            return super().is_scan(text, at_once)
        if self._is_total:
            return is_typed_scan(text, at_once, ())
        is_name = all(c.isalpha() or c in " .'-" for c in text)
        return not is_name and (at_once or sum(map(str.isdigit, text)) >= 4)

    def retracted(self) -> None:
        if self._since:
            self.texts[self.marked] = self.texts.get(self.marked, "")[: -self._since]
            self._since = 0

    def _scan(self, line: str) -> None:
        self._since = 0
        super()._scan(line.lstrip(ascii_letters + " ") or line)

    # Actions ---------------------------------------------------------------------------------------

    def do_next(self) -> None:
        if self.marked == CLOSER:
            self.say("F9 closes the day")
        self._step(1)

    def do_same(self) -> None:
        """One name under all differences of a kind; what is not known is signed for one by one."""
        shown = self.shown
        found = {d.difference_id: d for d in shown.differences} if shown is not None else {}
        marked, name = found.get(self.marked), self.texts.get(self.marked, "")
        if marked is None or not is_signed(name):
            self.say("Type a name under a difference first")
        elif marked.kind is Kind.IN_DOUBT:
            self.say("Each of these needs its own name", "warn")
        else:
            for other in found.values():
                if other.kind is marked.kind and not is_signed(
                    self.texts.get(other.difference_id, "")
                ):
                    self.texts[other.difference_id] = name

    def do_up(self) -> None:
        self._step(-1)

    def do_down(self) -> None:
        self._step(1)

    def do_pageup(self) -> None:
        self._step(-self._page if self.slip or not self.is_close else -5)

    def do_pagedown(self) -> None:
        self._step(self._page if self.slip or not self.is_close else 5)

    def do_help(self) -> None:
        from tui_pos.ui.screens.help import HelpScreen

        self.app.open_screen(HelpScreen(self.keymap))

    def do_back(self) -> None:
        if self.till.day.is_writing:
            self.say("The day is being closed: one moment")
        elif self._is_typing and self.texts.get(self.marked) and self.doing != CLOSING:
            self.texts[self.marked] = ""
            self._since = 0
        else:
            self.close()
