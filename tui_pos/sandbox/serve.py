"""The sandbox as a program of its own: what `tui-pos sandbox` runs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TextIO

from tui_pos.sandbox.server import SandboxServer
from tui_pos.sandbox.settings import Settings


def serve(
    port: int = 0,
    data: Path | None = None,
    *,
    settings: Settings | None = None,
    latency_s: float = 0.0,
    token: str | None = None,
    control_token: str | None = None,
    until_stdin_closes: bool = False,
    listener: socket.socket | None = None,
    out: TextIO | None = None,
) -> int:
    """Serve until SIGINT or SIGTERM, or until stdin closes; returns the exit code.

    Once connections are accepted, prints one line of JSON:
    `{"url", "token", "channel_id", "control"}`.

    Args:
        port: 0 takes a free one. Exit code 1 when it is taken.
        data: folder for the state; None keeps it in memory.
        settings: None means `Settings.for_people()`.
        latency_s: of every answer.
        listener: a socket that listens already, so that whoever made it knows the address at once.
        until_stdin_closes: for a child process that must not outlive its parent.
        out: where the line goes; None is stdout.
    """
    server = SandboxServer(
        settings or Settings.for_people(),
        port=port,
        data=data,
        token=token,
        control_token=control_token,
        listener=listener,
    )
    if latency_s:
        server.latency("*", latency_s)
    try:
        return asyncio.run(_serve(server, until_stdin_closes, out or sys.stdout))
    except KeyboardInterrupt:
        return 0


async def _serve(server: SandboxServer, until_stdin_closes: bool, out: TextIO) -> int:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        await server.start()
    except OSError as error:
        print(f"cannot listen: {error}", file=sys.stderr)
        await server.backend.close()
        return 1
    known = {
        "url": server.url,
        "token": server.token,
        "channel_id": server.channel_id,
        "control": server.control_url,
    }
    print(json.dumps(known), file=out, flush=True)
    if sys.stderr.isatty():
        print(f"Sandbox on {server.url}, no real money. Ctrl+C ends it.", file=sys.stderr)
    if until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()
    await stop.wait()
    await server.close()
    return 0


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stop.set)
