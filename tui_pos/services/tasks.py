"""Background tasks that outlive every screen, and that never fail in silence."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger("tui_pos")


def new_reference() -> str:
    """A short id that a cashier can read out, and that is in the log and the journal."""
    return uuid.uuid4().hex[:8]


class Tasks:
    """Keeps tasks alive and reports what they did not expect."""

    def __init__(self, on_bug: Callable[[str], None]) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._on_bug = on_bug

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            reference = new_reference()
            log.error("%s: task %s failed", reference, task.get_name(), exc_info=error)
            self._on_bug(reference)

    async def close(self) -> None:
        """End what still runs."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
