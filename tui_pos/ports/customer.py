"""The customer's side of the card terminals, where somebody must play the customer too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a card terminal shows to the customer.

    Attributes:
        is_waiting: it asks for a card now.
    """

    terminal_id: str
    name: str
    shows: str
    is_waiting: bool


class Customer(Protocol):
    """Somebody who stands at simulated terminals. A till in a shop has none."""

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """What can be pressed on a terminal, and the words for it."""
        ...

    async def prompts(self) -> Sequence[Prompt]:
        """What every terminal shows now; empty when they cannot be reached."""
        ...

    async def press(self, terminal_id: str, key: str) -> str:
        """Press a key on a terminal; what became of it, for people."""
        ...
