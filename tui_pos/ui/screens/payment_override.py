"""What only a supervisor may decide, and what then counts as paid without being confirmed.

Source: payment-safety.md, 3.5 steps 4 and 8.
"""

from __future__ import annotations

from tui_pos.domain.barcode import is_gtin
from tui_pos.ui.grid import Row, Span
from tui_pos.ui.screens import payment_draw as draw
from tui_pos.ui.screens import payment_keys as keys
from tui_pos.ui.screens.payment_panes import Pane
from tui_pos.ui.screens.payment_parts import Space, hero, next_step, para


class OverridePane(Pane):
    """A name, then the number on the terminal's receipt, or nothing."""

    keymap = keys.OVERRIDE
    is_typing = has_field = True
    name = ""

    def shown(self) -> None:
        super().shown()
        self.name = ""

    def draw(self, space: Space) -> list[Row]:
        view, form = self.view, self.screen.app.format
        rows = [*space.air, *hero(f"At {draw.where(view)}", form.money(view.amount), space), ()]
        rows += para("A supervisor decides what the till cannot know.", space, "bad")
        if not self.name:
            rows += para("Look at the terminal and at its receipt first.", space, "strong")
            rows += [(), self._field(space, "Name  "), ()]
            return [*rows, next_step(space, "Enter", "goes on with this name")]
        rows += para("If the receipt says approved: its number.", space, "strong")
        rows += [(), self._field(space, "Receipt number  "), ()]
        if self.text.strip():
            step = "counts as paid by the terminal, not confirmed"
        else:
            step = "lets the customer pay another way; this payment is watched"
        return [*rows, next_step(space, "Enter", step)]

    def _field(self, space: Space, label: str) -> Row:
        return space.row(Span(label, "dim"), Span(self.text, "typed"), Span(" ", "cursor"))

    def is_scan(self, text: str, at_once: bool) -> bool:
        if self.name:
            return is_gtin(text)
        return any(not (c.isalpha() or c in " .'-") for c in text)

    def do_enter(self) -> None:
        text, self.text = self.text.strip(), ""
        if not self.name:
            if len(text) < 2:
                self.screen.say("Type the supervisor's name, then Enter", "warn")
                return
            self.name = text
            return
        view, name = self.view, self.name
        self.screen.override_done()
        self.screen.till.payments.override(view.attempt_id, name, receipt=text)

    def do_back(self) -> None:
        self.screen.override_done()


class BelievedPane(Pane):
    """Paid, says the terminal's receipt; the server does not show it yet."""

    keymap = keys.BELIEVED
    is_over = True
    note = "Paid by the terminal, not confirmed. F7 brings it back"

    def draw(self, space: Space) -> list[Row]:
        view, form = self.view, self.screen.app.format
        title = "Paid by the terminal, not confirmed"
        rows = [*space.air, *hero(title, form.money(view.amount), space), ()]
        rows += para("The shop's server does not show this payment yet.", space, "warn")
        rows += para(
            "The till goes on looking. Once it is there, the order is opened and invoiced. "
            "Keep the terminal's receipt.",
            space,
        )
        return [*rows, (), next_step(space, "Enter", "the next customer")]
