"""No address that a server names takes the till, or its token, to anybody else."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from hostile_shop import TOKEN, Handler, HostileShop, a_shop
from hostile_till import Bench, Calls, Stranger, a_stranger, a_wired_till, is_calm, on_record

from tui_pos.domain.errors import PosError
from tui_pos.domain.order import InvoiceRef
from tui_pos.services.payment_view import Phase
from tui_pos.services.sale import Sale, Stage

HOSTS = [
    "evil.example",
    "localhost",
    "LOCALHOST",
    "127.0.0.2",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "0.0.0.0",  # noqa: S104
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "169.254.169.254",
    "metadata.google.internal",
    "10.0.0.1",
    "127.0.0.1.evil.example",
    "evil.example.127.0.0.1.nip.io",
    "127.0.0.1.",
    "xn--e1awd7f.example",
    "sh\u043ep.example",
    "127\u30020\u30020\u30021",
    "\uff11\uff12\uff17.0.0.1",
    "127.0.0.1\u2024evil.example",
    "127.0.0.1%2eevil.example",
    "%6cocalhost",
]
FORMS = [
    "http://{host}:{port}/start",
    "https://{host}:{port}/start",
    "http://{host}/start",
    "http://{host}:{other}/start",
    "http://user@{host}:{port}/start",
    "http://127.0.0.1:{port}@{host}:{other}/start",
    "http://{host}:{other}#@127.0.0.1:{port}/start",
    "http://{host}:{other}?@127.0.0.1:{port}/start",
    "http://{host}:{other}\\@127.0.0.1:{port}/start",
]
TRICKS = [
    "http://127.0.0.1:{other}/start",
    "https://127.0.0.1:{port}/start",
    "http://user@127.0.0.1:{port}/start",
    "http://user:word@127.0.0.1:{port}/start",
    "http://@127.0.0.1:{port}/start",
    "http://127.0.0.1/start",
    "http://127.0.0.1:/start",
    "http://127.0.0.1:0/start",
    "http://127.0.0.1:{port}0/start",
    "http://127.0.0.1:0x50/start",
    "http://127.0.0.1:99999/start",
    "http://127.0.0.1:-1/start",
    "http:/\\127.0.0.1:{other}/start",
    "http:\\\\127.0.0.1:{other}/start",
    "http:127.0.0.1:{other}/start",
    "http:///127.0.0.1:{other}/start",
    "//127.0.0.1:{other}/start",
    "/start",
    "start",
    "?start",
    "#start",
    "file:///etc/passwd",
    "file://127.0.0.1:{port}/etc/passwd",
    "data:application/json,{{}}",
    "javascript:alert(1)",
    "ftp://127.0.0.1:{port}/start",
    "ws://127.0.0.1:{port}/start",
    "gopher://127.0.0.1:{port}/start",
    "blob:http://127.0.0.1:{port}/start",
    "unix:/var/run/docker.sock",
    "http+unix://%2fvar%2frun%2fdocker.sock/start",
    "jar:http://127.0.0.1:{port}/start",
    "http://127.0.0.1:{port}\r\nHost: evil.example\r\n\r\n/start",
    "http://127.0.0.1:{port}/start HTTP/1.1\r\nX: y",
    "http://127.0.0.1:{port}\t.evil.example/start",
    "http://127.0.0.1:{port}/\x00start",
    "http://127.0.0.1:{port}/a/../start",
    "http://127.0.0.1:{port}/%2e%2e/start",
    "http://[127.0.0.1]:{port}/start",
    "http://[::1%25lo]:{port}/start",
    "http://[::1/start",
    "http://[x]/start",
    "http://" + "a" * 3000 + ".example/start",
    "",
]


def foreign(port: int, other: int) -> Iterator[str]:
    """Addresses of which none is the shop's own server."""
    for form, host in product(FORMS, HOSTS):
        yield form.format(host=host, port=port, other=other)
    for trick in TRICKS:
        yield trick.format(port=port, other=other)


def stayed_home(shop: HostileShop, calls: Calls, stranger: Stranger) -> None:
    """Nothing was asked of anybody but the shop, not even its name."""
    port = urlsplit(shop.url).port
    assert stranger.heard == []
    assert set(calls.connected) <= {("127.0.0.1", port)}
    assert set(calls.looked_up) <= {"127.0.0.1"}


async def refused(bench: Bench, sale: Sale, url: str) -> None:
    """A card payment with this address: not started, the sale kept, a calm sentence."""
    bench.shop.words["action_url"] = url
    methods = list(await bench.till.ready_to_pay(sale))
    attempt = bench.begin(sale, methods)
    view = await bench.ended(attempt)
    assert view.phase in (Phase.REFUSED, Phase.RETRY), url
    assert is_calm(f"{view.reason}."), view.reason
    assert len(sale.basket) == 1
    assert sale.stage is not Stage.DONE
    bench.till.payments.leave(attempt, to_basket=True)
    await bench.until(lambda: sale.unresolved is None and not bench.till.payments.busy(sale))


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder that needs no disk: hundreds of payments, each synced several times."""
    place = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
    with TemporaryDirectory(dir=place) as folder:
        yield Path(folder)


@pytest.mark.parametrize("part", range(4))
async def test_a_payment_that_points_elsewhere_is_not_started(part: int, memory: Path) -> None:
    with a_stranger() as stranger, a_shop() as shop, on_record() as calls:
        urls = list(foreign(urlsplit(shop.url).port or 0, stranger.port))
        assert len(urls) >= 200
        async with a_wired_till(shop, memory) as bench:
            sale, _ = await bench.rung_up()
            for url in urls[part::4]:
                await refused(bench, sale, url)
        assert shop.calls("start") == 0
        stayed_home(shop, calls, stranger)
        assert all(map(is_calm, bench.notices))
        assert b"://" not in (memory / "till.journal").read_bytes()


async def test_an_invoice_that_points_elsewhere_is_not_fetched(tmp_path: Path) -> None:
    with a_stranger() as stranger, a_shop() as shop, on_record() as calls:
        urls = list(foreign(urlsplit(shop.url).port or 0, stranger.port))
        async with a_wired_till(shop, tmp_path) as bench:
            sale, _ = await bench.rung_up()
            for url in filter(None, urls):
                await bench.till.finisher._fetch(sale, InvoiceRef("i", "i", None, url))
                assert sale.invoice_path == ""
                assert sale.invoice_trouble == "" or is_calm(sale.invoice_trouble)
        assert shop.calls("document") == 0
        stayed_home(shop, calls, stranger)
        assert not (tmp_path / "invoices").exists()


@pytest.mark.parametrize("form", [FORMS[0], FORMS[3], FORMS[5], TRICKS[0], "file:///etc/passwd"])
async def test_a_paid_sale_ends_well_whatever_its_invoice_points_to(
    form: str, tmp_path: Path
) -> None:
    with a_stranger() as stranger, a_shop() as shop, on_record() as calls:
        port = urlsplit(shop.url).port
        shop.words["pdf_url"] = form.format(host="localhost", port=port, other=stranger.port)
        async with a_wired_till(shop, tmp_path) as bench:
            sale, methods = await bench.rung_up()
            bench.begin(sale, methods)
            await bench.until(lambda: sale.stage is Stage.DONE and sale.invoice_trouble)
            assert is_calm(sale.invoice_trouble)
        stayed_home(shop, calls, stranger)


async def refusal(work: Awaitable[object]) -> str:
    """What is said about it; a calm sentence too where it did not matter."""
    try:
        await work
    except PosError as error:
        return error.sentence
    return "Nothing was refused."


def moved(url: str, status: int) -> object:
    def answer(handler: Handler) -> None:
        head = f"HTTP/1.1 {status} Moved\r\nlocation: {url}\r\ncontent-length: 0\r\n\r\n"
        handler.wfile.write(head.encode())

    return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_call_follows_the_server_elsewhere(status: int, tmp_path: Path) -> None:
    with a_stranger() as stranger, a_shop() as shop, on_record() as calls:
        away = moved(f"{stranger.url}/x", status)
        for operation in ("channel", "createOrder", "addItemsToOrder", "paymentOptions", "order"):
            shop.raw = {operation: away}  # type: ignore[dict-item]
            folder = tmp_path / operation
            folder.mkdir()
            async with a_wired_till(shop, folder) as bench:
                assert is_calm(await refusal(bench.rung_up()))
                assert len(bench.till.current.basket) == 1
        for operation in ("createPayment", "start"):
            shop.raw = {operation: away}  # type: ignore[dict-item]
            folder = tmp_path / operation
            folder.mkdir()
            async with a_wired_till(shop, folder) as bench:
                sale, methods = await bench.rung_up()
                attempt = bench.begin(sale, methods)
                await bench.until(lambda operation=operation: shop.calls(operation))  # type: ignore[misc]
                view = bench.till.payments.view(attempt)
                assert view.phase is not Phase.PAID
                assert shop.calls(operation) == 1
        stayed_home(shop, calls, stranger)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("hops", [1, 2, 9])
async def test_no_chain_of_redirects_takes_a_document_elsewhere(
    status: int, hops: int, tmp_path: Path
) -> None:
    with a_stranger() as stranger, a_shop() as shop, on_record() as calls:

        def chain(handler: Handler) -> None:
            n = int(handler.path.rpartition("/")[2] or 0)
            url = f"{shop.url}/documents/{n + 1}" if n + 1 < hops else f"{stranger.url}/x"
            moved(url, status)(handler)  # type: ignore[operator]

        shop.raw["document"] = chain
        async with a_wired_till(shop, tmp_path) as bench:
            await bench.rung_up()
            url = f"{shop.url}/documents/0"
            for _ in range(2):
                assert is_calm(await refusal(bench.till._commerce.fetch_document(url)))
        stayed_home(shop, calls, stranger)
        assert {seen.authorization for seen in shop.seen} == {f"Bearer {TOKEN}"}
