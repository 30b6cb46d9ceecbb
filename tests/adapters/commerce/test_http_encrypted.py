"""Real encryption: whom the till believes, and that nothing is said to anybody else."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from faulty_server import CANARY, answer, data, order, payment, started, till

from tui_pos.domain.errors import MaybeDone, NotSent, Refused
from tui_pos.domain.money import Money
from tui_pos.ports.commerce import Wanted


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for `localhost`, signed by nobody else."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    command += " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    try:
        subprocess.run(
            [*command.split(), "-keyout", str(path), "-out", f"{path}.crt"],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("needs openssl")
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@asynccontextmanager
async def encrypted(certificate: Path, reply: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(reply)
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://localhost:{listener.sockets[0].getsockname()[1]}", heads
    finally:
        listener.close()


async def test_a_known_certificate_is_believed(certificate: Path) -> None:
    async with encrypted(certificate, answer(payment())) as (url, heads):
        async with till(url, ca_file=f"{certificate}.crt") as backend:
            assert (await backend.start(started(f"{url}/start"))).is_paid
        assert CANARY.encode() in heads[0]


async def test_an_unknown_certificate_is_told_nothing(certificate: Path) -> None:
    async with encrypted(certificate, answer(payment())) as (url, heads), till(url) as backend:
        with pytest.raises(NotSent, match="certificate"):
            await backend.start(started(f"{url}/start"))
        with pytest.raises(NotSent, match="certificate"):
            await backend.read_order("o1")
        assert heads == []


async def test_the_certificate_of_another_name_is_not_believed(certificate: Path) -> None:
    async with encrypted(certificate, data("order", order())) as (url, heads):
        other = url.replace("localhost", "127.0.0.1")
        async with till(other, ca_file=f"{certificate}.crt") as backend:
            with pytest.raises(NotSent):
                await backend.read_order("o1")
        assert heads == []


async def test_session_keys_are_not_written_for_whoever_asks(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    async with encrypted(certificate, data("order", order())) as (url, _):
        async with till(url, ca_file=f"{certificate}.crt") as backend:
            await backend.read_order("o1")
    assert not log.exists() or "SECRET" not in log.read_text()


async def test_a_send_that_stalls_is_in_doubt() -> None:
    gone = asyncio.Event()

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    listener = await asyncio.start_server(deaf, "127.0.0.1", 0, limit=1024)
    url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    items = [Wanted("x" * 100_000, 1) for _ in range(200)]
    async with till(url) as backend:
        with pytest.raises(MaybeDone):
            await backend.add_items("o1", items, key="k")
    gone.set()
    listener.close()


async def test_a_server_that_quotes_the_token_is_not_repeated(certificate: Path) -> None:
    body = {"error": {"code": 422, "message": f"bad token {CANARY}"}}
    async with encrypted(certificate, answer(body, 422)) as (url, _):
        async with till(url, ca_file=f"{certificate}.crt") as backend:
            with pytest.raises(Refused, match=r"bad token \*\*\*"):
                await backend.create_payment("o1", Money(5, "EUR"), key="k")


async def test_a_watcher_that_fails_changes_no_answer(certificate: Path) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("log is full")

    async with encrypted(certificate, answer(payment())) as (url, _):
        async with till(url, ca_file=f"{certificate}.crt", on_call=fail) as backend:
            assert (await backend.start(started(f"{url}/start"))).is_paid
