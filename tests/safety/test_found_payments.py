"""Ways in which one payment could be taken for over, for unpaid or for nobody's while money moves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from simulation.backend import Ordered
from simulation.stage import Stage, stage

from tui_pos.domain.attempt import State
from tui_pos.domain.events import Event, PaymentChanged
from tui_pos.domain.order import PENDING, Order
from tui_pos.services.payment_view import Choice, Phase


def tells(scene: Stage, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """Reads show another word for every payment, or ("") no payments at all."""
    real = scene.backend.show

    def show(order: Ordered, lag: float = 0.0) -> Order:
        told = real(order, lag)
        kept = told.payments if status else ()
        return replace(told, payments=tuple(replace(p, status=status) for p in kept))

    monkeypatch.setattr(scene.backend, "show", show)


def test_a_read_from_before_a_sleep_ends_no_quarantine() -> None:
    """The answer lay in the socket while the machine slept: it says nothing of the time since."""
    with stage() as scene:
        scene.sells("COLA")
        scene.card("approve", fault="held:59")
        scene.wait_for(lambda: scene.view.phase is Phase.UNKNOWN)
        script = scene.world.script["read_order"] = ["slow:0.1"]
        scene.wait_for(lambda: not script)
        scene.wait(0.05)
        scene.world.suspend(600.0)
        for _ in range(40):
            scene.wait(0.02)
            assert scene.charged == [195]
            assert scene.attempt.state is not State.RETRYABLE, scene.story
        assert scene.end().is_clean, scene.story


@pytest.mark.parametrize("status", ["", "AUTHORISED"])
def test_a_payment_that_is_not_shown_as_unpaid_is_not_unpaid(
    status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that may not see payments, or a word that the till does not know, proves nothing."""
    with stage() as scene:
        scene.sells("COLA")
        tells(scene, monkeypatch, status)
        scene.card("approve", fault="lost_after")
        scene.wait_for(lambda: scene.charged)
        scene.wait(400.0)
        assert Choice.AGAIN not in scene.view.choices, scene.story
        assert scene.attempt.state is State.UNKNOWN


def test_a_part_that_was_paid_is_seen_before_the_same_payment_is_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with stage() as scene:
        scene.sells("SHIRT")
        scene.card("decline", "approve", then=45.0)
        scene.press(Choice.SAY_DECLINED, then=1.0)
        payment = scene.backend.payments[scene.attempt.payment_id]
        payment.amount = 1000
        scene.backend.pay_late(payment)
        scene.press(Choice.AGAIN, then=60.0)
        assert scene.charged == [1000], scene.story


def test_a_cancelled_payment_may_still_have_a_start_on_its_way() -> None:
    """The server cancels what was declined first, while the second START is held by a proxy."""
    with stage(variant=1) as scene:
        scene.sells("COLA")
        scene.card("decline", "approve", "approve", then=45.0)
        scene.press(Choice.SAY_DECLINED, then=1.0)
        payment = scene.backend.payments[scene.attempt.payment_id]
        scene.world.script["start"] = ["held:55"]
        scene.press(Choice.AGAIN)
        scene.wait_for(lambda: scene.attempt.starts == 2)
        scene.world.at(2.0, lambda: scene.backend.tidy(payment))
        scene.wait_for(lambda: scene.view.phase in (Phase.RETRY, Phase.UNKNOWN))
        for _ in range(20):
            if Choice.AGAIN in scene.view.choices:
                scene.press(Choice.AGAIN)
            scene.wait(2.0)
        verdict = scene.end()
        assert verdict.is_safe, scene.story
        assert scene.charged == [195], scene.story


def test_the_till_closes_though_a_sale_ends_meanwhile() -> None:
    """Two payments run; one sale comes to its end in the seconds that closing waits for the other."""
    with stage() as scene:
        scene.backend.invoices_after_s = 0.2
        for terminal in (0, 1):
            scene.sells("COLA")
            scene.card("silent", terminal=terminal, then=5.0)
            scene.do(lambda: scene.till.next_sale())
        run = scene.backend.terminals["T1"].current
        assert run is not None
        scene.backend.hurry(run)
        scene.do(lambda: scene.till.close())


def test_an_approval_that_was_read_out_is_remembered_after_a_restart() -> None:
    """Time alone must not settle what the cashier saw approved (payment-safety.md, 3.5 step 4)."""
    with stage() as scene:
        scene.sells("COLA")
        scene.card("silent", fault="cut")
        scene.wait_for(lambda: scene.view.phase is Phase.UNKNOWN)
        scene.press(Choice.SAY_APPROVED, then=1.0)
        scene.restart(then=400.0)
        assert scene.attempt.state is State.UNKNOWN, scene.story


def test_a_screen_that_stumbles_does_not_stop_a_payment() -> None:
    with stage() as scene:
        scene.sells("COLA")

        def watcher(event: Event) -> None:
            if isinstance(event, PaymentChanged):
                raise LookupError("no such widget")

        scene.station.watcher = watcher
        scene.card("approve")
        assert scene.end().is_safe
        assert scene.charged == [195], scene.story
        assert not scene.till.sales or scene.sale.paid, scene.story


def test_cash_is_not_booked_for_another_amount(monkeypatch: pytest.MonkeyPatch) -> None:
    """G8: paid only if the amount is ours."""
    with stage() as scene:
        scene.sells("COLA")
        real = scene.backend.mark_paid

        def other(payment_id: str, amount: int) -> object:
            told = real(payment_id, amount)
            return replace(told, amount=told.amount and told.amount * 2)

        monkeypatch.setattr(scene.backend, "mark_paid", other)
        tells(scene, monkeypatch, PENDING)
        scene.cash(then=5.0)
        assert scene.attempt.state is State.PAY_INTENT, scene.story
