"""The sandbox on a thread and loop of its own, for a program whose loop must stay free."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Self, TypeVar

from tui_pos.sandbox.server import SandboxServer

T = TypeVar("T")


class SandboxThread:
    """`with SandboxThread(settings=Settings.for_people()) as sandbox: sandbox.url`.

    Takes the arguments of `SandboxServer`. `do` runs something with the server on its thread;
    calling the server's methods from another thread is not safe.
    """

    def __init__(self, **arguments: Any) -> None:
        self._arguments = arguments
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._server: SandboxServer
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self.url = self.token = self.channel_id = self.control_url = ""

    def start(self) -> None:
        """Return once connections are accepted; raises what kept the server from starting."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Stop and wait for the thread to end."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def do(self, work: Callable[[SandboxServer], T]) -> T:
        """`sandbox.do(lambda server: server.ledger())`."""

        async def run() -> T:
            return work(self._server)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # the thread that waits raises it
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with SandboxServer(**self._arguments) as server:
            self._server = server
            self.url, self.token = server.url, server.token
            self.channel_id, self.control_url = server.channel_id, server.control_url
            self._ready.set()
            await self._stop.wait()
