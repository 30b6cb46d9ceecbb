"""Faults planted in the real till, each a mistake that a hurried change could make."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tui_pos.domain import attempt as machine
from tui_pos.domain.attempt import (
    Evidence,
    FoundPaid,
    FoundUnpaid,
    OutcomeLost,
    OutcomeSettled,
    StartIntended,
    State,
)
from tui_pos.domain.errors import MaybeDone, PosError
from tui_pos.domain.order import RemotePayment
from tui_pos.services.finishing import Finisher
from tui_pos.services.payment_flow import PaymentFlow
from tui_pos.services.payment_start import TerminalFlow
from tui_pos.services.payments import PaymentRunner

Patch = pytest.MonkeyPatch
_write, _save, _resolve = PaymentRunner.write, PaymentRunner.save, TerminalFlow.resolve
_resume = PaymentFlow.resume


def skip_the_intent(patch: Patch) -> None:
    """START is sent while its intent is still on its way to the disk."""

    async def write(self: Any, job: Any, fact: Any, **rest: Any) -> bool:
        if not isinstance(fact, StartIntended):
            return await _write(self, job, fact, **rest)
        before = self.attempt(job)
        after = machine.advance(before, fact)
        job.sale.attempts[job.attempt_id] = after
        return True

    patch.setattr(PaymentRunner, "write", write)


def retry_on_pending_at_once(patch: Patch) -> None:
    _on_lost_answers(patch, lambda fact: isinstance(fact, machine.AnsweredPending), _settled)


def trust_a_truthy_is_paid(patch: Patch) -> None:
    """Any answer of the START counts as paid."""

    def judge(self: Any, job: Any, answer: RemotePayment) -> Any:
        return FoundPaid("answer", job.tender.amount)

    patch.setattr(TerminalFlow, "_judge", judge)


def take_unknown_for_failed(patch: Patch) -> None:
    patch.setattr(
        PaymentRunner, "save", _instead(OutcomeLost, lambda: FoundUnpaid("FAILED", "guess"))
    )


def repeat_start_on_error(patch: Patch) -> None:
    """As a library that retries for everybody's convenience would."""

    async def wait(self: Any, job: Any, remote: Any) -> None:
        real = self._commerce.start

        async def stubborn(payment: RemotePayment) -> RemotePayment:
            for _ in range(3):
                try:
                    return await real(payment)  # type: ignore[no-any-return]
                except MaybeDone:
                    await asyncio.sleep(1.0)
            return await real(payment)  # type: ignore[no-any-return]

        call = asyncio.ensure_future(stubborn(remote))
        await asyncio.wait((call,))
        await self._answered(job, call)

    patch.setattr(TerminalFlow, "_wait_for_terminal", wait)


def new_payment_on_error(patch: Patch) -> None:
    """What is in doubt is given up and begun anew."""
    patch.setitem(machine._TABLE[machine.Abandoned], State.UNKNOWN, State.ABANDONED)

    async def resolve(self: Any, job: Any) -> None:
        if self._attempt(job).state is State.UNKNOWN:
            await self._runner.anew(job)
            return
        await _resolve(self, job)

    patch.setattr(TerminalFlow, "resolve", resolve)


def quarantine_too_short(patch: Patch) -> None:
    """A minute ought to be enough."""
    patch.setattr(PaymentRunner, "quarantine_s", lambda self, job: 60.0)


def open_without_a_fresh_read(patch: Patch) -> None:
    async def open_(self: Any, sale: Any) -> bool:
        while True:
            try:
                await self._commerce.open_order(sale.order.order_id, key="k")
            except PosError:
                await self._clock.sleep(1.0)
            else:
                return True

    patch.setattr(Finisher, "_open", open_)


def start_again_after_a_restart(patch: Patch) -> None:
    """As an engine for durable workflows would: the step that was under way runs again."""
    patch.setitem(machine._TABLE[StartIntended], State.START_INTENT, State.START_INTENT)

    async def resume(self: Any, job: Any) -> None:
        attempt = self._attempt(job)
        if attempt.state is not State.START_INTENT:
            await _resume(self, job)
            return
        job.remote = RemotePayment(attempt.payment_id, "PENDING", False, attempt.amount)
        await self._terminal.start(job)

    patch.setattr(PaymentFlow, "resume", resume)


def forget_cash(patch: Patch) -> None:
    """Cash that the server was not told at once is not told at all."""

    async def pay(self: Any, job: Any) -> None:
        attempt = self._attempt(job)
        await self._runner.save(job, machine.PayIntended(1))
        try:
            await self._commerce.mark_paid(attempt.payment_id, attempt.amount, key="k")
        except PosError:
            pass
        await self._runner.save(job, FoundPaid("answer", attempt.amount))
        self._terminal.ended(job)

    patch.setattr(PaymentFlow, "pay", pay)


def _settled() -> OutcomeSettled:
    return OutcomeSettled(Evidence.CAPABILITY, "planted")


def _instead(kind: type[Any], other: Callable[[], Any]) -> Any:
    async def save(self: Any, job: Any, fact: Any, **rest: Any) -> bool:
        return await _save(self, job, other() if isinstance(fact, kind) else fact, **rest)

    return save


def _on_lost_answers(patch: Patch, which: Callable[[Any], bool], then: Callable[[], Any]) -> None:
    async def save(self: Any, job: Any, fact: Any, **rest: Any) -> bool:
        written = await _save(self, job, fact, **rest)
        if which(fact):
            await _save(self, job, then())
        return written

    patch.setattr(PaymentRunner, "save", save)


PLANTED = (
    skip_the_intent,
    retry_on_pending_at_once,
    trust_a_truthy_is_paid,
    take_unknown_for_failed,
    repeat_start_on_error,
    new_payment_on_error,
    quarantine_too_short,
    open_without_a_fresh_read,
    start_again_after_a_restart,
    forget_cash,
)
"""Every one must be caught by a few hundred seeds."""
