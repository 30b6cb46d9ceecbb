"""The order follows the basket."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from harness import SHOP, Bench, a_till, codes, eventually

from tui_pos.domain.basket import LineState
from tui_pos.domain.errors import PosError
from tui_pos.domain.order import CONCEPT
from tui_pos.sandbox.server import SandboxServer


def skus_on_order(bench: Bench) -> list[str]:
    order = bench.till.current.order
    return [line.sku for line in order.lines] if order else []


async def test_what_is_rung_up_is_ordered_in_order(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        for code in codes(12):
            bench.till.ring_up(code)
        await eventually(lambda: bench.till.current.is_converged)
        assert skus_on_order(bench) == [line.sku for line in bench.till.current.basket]
        assert bench.till.current.drift is None


async def test_twenty_scans_in_four_seconds_take_at_most_fifteen_calls(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        server.latency("*", 0.3)
        since = len(server.calls())
        scans = codes(20)
        loop = asyncio.get_running_loop()
        began = loop.time()
        for n, code in enumerate(scans):
            await asyncio.sleep(max(0.0, began + n * 0.2 - loop.time()))
            bench.till.ring_up(code)
        last = loop.time()
        await eventually(lambda: bench.till.current.is_converged)
        converged_after = loop.time() - last
        calls = [call["operation"] for call in server.calls()][since:]
        assert len(bench.till.current.basket) == 20
        assert [line.code for line in bench.till.current.basket] == scans
        assert skus_on_order(bench) == [line.sku for line in bench.till.current.basket]
        assert len(calls) <= 15, calls
        print(f"{len(calls)} calls; converged {converged_after * 1000:.0f} ms after the last scan")


async def test_an_unknown_code_is_named_and_its_neighbours_count(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        for code in [*codes(3), "NO-SUCH-THING", *codes(3, start=3)]:
            bench.till.ring_up(code)
        await eventually(lambda: bench.till.current.is_converged)
        states = [line.state for line in bench.till.current.basket]
        assert states.count(LineState.REFUSED) == 1
        assert states.count(LineState.ORDERED) == 6
        assert len(skus_on_order(bench)) == 6
        assert any("NO-SUCH-THING" in text for text in bench.notices)


async def test_a_sale_with_an_unknown_code_is_not_paid_until_it_is_removed(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        till = bench.till
        till.ring_up(codes(1)[0])
        unknown = till.ring_up("NO-SUCH-THING")
        with pytest.raises(PosError, match="not known"):
            await till.ready_to_pay(till.current)
        till.remove(unknown.line_id)
        assert await till.ready_to_pay(till.current)


async def test_what_cannot_be_undone_gets_a_fresh_order_and_the_old_one_lapses(
    tmp_path: Path,
) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        till = bench.till
        lines = [till.ring_up(code) for code in codes(3)]
        await eventually(lambda: till.current.is_converged)
        first = till.current.order
        till.remove(lines[1].line_id)
        till.set_quantity(lines[0].line_id, 4)
        till.set_quantity(lines[0].line_id, 2)
        await till.ready_to_pay(till.current)
        assert first is not None
        assert till.current.order is not None
        assert till.current.order.order_id != first.order_id
        assert till.current.order.quantities() == {lines[0].sku: 2, lines[2].sku: 1}
        await eventually(lambda: server.calls("setExpirationDateForOrder"))
        assert till.current.order.status == CONCEPT


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "garbage", "status:502"])
async def test_a_lost_answer_never_adds_an_item_twice(kind: str, tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        till = bench.till
        till.ring_up(codes(1)[0])
        await eventually(lambda: till.current.is_converged)
        server.fault("addItemsToOrder", kind)
        for code in codes(3, start=1):
            till.ring_up(code)
        await eventually(lambda: till.current.is_converged)
        assert till.current.order is not None
        wanted = {line.sku: line.quantity for line in till.current.basket}
        assert till.current.order.quantities() == wanted
        assert till.current.drift is None


async def test_a_dead_network_keeps_the_basket_and_says_so(tmp_path: Path) -> None:
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            till = bench.till
            server.fault("*", "drop_before", count=None)
            for code in codes(5):
                till.ring_up(code)
            with pytest.raises(PosError):
                await till.ready_to_pay(till.current)
            assert till.current.trouble
            assert len(till.current.basket) == 5
            server.clear_faults()
            assert await till.ready_to_pay(till.current)
            assert not till.current.trouble


async def test_the_server_s_price_is_the_truth(tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path, with_catalogue=False) as bench:
        till = bench.till
        from tui_pos.sandbox import shop as shop_data

        product = next(iter(shop_data.products().values()))
        line = till.ring_up(product.sku, 2)
        assert line.unit_price is None
        await eventually(lambda: till.current.is_converged)
        known = till.current.basket.line(line.line_id)
        assert known is not None
        assert known.unit_price is not None
        assert known.unit_price.minor == product.price
        assert till.current.total.minor == 2 * product.price


async def test_a_basket_survives_a_restart(tmp_path: Path) -> None:
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            lines = [bench.till.ring_up(code) for code in codes(4)]
            bench.till.set_quantity(lines[2].line_id, 7)
            bench.till.remove(lines[0].line_id)
            before = [(x.line_id, x.code, x.quantity) for x in bench.till.current.basket]
        async with a_till(server, tmp_path) as bench:
            after = [(x.line_id, x.code, x.quantity) for x in bench.till.current.basket]
            assert after == before
            assert await bench.till.ready_to_pay(bench.till.current)


async def test_a_held_sale_comes_back(tmp_path: Path) -> None:
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            bench.till.ring_up(codes(1)[0])
            held = bench.till.current.sale_id
            bench.till.hold("Mrs. Jansen")
            bench.till.ring_up(codes(1, start=1)[0])
        async with a_till(server, tmp_path) as bench:
            assert [s.label for s in bench.till.open_sales()] == ["Mrs. Jansen"]
            bench.till.recall(held)
            assert bench.till.current.sale_id == held
            assert len(bench.till.open_sales()) == 1


@pytest.mark.parametrize("quantity", [0, -1, 10_000, 10**9])
async def test_a_quantity_that_is_none_changes_nothing(quantity: int, tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path) as bench:
        with pytest.raises(PosError):
            bench.till.ring_up(codes(1)[0], quantity)
        assert not bench.till.current.basket


async def test_a_wrong_token_is_named_and_the_basket_kept(tmp_path: Path) -> None:
    async with SandboxServer() as server:
        async with a_till(server, tmp_path, token="wrong", shop=SHOP) as bench:
            bench.till.ring_up(codes(1)[0])
            with pytest.raises(PosError, match="token"):
                await bench.till.ready_to_pay(bench.till.current)
            assert len(bench.till.current.basket) == 1


async def test_keys_before_the_network_is_up_count_once(tmp_path: Path) -> None:
    """The first frame is shown, and keys are taken, before the backend is warm."""
    async with SandboxServer() as server:
        async with a_till(server, tmp_path) as bench:
            bench.till.ring_up(codes(1)[0])
        async with a_till(server, tmp_path, start=False) as bench:
            bench.till.ring_up(codes(1, start=1)[0])
            await bench.till.start()
            await eventually(lambda: bench.till.current.is_converged)
            order = bench.till.current.order
            assert order is not None
            assert set(order.quantities().values()) == {1}
            assert len(order.quantities()) == 2
