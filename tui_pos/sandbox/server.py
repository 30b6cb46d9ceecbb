"""The sandbox as an HTTP server on loopback, in the caller's own asyncio loop.

    async with SandboxServer(duration_s=0.2) as server:
        ...  # server.url, server.token, server.channel_id; POST {server.url}/graphql
        assert [charge.amount for charge in server.ledger()] == [2250]

Keyword arguments are names of `Settings`. State lives in memory, or in `data / "sandbox.sqlite"`
when a folder is given, and survives a restart with it (token, orders, payments, ledger).
"""

from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path
from typing import Any, Self

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from tui_pos.sandbox import shop
from tui_pos.sandbox.afosto import graph
from tui_pos.sandbox.afosto.backend import Backend, Token
from tui_pos.sandbox.afosto.errors import ApiError
from tui_pos.sandbox.afosto.pages import PaymentPages
from tui_pos.sandbox.afosto.rest import Endpoints
from tui_pos.sandbox.control import Control, ControlApi
from tui_pos.sandbox.settings import Settings
from tui_pos.sandbox.store import Store
from tui_pos.sandbox.wire import Wire, refusal

_log = logging.getLogger(__name__)


class SandboxServer(Control):
    """One shop's backend with its terminals, ledger and control API. See also `Control`."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        port: int = 0,
        data: Path | None = None,
        token: str | None = None,
        control_token: str | None = None,
        listener: socket.socket | None = None,
        **changes: Any,
    ) -> None:
        """`listener` is a socket that listens already, in place of a port; it is closed with the server."""
        chosen = settings or Settings()
        chosen.update(changes)
        if data is not None:
            data.mkdir(parents=True, exist_ok=True)
        backend = Backend(Store(data and data / "sandbox.sqlite"), chosen)
        wire = Wire(backend, lambda: self._server.server_state.connections)  # type: ignore[arg-type,return-value]
        super().__init__(backend, wire)
        self.token = backend.main_token(token).value
        self.channel_id = shop.STORE_CHANNEL
        self.url = ""
        self._port = port
        self._listener = listener
        self._closing = False
        self._control_token = control_token
        self._router = Router(
            [
                *Endpoints(backend, wire).routes(),
                *PaymentPages(backend).routes(),
                *ControlApi(self, control_token).routes(),
            ],
            default=_no_such_page,
            redirect_slashes=False,
        )
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._app,
                interface="asgi3",
                http=H11Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=0,
            )
        )

    @property
    def control_url(self) -> str:
        """Base of the control API, see control.py."""
        return f"{self.url}/_sandbox"

    def add_token(self, value: str, *scopes: str, channel_id: str | None = None) -> str:
        """One more bearer token: with these scopes only (none: all), or a channel's own."""
        self.backend.add_token(Token(value, frozenset(scopes) if scopes else None, channel_id))
        return value

    async def start(self) -> None:
        """Accept connections from here on."""
        graph.schema()
        listener = self._listener or _listen(self._port)
        self._port = listener.getsockname()[1]
        self.url = self.backend.base_url = f"http://127.0.0.1:{self._port}"
        config = self._server.config
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup(sockets=[listener])

    async def close(self) -> None:
        """Stop at once: open requests lose their connection, terminals stop where they are."""
        self._closing = True
        state = self._server.server_state
        for server in self._server.servers:
            server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        tasks = list(state.tasks)
        await asyncio.sleep(0)  # connections learn of their end before their requests do
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.backend.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._router(scope, receive, send)
        except asyncio.CancelledError:
            if not self._closing:
                raise
        except Exception:
            _log.exception("%s %s failed", scope.get("method"), scope.get("path"))
            bug = ApiError("INTERNAL_SERVER_ERROR", "internal server error")
            await refusal(bug, is_graphql=False)(scope, receive, send)


async def _no_such_page(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        return
    request = Request(scope)
    error = ApiError("NOT_FOUND", f"no such page: {request.url.path}")
    response: Response = refusal(error, is_graphql=False)
    await response(scope, receive, send)


def _listen(port: int) -> socket.socket:
    # the protocol number must be given, or asyncio leaves Nagle's algorithm on
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener
