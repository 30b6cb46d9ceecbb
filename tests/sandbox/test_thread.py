"""The sandbox on its own thread."""

from __future__ import annotations

import httpx
import pytest

from tui_pos.sandbox.thread import SandboxThread


def test_a_sandbox_on_a_thread_answers_and_ends() -> None:
    with SandboxThread(duration_s=1.5) as sandbox:
        answer = httpx.post(
            f"{sandbox.url}/graphql",
            json={"query": "{ __typename }"},
            headers={"Authorization": f"Bearer {sandbox.token}"},
        )
        assert answer.json() == {"data": {"__typename": "Query"}}
        assert sandbox.do(lambda server: server.settings()["duration_s"]) == 1.5
        assert sandbox.do(lambda server: server.ledger()) == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(sandbox.url)


def test_what_keeps_it_from_starting_is_raised() -> None:
    with SandboxThread() as sandbox:
        port = int(sandbox.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            SandboxThread(port=port).start()
    with pytest.raises(ValueError, match="no setting"):
        SandboxThread(no_such_setting=1).start()
