"""`sandbox` says where it is in one line of JSON and ends when it is told to."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from program import Program


def told(child: subprocess.Popen[str]) -> dict[str, str]:
    assert child.stdout is not None
    known: dict[str, str] = json.loads(child.stdout.readline())
    return known


def is_let_in(url: str, token: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        body = json.dumps({"query": "{ __typename }"})
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/graphql", body, headers)
        answer = json.loads(connection.getresponse().read())
        return bool(answer.get("data") == {"__typename": "Query"})
    finally:
        connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_where_it_says_and_ends_on_a_signal(
    program: Program, number: signal.Signals
) -> None:
    with program.spawn("sandbox") as child:
        known = told(child)
        assert set(known) == {"url", "token", "channel_id", "control"}
        assert urlsplit(known["url"]).hostname == "127.0.0.1"
        assert is_let_in(known["url"], known["token"])
        assert not is_let_in(known["url"], "another")
        child.send_signal(number)
        assert child.wait(15) == 0
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.read() == ""
        assert child.stderr.read() == ""


def test_it_ends_with_its_parent_when_asked_to(program: Program) -> None:
    with program.spawn("sandbox", "--until-stdin-closes") as child:
        told(child)
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(15) == 0


def test_its_token_can_be_given_but_not_on_the_command_line(program: Program) -> None:
    program.env["TUI_POS_SANDBOX_TOKEN"] = "given-token-of-some-length"
    with program.spawn("sandbox") as child:
        known = told(child)
        assert known["token"] == "given-token-of-some-length"
        assert is_let_in(known["url"], "given-token-of-some-length")
        child.terminate()
    assert child.returncode == 0


def test_a_kept_shop_keeps_its_token(program: Program, tmp_path: Path) -> None:
    tokens = []
    for _ in range(2):
        with program.spawn("sandbox", "--data", tmp_path / "shop") as child:
            tokens.append(told(child)["token"])
            child.terminate()
        assert child.returncode == 0
    assert tokens[0] == tokens[1]


def test_a_taken_port_is_said_in_one_line(program: Program) -> None:
    with program.spawn("sandbox") as child:
        port = urlsplit(told(child)["url"]).port
        done = program("sandbox", "--port", str(port))
        assert (done.code, done.out) == (1, "")
        assert "cannot listen" in done.err
        assert done.err.count("\n") == 1
        child.terminate()
