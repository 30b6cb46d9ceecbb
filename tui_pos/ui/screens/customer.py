"""The customer's side of simulated card terminals: what they show, and their keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_pos.ui.grid import Row, Span, fit
from tui_pos.ui.screens.chooser import Chooser

if TYPE_CHECKING:
    from tui_pos.ports.customer import Customer, Prompt


class CustomerScreen(Chooser):
    """One row for each key of each terminal that asks for a card now."""

    title = "Be the customer"
    tick_s = 0.5

    def __init__(self, customer: Customer) -> None:
        super().__init__()
        self._customer = customer
        self._waiting: Sequence[Prompt] | None = None
        self._is_asking = False

    def opened(self) -> None:
        self.tick()

    def tick(self) -> None:
        if not self._is_asking:
            self._is_asking = True
            self.spawn(self._look(), "look at the terminals")

    async def _look(self) -> None:
        try:
            prompts = await self._customer.prompts()
            self._waiting = [prompt for prompt in prompts if prompt.is_waiting]
        finally:
            self._is_asking = False

    def _rows(self) -> list[tuple[Prompt, str, str]]:
        keys = self._customer.keys
        return [(prompt, key, words) for prompt in self._waiting or () for key, words in keys]

    def size(self) -> int:
        return len(self._rows())

    def head(self, cells: int) -> Sequence[Row]:
        text = "These terminals are simulated: no card, no money."
        return ((Span(fit(text, cells), "dim"),), ())

    def label(self, place: int, cells: int) -> str:
        prompt, _, words = self._rows()[place]
        return f"{fit(prompt.name, 16)} {fit(words, max(8, cells - 17))}"

    def empty(self) -> str:
        if self._waiting is None:
            return "Looking at the terminals"
        return "No terminal asks for a card now. Start a payment first."

    def chosen(self, place: int) -> None:
        prompt, key, _ = self._rows()[place]
        # The app runs it, not this screen: the key is pressed though the screen closes.
        self.app.spawn(self._press(prompt, key), "press")
        self.close()

    async def _press(self, prompt: Prompt, key: str) -> None:
        trouble = await self._customer.press(prompt.terminal_id, key)
        if trouble:
            self.app.say(trouble)
