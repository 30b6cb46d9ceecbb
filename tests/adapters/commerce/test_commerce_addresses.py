"""Where the till goes, and where its token goes. Corpus: payment-safety.md, 4 S2 and 5.2."""

from __future__ import annotations

import subprocess
import sys

import pytest
from faulty_server import CANARY, QUICK, answer, data, faulty, http, order, payment, started, till

from tui_pos.adapters.commerce import origin
from tui_pos.adapters.commerce.afosto import Afosto, AfostoOptions
from tui_pos.domain.errors import ForeignAddress, Malformed, MaybeDone, NotFound, Refused
from tui_pos.domain.order import Action, ActionKind, RemotePayment

FOREIGN = [
    "https://evil.example/start",
    "https://shop.example:8443/start",
    "http://shop.example/start",
    "https://user@shop.example/start",
    "https://user:word@shop.example/start",
    "https://shop.example@evil.example/start",
    "https://shop.example:443@evil.example/start",
    "https://shop.example\\@evil.example/start",
    "https://evil.example\\shop.example/start",
    "https://evil.example#@shop.example/start",
    "https://shop.example.evil.example/start",
    "https://shop.example./start",
    "https://sh\u043ep.example/start",
    "https://xn--shp-hhc.example/start",
    "https://shop\u3002example/start",
    "https://shop.example\u2024evil.example/start",
    "https://127.0.0.1/start",
    "https://[::1]/start",
    "https://2130706433/start",
    "https://0x7f.1/start",
    "https://localhost/start",
    "https://169.254.169.254/latest/meta-data",
    "//evil.example/start",
    "/start",
    "start",
    "",
    "https:///start",
    "https:shop.example/start",
    "file:///etc/passwd",
    "data:application/json,{}",
    "javascript:alert(1)",
    "ftp://shop.example/start",
    "https://shop.example:99999/start",
    "https://shop.example:x/start",
    "https://shop.example/st art",
    "https://shop.example/start\r\nHost: evil.example",
    "https://shop.example\t.evil.example/start",
    "https://shop.example/\x00",
    "https://shop.example/a/../start",
    "https://shop.example/%2e%2e/start",
    "https://shop.example/" + "a" * 2048,
]
BASE = "https://shop.example"


@pytest.mark.parametrize("url", FOREIGN)
async def test_a_foreign_start_address_is_never_called(url: str) -> None:
    calls: list[str] = []
    async with till(BASE, on_call=lambda name, *_: calls.append(name)) as backend:
        with pytest.raises(ForeignAddress) as caught:
            await backend.start(started(url))
        assert "example" not in caught.value.detail
        assert calls == []


@pytest.mark.parametrize("url", FOREIGN)
async def test_a_foreign_document_address_is_never_called(url: str) -> None:
    calls: list[str] = []
    async with till(BASE, on_call=lambda name, *_: calls.append(name)) as backend:
        with pytest.raises(ForeignAddress):
            await backend.fetch_document(url)
        assert calls == []


async def test_another_port_of_this_machine_is_foreign_too() -> None:
    async with faulty(answer(payment())) as other, faulty(answer(payment())) as server:
        async with till(server.url) as backend:
            for url in (f"{other.url}/start", f"http://localhost:{server.port}/start"):
                with pytest.raises(ForeignAddress):
                    await backend.start(started(url))
        assert other.seen == server.seen == []


@pytest.mark.parametrize(
    "path", ["/elsewhere", "/api/paymentsX/1", "/api/payments/../x", "/api/payments/%2E%2e/x"]
)
async def test_a_start_outside_the_configured_part_of_the_server_is_refused(path: str) -> None:
    async with faulty(answer(payment())) as server:
        async with till(server.url, start_path_prefix="/api/payments/") as backend:
            with pytest.raises(ForeignAddress):
                await backend.start(started(server.url + path))
            assert (await backend.start(started(f"{server.url}/api/payments/p1?x=1"))).is_paid
        assert [seen.line for seen in server.seen] == ["GET /api/payments/p1?x=1 HTTP/1.1"]


@pytest.mark.parametrize("kind", [ActionKind.PAY, ActionKind.FOLLOW, None])
async def test_only_a_start_is_started(kind: ActionKind | None) -> None:
    async with faulty(answer(payment())) as server:
        for start in ("blocking", "execute"):
            async with till(server.url, start=start) as backend:
                with pytest.raises(Refused):
                    await backend.start(started(f"{server.url}/start", kind))
        async with till(server.url) as backend:
            with pytest.raises(Refused):
                await backend.start(RemotePayment("p1", "PENDING", False))
        assert server.seen == []


async def test_the_link_of_a_payment_page_is_text_and_is_not_opened() -> None:
    link = "https://pay.example/p1"
    created = payment(status="PENDING", is_paid=False, action={"type": "FOLLOW", "url": link})
    async with faulty(answer(created, 201)) as server, till(server.url) as backend:
        from tui_pos.domain.money import Money

        made = await backend.create_payment("o1", Money(500, "EUR"), key="k")
        assert made.action == Action(ActionKind.FOLLOW, "FOLLOW", link)
        assert len(server.seen) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_call_follows_a_redirect(status: int) -> None:
    async with faulty(answer(payment())) as other:
        moved = http(status, "", f"location: {other.url}/start")
        async with faulty(moved) as server, till(server.url) as backend:
            with pytest.raises(MaybeDone):
                await backend.start(started(f"{server.url}/start"))
            with pytest.raises(MaybeDone):
                await backend.read_order("o1")
        assert other.seen == []


PDF = http(200, b"%PDF-1.7 ...")


async def test_a_document_of_the_backend_is_fetched_with_the_token() -> None:
    async with faulty(PDF) as server, till(server.url) as backend:
        assert await backend.fetch_document(f"{server.url}/i.pdf?sig=1") == b"%PDF-1.7 ..."
        assert server.seen[0].header("authorization") == f"bearer {CANARY}"


async def test_a_document_of_an_allowed_server_is_fetched_without_the_token() -> None:
    async with faulty(PDF) as files, faulty(PDF) as server:
        async with till(server.url, document_origins=(files.url,)) as backend:
            await backend.fetch_document(f"{files.url}/i.pdf")
        assert files.seen[0].header("authorization") is None
        assert server.seen == []


async def test_a_document_may_have_moved_once_inside_the_list() -> None:
    async with faulty(PDF) as files:
        moved = http(302, "", f"location: {files.url}/i.pdf")
        async with faulty(moved) as server:
            async with till(server.url, document_origins=(files.url,)) as backend:
                assert (await backend.fetch_document(f"{server.url}/i")).startswith(b"%PDF-")
            assert server.seen[0].header("authorization") is not None
            assert files.seen[0].header("authorization") is None
        async with faulty(moved) as server, till(server.url) as backend:
            with pytest.raises(ForeignAddress):
                await backend.fetch_document(f"{server.url}/i")
        assert len(files.seen) == 1


async def test_a_document_may_not_move_twice() -> None:
    async with faulty(http(302, "", "location: /next")) as server, till(server.url) as backend:
        with pytest.raises(MaybeDone):
            await backend.fetch_document(f"{server.url}/i")
        assert [seen.line.split()[1] for seen in server.seen] == ["/i", "/next"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (http(200, "<html>log in</html>"), Malformed),
        (http(200, b"%PDF-" + b"x" * 30_000), Malformed),
        (http(200, ""), Malformed),
        (http(404, "gone"), NotFound),
        (http(500, ""), MaybeDone),
    ],
)
async def test_what_is_no_document_is_not_taken_for_one(
    reply: bytes, expected: type[Exception]
) -> None:
    async with faulty(reply) as server, till(server.url) as backend:
        with pytest.raises(expected):
            await backend.fetch_document(f"{server.url}/i.pdf")


async def test_a_document_is_asked_for_again_after_a_fault() -> None:
    async with faulty(http(502, ""), PDF) as server, till(server.url, limits=QUICK) as backend:
        assert (await backend.fetch_document(f"{server.url}/i.pdf")).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example",
        "ftp://shop.example",
        "https://u@shop.example",
        "shop.example",
        "",
        BASE + "?x",
    ],
)
def test_an_address_that_would_show_the_token_is_no_setting(url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        AfostoOptions(url, "c")


def test_settings_that_cannot_work_are_refused() -> None:
    for changes in (
        {"document_origins": ("http://localhost",)},
        {"create_payment_path": "/payments"},
        {"pay_path": "/pay"},
        {"start": "twice"},
        {"payment_options_path": "a b"},
        {"action_ids": "ids }"},
    ):
        with pytest.raises(ValueError):  # noqa: PT011  # each names its setting
            AfostoOptions(BASE, "c", **changes)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Shop.Example/x", ("https", "shop.example", 443)),
        ("HTTPS://shop.example:443/x", ("https", "shop.example", 443)),
        ("http://[::1]:8080", ("http", "::1", 8080)),
    ],
)
def test_one_origin_has_one_form(url: str, expected: tuple[str, str, int]) -> None:
    assert origin.parse(url)[0] == origin.Origin(*expected)


async def test_ids_cannot_leave_their_place_in_a_path() -> None:
    from tui_pos.domain.money import Money

    odd = "a/../b?c#d"
    async with faulty(answer(payment(id="p1"))) as server, till(server.url) as backend:
        await backend.create_payment(odd, Money(500, "EUR"), key="k")
        assert server.seen[0].line.split()[1] == "/api/commerce/orders/a%2F..%2Fb%3Fc%23d/payments"


async def test_warming_up_builds_no_trust_for_this_machine_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import httpx

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("certificates are not needed here")

    monkeypatch.setattr(httpx, "create_ssl_context", fail)
    async with faulty(data("order", order())) as server, till(server.url) as backend:
        await backend.read_order("o1")


def test_importing_and_making_the_adapter_loads_no_client() -> None:
    code = (
        "import sys, tui_pos.adapters.commerce.afosto as a;"
        "a.Afosto(a.AfostoOptions('https://shop.example', 'c'), str);"
        "print([m for m in ('httpx', 'pydantic', 'stamina') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


def test_what_a_start_is_known_to_do_is_nothing() -> None:
    facts = Afosto(AfostoOptions(BASE, "c"), str).capabilities
    assert facts.prices_while_building
    assert not facts.removes_lines
    assert not any(
        (
            facts.paid_start_is_noop,
            facts.start_joins,
            facts.idem_key_honoured,
            facts.disconnect_aborts_terminal,
            facts.has_cancel,
            facts.has_payment_read,
            facts.pending_final_on_abort,
        )
    )
