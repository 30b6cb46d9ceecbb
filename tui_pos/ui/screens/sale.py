"""The sale: every line typed or scanned becomes an effect before the next key is looked at."""

from __future__ import annotations

from tui_pos.domain.basket import Line
from tui_pos.domain.errors import PosError
from tui_pos.services.sale import Sale, Stage
from tui_pos.ui import keymap as keys
from tui_pos.ui.grid import Row, Span, fit, width
from tui_pos.ui.ingress import (
    Act,
    LineEditor,
    Nothing,
    Refuse,
    Ring,
    Search,
    SetQuantity,
    pasted_lines,
    understand,
)
from tui_pos.ui.present import count
from tui_pos.ui.screens.bars import key_row, message_row, status_row
from tui_pos.ui.screens.base import TillScreen
from tui_pos.ui.screens.sale_view import (
    BasketView,
    Columns,
    Layout,
    Memo,
    heads,
    total_rows,
    welcome,
)
from tui_pos.ui.strokes import Pasted, Strokes, is_text
from tui_pos.ui.widgets.frame import rule

PROMPT = "> "


class SaleScreen(TillScreen):
    """The basket and its input line; the first screen, which never closes."""

    title = "Sale"
    keymap = keys.SALE
    accepts_scans = True

    def __init__(self) -> None:
        super().__init__()
        self.editor = LineEditor()
        self.view = BasketView()
        self._memo = Memo()
        self._chosen: int | None = None  # a line's id; None is the last line
        self._sale_id = ""

    @property
    def sale(self) -> Sale:
        return self.till.current

    # Drawing ---------------------------------------------------------------------------------------

    def draw(self, width: int, height: int) -> list[Row]:
        sale, memo, form = self.sale, self._memo, self.app.format
        layout: Layout = memo("layout", (width, height), lambda: Layout.of(width, height))
        columns: Columns = memo("columns", width, lambda: Columns.of(width))
        if layout.is_tiny:
            return self._tiny(width, height)
        basket = sale.basket
        rows: list[Row] = [status_row(self.app, memo, width)]
        if layout.has_air:
            rows.append(())
        if basket:
            rows.append(memo("heads", columns, lambda: heads(columns)))
            body = self.view.rows(basket, self._place(), columns, layout.basket, form)
            rows += body + [()] * (layout.basket - len(body))
        else:
            held = len(self.till.open_sales())
            note = self.app.note
            blank = (width, layout.basket, note, held)
            rows += memo(
                "welcome", blank, lambda: welcome(width, layout.basket + 1, self.app.note, held)
            )
        rows.append(memo("rule", width, lambda: rule(width)))
        key = (
            sale.sale_id,
            basket.version,
            sale.total,
            sale.due,
            sale.stage,
            sale.trouble,
            sale.drift,
            columns,
        )
        rows += memo("total", key, lambda: total_rows(sale, columns, form))
        if layout.has_air:
            rows.append(())
        rows.append(message_row(self.app, memo, width))
        rows.append(self._prompt(width, len(rows)))
        if layout.has_air:
            rows.append(())
        next_step = "pay" if basket and not basket.refused else ""
        rows.append(key_row(self.app, self.keymap, memo, width, next_step))
        return rows

    def _tiny(self, cells: int, height: int) -> list[Row]:
        """A window too small for the till: the last lines, the total in words, and the input line."""
        sale, form = self.sale, self.app.format
        columns = self._memo("columns", cells, lambda: Columns.of(cells))
        total = (Span(fit(f" Total {form.money(sale.total)}", cells), "total"),)
        message = message_row(self.app, self._memo, cells)
        rows: list[Row] = []
        if height >= 4:
            size = height - 3
            rows = (
                self.view.rows(sale.basket, self._place(), columns, size, form)
                if sale.basket
                else []
            )
            rows += [()] * (size - len(rows))
        if height >= 2:
            rows.append(total)
        if height >= 3:
            rows.append(message)
        return [*rows, self._prompt(cells, len(rows))]

    def _prompt(self, cells: int, y: int) -> Row:
        text = self.editor.shown
        while text and width(text) > max(1, cells - len(PROMPT) - 2):
            text = text[1:]
        self.caret = (min(cells - 1, len(PROMPT) + 1 + width(text)), y)
        return (Span(f" {PROMPT}", "prompt"), Span(text, "typed"), Span(" ", "cursor"))

    # Keys ------------------------------------------------------------------------------------------

    def take(self, strokes: Strokes) -> None:
        editor = self.editor
        while strokes and self.is_top:
            stroke = strokes.popleft()
            if isinstance(stroke, Pasted):
                self._paste(stroke)
            elif is_text(stroke):
                if editor.text or not self._symbol(stroke, strokes):
                    editor.put(stroke)
            elif stroke == "enter" or (stroke == "tab" and editor.text):
                self.submit(editor.take())
            elif stroke == "backspace":
                editor.back()
            elif stroke == "ctrl+u":
                editor.clear()
            else:
                action = self.keymap.by_key(stroke)
                if action is not None:
                    self.act(action)
        if self.app.waiting:
            self._ring_waiting()

    def _symbol(self, char: str, strokes: Strokes) -> bool:
        """Do the action of a symbol that stands alone; one that begins a text belongs to the text."""
        action = self.keymap.by_symbol(char)
        if action is None:
            return False
        if strokes and is_text(strokes[0]) and self.keymap.by_symbol(strokes[0]) is None:
            return False
        self.act(action)
        return True

    def _paste(self, text: Pasted) -> None:
        lines, rest = pasted_lines(text)
        for number, line in enumerate(lines):
            self.submit(self.editor.take() + line if number == 0 else line)
        for char in rest:
            self.editor.put(char)

    def scanned(self, line: str) -> None:
        self.submit(line)

    def submit(self, line: str) -> None:
        """Do what a complete line asks for."""
        try:
            match understand(line, self.keymap.words):
                case Ring(code, quantity):
                    self._ring_up(code, quantity)
                case SetQuantity(quantity):
                    self._set_quantity(quantity)
                case Search(text):
                    self._find(text)
                case Act(word):
                    action = self.keymap.by_word(word)
                    if action is not None:
                        self.act(action)
                case Refuse(reason):
                    self.app.alarm(reason)
                case Nothing() | _:
                    pass
        except PosError as error:
            self.app.alarm(error.sentence)

    def _ring_up(self, code: str, quantity: int) -> None:
        self.app.hush()
        line = self.till.ring_up(code, quantity)
        self._chosen = None if self._is_last(line) else line.line_id
        if line.quantity > quantity:
            self.say(f"+{quantity}: now {line.quantity} x {line.name or line.code}")

    def _is_last(self, line: Line) -> bool:
        basket = self.sale.basket
        return bool(basket) and basket[len(basket) - 1].line_id == line.line_id

    def _set_quantity(self, quantity: int) -> None:
        line = self._line()
        if line is None:
            self.say("There is no line to change yet. Scan an item")
            return
        line = self.till.set_quantity(line.line_id, quantity)
        self.say(f"{quantity} x {line.name or line.code}")

    # The chosen line -------------------------------------------------------------------------------

    def _place(self) -> int:
        """The row of the chosen line."""
        basket = self.sale.basket
        if self._sale_id != self.sale.sale_id:
            self._sale_id, self._chosen, self.view.top = self.sale.sale_id, None, 0
        if self._chosen is not None and basket.line(self._chosen) is not None:
            return basket.index(self._chosen)
        self._chosen = None
        return max(0, len(basket) - 1)

    def _line(self) -> Line | None:
        place = self._place()
        return self.sale.basket[place] if self.sale.basket else None

    def _choose(self, place: int) -> None:
        basket = self.sale.basket
        if basket:
            place = min(max(0, place), len(basket) - 1)
            self._chosen = None if place == len(basket) - 1 else basket[place].line_id

    def do_up(self) -> None:
        self._choose(self._place() - 1)

    def do_down(self) -> None:
        self._choose(self._place() + 1)

    def do_pageup(self) -> None:
        self._choose(self._place() - self._page())

    def do_pagedown(self) -> None:
        self._choose(self._place() + self._page())

    def do_home(self) -> None:
        self._choose(0)

    def do_end(self) -> None:
        self._choose(len(self.sale.basket) - 1)

    def _page(self) -> int:
        return max(1, Layout.of(*self.app.canvas.size).basket - 1)

    # Actions ---------------------------------------------------------------------------------------

    def act(self, action: keys.Action) -> None:
        try:
            super().act(action)
        except PosError as error:
            self.app.alarm(error.sentence)

    def do_back(self) -> None:
        if not self.editor.clear():
            self.app.hush()

    def do_quantity(self) -> None:
        text = self.editor.text
        if text.isdigit():
            self.editor.clear()
            self._set_quantity(int(text[:6]))
        elif self._line() is None:
            self.say("There is no line to change yet. Scan an item")
        elif not text:
            self.editor.put("*")
            self.say("Type the quantity of the chosen line, then Enter")

    def do_remove(self) -> None:
        line = self._line()
        if line is None:
            self.say("There is no line to remove")
            return
        place = self._place()
        self.till.remove(line.line_id)
        self._choose(place)
        self.say(f"Removed: {line.name or line.code}")

    def do_cancel(self) -> None:
        if not self.sale.basket:
            self.say("There is nothing to cancel")
            return
        lines = len(self.sale.basket)
        self.till.clear()
        self.say(f"The sale was cancelled, {count(lines, 'line')} removed")

    def do_hold(self) -> None:
        label = self.editor.take()
        lines = len(self.sale.basket)
        self.till.hold(label.strip())
        self.say(f"Sale put aside ({count(lines, 'line')}). F7 brings it back")

    def do_pay(self) -> None:
        if not self.sale.basket:
            self.say("There is nothing to pay yet. Scan an item")
            return
        self.app.open_payment()

    def do_find(self) -> None:
        self._find(self.editor.take().lstrip("/"))

    def _find(self, text: str) -> None:
        text = text.strip()
        if text and (self.till.knows(text) or not self.till.can_search):
            self._ring_up(text, 1)  # a code of letters, or no catalogue to search in
            return
        from tui_pos.ui.screens.find import FindScreen

        self.app.open_screen(FindScreen(text), self._found)

    def _found(self, code: str | None) -> None:
        if code:
            try:
                self._ring_up(code, 1)
            except PosError as error:
                self.app.alarm(error.sentence)

    def do_recall(self) -> None:
        from tui_pos.ui.screens.recall import RecallScreen

        self.app.open_screen(RecallScreen(), self._recalled)

    def _recalled(self, sale_id: str | None) -> None:
        if sale_id is None:
            return
        try:
            sale = self.till.recall(sale_id)
        except PosError as error:
            self.app.alarm(error.sentence)
            return
        if sale.stage is not Stage.SELLING:
            self.app.open_payment()

    def do_invoice(self) -> None:
        from tui_pos.ui.screens.invoice import InvoiceScreen

        self.app.open_screen(InvoiceScreen(self.till))

    def do_xr(self) -> None:
        from tui_pos.ui.screens.day import DayScreen

        self.app.open_screen(DayScreen())

    def do_zr(self) -> None:
        from tui_pos.ui.screens.day import DayScreen

        self.app.open_screen(DayScreen(is_close=True))

    def do_help(self) -> None:
        from tui_pos.ui.screens.help import HelpScreen

        self.app.open_screen(HelpScreen(self.keymap))

    def do_more(self) -> None:
        from tui_pos.ui.screens.more import MoreScreen

        self.app.open_screen(MoreScreen(self.keymap), self._more)

    def _more(self, action: keys.Action | None) -> None:
        if action is not None:
            self.act(action)

    def do_quit(self) -> None:
        from tui_pos.ui.screens.message import Question

        reason = self.app.why_not_quit()
        if reason:
            self.app.alarm(reason)
            return
        question = Question("Leave the till?", "Nothing is open. F9 leaves, Esc goes on.")
        self.app.open_screen(question, lambda yes: self.app.end() if yes else None)

    # What services say -----------------------------------------------------------------------------

    def resumed(self) -> None:
        self._ring_waiting()

    def _ring_waiting(self) -> None:
        """Do the lines that came while another screen was open, unless the sale can take none now."""
        waiting = self.app.waiting
        while waiting and self.is_top and not self._is_locked():
            self.submit(waiting.popleft())

    def _is_locked(self) -> bool:
        return self.sale.is_locked and self.sale.stage not in (Stage.PAID, Stage.DONE)
