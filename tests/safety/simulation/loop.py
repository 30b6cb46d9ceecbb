"""An event loop without a wall clock: when nothing is ready, time jumps to the next timer.

`time` is what a machine counts while it is awake; what happens outside of it is `World` time.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine, Generator
from typing import Any

OWNER: contextvars.ContextVar[Owner | None] = contextvars.ContextVar("owner", default=None)


class Stuck(Exception):
    """Nothing is ready and no timer runs: somebody waits for ever."""


class Owner:
    """Whoever dies at once: its tasks, in the order in which they began."""

    def __init__(self) -> None:
        self.tasks: dict[asyncio.Future[Any], None] = {}

    def adopt(self, task: asyncio.Future[Any]) -> None:
        self.tasks[task] = None
        task.add_done_callback(lambda done: self.tasks.pop(done, None))

    def cancel_all(self) -> None:
        for task in list(self.tasks):
            task.cancel()


class _Idle:
    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Stuck
        if timeout > 0:
            self._loop.now += timeout
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs tasks only; there is nothing to read from and nobody else's thread."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.surprises: list[str] = []
        self._selector = _Idle(self)
        self.set_task_factory(_owned)
        self.set_exception_handler(self._surprised)

    def time(self) -> float:
        return self.now

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def _surprised(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.surprises.append(f"{context.get('message')}: {context.get('exception')!r}")


def _owned(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
    /,
    **options: Any,
) -> asyncio.Future[Any]:
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    owner = OWNER.get()
    if owner is not None:
        owner.adopt(task)
    return task
