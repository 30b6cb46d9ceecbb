"""Nothing that is scanned, typed or named keeps a sale out of the journal; card numbers do not get into it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness import a_till, codes, eventually

from tui_pos.adapters.journal.body import luhn
from tui_pos.domain.barcode import is_gtin
from tui_pos.domain.order import TenderKind
from tui_pos.sandbox.server import SandboxServer
from tui_pos.services.payments import Tender
from tui_pos.services.sale import Stage

QR_CODE = "https://id.gs1.org/01/08712345000004"
CARD_NUMBER = "4111111111111111"
LIKE_A_CARD = "8712345990008"


def written(folder: Path) -> bytes:
    """All that the journal's files hold."""
    return b"".join(path.read_bytes() for path in folder.glob("till.journal*"))


async def test_a_scanned_address_is_kept_as_it_was_scanned(tmp_path: Path) -> None:
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            bench.till.ring_up(QR_CODE)
        async with a_till(server, tmp_path) as bench:
            assert [line.code for line in bench.till.current.basket] == [QR_CODE]


async def test_a_barcode_that_could_be_a_card_number_is_sent_and_its_neighbours_count(
    tmp_path: Path,
) -> None:
    assert is_gtin(LIKE_A_CARD)
    assert luhn(LIKE_A_CARD)
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            bench.till.ring_up(LIKE_A_CARD)
            known = bench.till.ring_up(codes(1)[0])
            sale = bench.till.current
            await eventually(lambda: sale.basket.refused == 1 and sale.is_converged)
            assert sale.order is not None
            assert sale.order.quantities() == {known.sku: 1}
        async with a_till(server, tmp_path) as bench:
            assert [line.code for line in bench.till.current.basket] == [LIKE_A_CARD, known.code]


async def test_a_sale_held_under_a_card_number_comes_back_without_it(tmp_path: Path) -> None:
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            bench.till.ring_up(codes(1)[0])
            held = bench.till.current.sale_id
            bench.till.hold(f"Mrs. Jansen {CARD_NUMBER}")
        assert CARD_NUMBER.encode() not in written(tmp_path)
        async with a_till(server, tmp_path) as bench:
            labels = {sale.sale_id: sale.label for sale in bench.till.open_sales()}
            assert labels == {held: "Mrs. Jansen [masked]"}


async def test_a_terminal_named_like_a_card_is_paid_on_once(tmp_path: Path) -> None:
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            bench.till.ring_up(codes(1)[0])
            sale = bench.till.current
            methods = await bench.till.ready_to_pay(sale)
            card = next(method for method in methods if method.kind is TenderKind.CARD)
            terminal = replace(card.terminals[0], name=f"PAX A920 {CARD_NUMBER}")
            bench.till.payments.begin(sale, Tender(card, sale.due, terminal))
            await eventually(lambda: sale.stage is Stage.DONE)
            assert [charge.amount for charge in server.ledger()] == [sale.total.minor]
        assert CARD_NUMBER.encode() not in written(tmp_path)
