"""Ways in which an order could differ from what was rung up, and a paid sale could be held up."""

from __future__ import annotations

import pytest
from simulation.stage import Stage, stage

from tui_pos.domain.errors import PosError
from tui_pos.services.payment_view import Choice


def ordered(scene: Stage) -> dict[str, int]:
    assert scene.sale.order is not None
    kept = scene.backend.orders[scene.sale.order.order_id]
    skus = [sku for _, sku in kept.units]
    return {sku: skus.count(sku) for sku in skus}


def test_a_till_starts_although_a_row_of_a_basket_is_missing() -> None:
    with stage() as scene:
        scene.station.disk.is_broken = True
        scene.do(lambda: scene.till.ring_up("COLA"), then=0.05)
        scene.station.disk.is_broken = False
        line = scene.till.current.basket[0]
        scene.do(lambda: scene.till.set_quantity(line.line_id, 2))
        scene.wait_for(lambda: scene.sale.is_converged)
        scene.card("approve")
        scene.wait(0.5)
        scene.restart()
        verdict = scene.end()
        assert verdict.is_safe, scene.story


@pytest.mark.parametrize("quantity", [1, 7])
def test_a_quantity_changed_while_an_addition_is_in_doubt_counts(quantity: int) -> None:
    with stage() as scene:
        scene.world.script["add_items"] = ["lost_before"]
        scene.do(lambda: scene.till.ring_up("SHIRT", 3), then=1.0)
        line = scene.till.current.basket[0]
        scene.do(lambda: scene.till.set_quantity(line.line_id, quantity))
        scene.wait_for(lambda: scene.sale.is_converged)
        assert ordered(scene) == {"SHIRT": quantity}, scene.story


def test_an_addition_that_arrives_late_is_not_charged_twice() -> None:
    """The first try is held by a proxy, the second one is answered with both."""
    with stage() as scene:
        scene.world.script["add_items"] = ["held:16", "slow:18"]
        scene.do(lambda: scene.till.ring_up("SHIRT", 3))
        scene.wait_for(lambda: scene.sale.is_converged)
        scene.card("approve")
        scene.wait(60.0)
        assert scene.charged == [3 * 2499], scene.story


@pytest.mark.parametrize("change", ["more", "fewer", "other"])
def test_a_sale_goes_on_after_a_restart_with_a_payment_that_failed(change: str) -> None:
    with stage() as scene:
        scene.sells("COLA", "COLA", "BREAD")
        scene.card("decline", then=45.0)
        scene.press(Choice.SAY_DECLINED, then=1.0)
        scene.restart(then=2.0)
        scene.press(Choice.BACK, then=1.0)
        line = scene.till.recall(scene.sale.sale_id).basket[0]
        match change:
            case "more":
                scene.do(lambda: scene.till.set_quantity(line.line_id, 3))
            case "fewer":
                scene.do(lambda: scene.till.set_quantity(line.line_id, 1))
            case _:
                scene.do(lambda: scene.till.remove(line.line_id))
        scene.wait_for(lambda: scene.sale.is_converged, within=60.0)
        wanted = {line.sku: line.quantity for line in scene.sale.basket}
        assert ordered(scene) == wanted, scene.story


def test_a_line_refused_after_a_part_was_ordered_is_not_charged() -> None:
    with stage() as scene:
        scene.sells("MILK", "BREAD")
        scene.world.script["add_items"] = ["422"]
        line = scene.till.current.basket[0]
        scene.do(lambda: scene.till.set_quantity(line.line_id, 2))
        scene.wait_for(lambda: scene.sale.basket.refused or scene.sale.is_converged)
        if scene.sale.basket.refused:
            scene.do(lambda: scene.till.remove(line.line_id))
        scene.wait_for(lambda: scene.sale.is_converged)
        wanted = {line.sku: line.quantity for line in scene.sale.basket}
        assert ordered(scene) == wanted, scene.story


def test_a_busy_order_is_not_an_unknown_code() -> None:
    with stage() as scene:
        scene.world.script["add_items"] = ["409"]
        scene.sells("COLA")
        assert not scene.sale.basket.refused, scene.story


def test_a_full_disk_holds_the_end_of_a_paid_sale_up_and_no_longer() -> None:
    with stage() as scene:
        scene.sells("COLA")
        scene.card("approve")
        scene.wait_for(lambda: scene.sale.invoice is not None)
        scene.station.disk.is_broken = True
        scene.wait(5.0)
        scene.station.disk.is_broken = False
        assert scene.end().is_clean, scene.story


def test_an_invoice_whose_answer_was_lost_is_not_called_refused() -> None:
    with stage() as scene:
        scene.sells("COLA")
        scene.card("approve")
        scene.world.script["invoice_items"] = ["lost_after"]
        scene.wait_for(lambda: scene.world.script["invoice_items"] == [])
        scene.world.script["read_order"] = ["not_sent", "not_sent"]
        assert scene.end().is_clean, scene.story


def test_what_somebody_else_was_paid_is_not_asked_for_again() -> None:
    """The order turns out paid: a fresh order for the same goods would be paid twice."""
    with stage() as scene:
        scene.sells("COLA")
        order = scene.sale.order
        assert order is not None
        kept = scene.backend.orders[order.order_id]
        scene.backend.pay_elsewhere(kept)
        scene.card("approve", then=60.0)
        try:
            scene.card("approve", then=60.0)
        except (PosError, AssertionError):
            pass
        assert len(scene.charged) == 1, scene.story
