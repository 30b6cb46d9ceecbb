"""Time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Two clocks: one for people, one for waiting. Only the second is ever compared."""

    @property
    def boot_id(self) -> str:
        """Changes when the machine restarts."""
        ...

    def now(self) -> datetime:
        """Wall time, aware, UTC. May jump."""
        ...

    def boot(self) -> float:
        """Seconds since boot, sleep included. Never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait, at least."""
        ...
