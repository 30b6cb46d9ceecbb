"""A card terminal at work: START, the reads beside it, and the way from doubt to a proven end.

Source: payment-safety.md, 3.3 column 6 (what each fault of START means), 3.5 (unknown outcomes).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from tui_pos.domain.attempt import (
    IN_DOUBT,
    AnsweredPending,
    Attempt,
    Evidence,
    Fact,
    FoundPaid,
    FoundUnpaid,
    OutcomeLost,
    OutcomeSettled,
    Overridden,
    StartIntended,
    StartNotSent,
    State,
)
from tui_pos.domain.errors import (
    BackendError,
    Conflict,
    ForeignAddress,
    NotSent,
    PosError,
    Refused,
)
from tui_pos.domain.events import Level, Noticed
from tui_pos.domain.order import PENDING, ActionKind, OrderPayment, RemotePayment
from tui_pos.services.tasks import new_reference

if TYPE_CHECKING:
    from tui_pos.services.payments import Job, PaymentRunner

log = logging.getLogger("tui_pos")

_ASLEEP_S = 2.0
_DEAD_COUNTS = (*IN_DOUBT, State.FOLLOWING, State.RETRYABLE)


class TerminalFlow:
    """START and everything that only reading can tell. Holds no state: that is in the job and the journal."""

    def __init__(self, runner: PaymentRunner) -> None:
        self._runner = runner
        self._commerce = runner.commerce
        self._clock = runner.clock

    # -- START -----------------------------------------------------------------------------------------

    async def start_again(self, job: Job) -> None:
        """The same payment once more, after a fresh look at it."""
        if self._attempt(job).starts:
            try:
                await self.read(job)
            except PosError as error:
                job.failed = f"{error.title}. {error.advice}"
                self.released(job)
                return
            attempt = self._attempt(job)
            if attempt.state is State.FINAL_UNPAID:
                await self._runner.anew(job)
                return
            if not attempt.may_start:
                self.released(job)
                await self.resolve(job)
                return
            if not self._is_as_shown(job):
                job.failed = "The order was changed elsewhere. Nothing was started."
                self.released(job)
                return
        job.failed = ""
        await self.start(job)

    def _is_as_shown(self, job: Job) -> bool:
        """Whether the order just read is still the one that is being paid (G5)."""
        intent, order = self._attempt(job).intent, job.order_seen
        if order is None or order.fingerprint() != intent.fingerprint:
            return False
        return order.paid == job.sale.paid and order.paid + intent.amount <= order.total

    async def start(self, job: Job) -> None:
        """Journal the intent, hold the call, and see the attempt to an end or to a person's decision."""
        assert job.remote is not None  # noqa: S101  only a created payment is started
        began_at_s = self._clock.boot()
        intent = StartIntended(
            n=self._attempt(job).starts + 1,
            cashier=self._runner.cashier(),
            boot_id=self._clock.boot_id,
            boot_at_s=began_at_s,
            quarantine_s=self._runner.policy.quarantine_s,
        )
        try:
            await self._runner.write(job, intent)
        except PosError as error:
            job.failed = f"{error.title}. {error.advice}"
            self._runner.emit(Noticed(Level.ALARM, error.sentence, job.sale.sale_id, job.reference))
            self.released(job)
            return
        job.began_at_s = job.lost_at_s = began_at_s
        job.said_approved = job.stopped_waiting = job.is_busy = False
        job.mismatch = job.failed = ""
        self._runner.changed(job)
        try:
            await self._wait_for_terminal(job, job.remote)
        except Exception:
            reference = new_reference()
            log.exception("%s: a START ended in an unexpected way", reference)
            await self._lost(job, f"the till stumbled ({reference})")
        await self.resolve(job)

    async def _wait_for_terminal(self, job: Job, remote: RemotePayment) -> None:
        """Hold the blocking call, read beside it, and write down whichever proves something first."""
        call = asyncio.ensure_future(self._commerce.start(remote))
        reads = asyncio.ensure_future(self._read_beside(job))
        try:
            await asyncio.wait((call, reads), return_when=asyncio.FIRST_COMPLETED)
            if reads.done() and reads.exception() is not None:
                log.error("the reads beside a START failed", exc_info=reads.exception())
                await asyncio.wait((call,))
            if call.done():
                await self._answered(job, call)
        finally:
            for task in (call, reads):
                task.cancel()
            await asyncio.gather(call, reads, return_exceptions=True)

    async def _read_beside(self, job: Job) -> None:
        """Until the payment is proven paid, or the machine turns out to have slept."""
        policy, loop = self._runner.policy, asyncio.get_running_loop()
        pause = policy.first_read_s
        awake = self._clock.boot() - loop.time()  # grows when the machine sleeps
        while True:
            await self.pause(job, pause)
            try:
                await self.read(job)
            except PosError:
                pass  # the call itself goes on, and the next read comes
            if self._clock.boot() - loop.time() - awake > _ASLEEP_S:
                await self._lost(job, "the machine slept while the terminal ran")
                return
            if self._attempt(job).is_paid:
                return
            pause = self._read_pause(self._clock.boot() - job.began_at_s)

    async def _lost(self, job: Job, reason: str) -> None:
        await self._runner.save(job, OutcomeLost(reason), only_in=(State.START_INTENT,))

    async def _answered(self, job: Job, call: asyncio.Future[RemotePayment]) -> None:
        """What the START's own answer, or its loss, proves."""
        fact: Fact
        try:
            answer = call.result()
        except (NotSent, ForeignAddress) as error:
            fact = StartNotSent(str(error))
        except Conflict as error:
            # Busy may mean that this very payment is already running on the terminal.
            fact = OutcomeLost(str(error))
        except Refused as error:
            fact = await self._refused(job, error)
        except BackendError as error:
            fact = OutcomeLost(str(error))
        else:
            fact = self._judge(job, answer)
        is_proof = isinstance(fact, FoundPaid)  # it counts whenever it comes
        await self._runner.save(job, fact, only_in=None if is_proof else (State.START_INTENT,))

    async def _refused(self, job: Job, error: Refused) -> Fact:
        """A proper refusal: look once whether it is paid all the same, then the terminal was untouched."""
        try:
            await self.read(job)
        except PosError:
            return OutcomeLost(str(error))
        return StartNotSent(str(error))

    def _judge(self, job: Job, answer: RemotePayment) -> Fact:
        if answer.is_paid:
            if answer.amount is None or answer.amount == job.tender.amount:
                return FoundPaid("answer", job.tender.amount)
            job.mismatch = (
                f"the server says that another amount was paid ({answer.amount.to_decimal()})"
            )
            return OutcomeLost(job.mismatch)
        if answer.status in ("CANCELLED", "EXPIRED"):
            return FoundUnpaid(answer.status, "answer")
        if answer.status == PENDING:
            return AnsweredPending(answer.status)
        return OutcomeLost(f"the server says {answer.status or 'nothing'}")

    # -- from doubt to a proven end ----------------------------------------------------------------------

    async def resolve(self, job: Job) -> None:
        """Read until the outcome is proven, the quarantine is over, or a person settles it."""
        is_final = self._commerce.capabilities.pending_final_on_abort
        if is_final and self._attempt(job).state is State.UNPROVEN:
            await self.settle(job, OutcomeSettled(Evidence.CAPABILITY, "the terminal ended it"))
        job.lost_at_s = self._clock.boot()
        self._runner.changed(job)
        while self._attempt(job).state in IN_DOUBT:
            asked_s = self._clock.boot() - job.lost_at_s
            shown = None
            try:
                shown = await self.read(job)
            except PosError:
                pass  # no evidence either way
            if self._attempt(job).state not in IN_DOUBT:
                break
            # Only a read that was asked for after that time says anything about it.
            is_over = asked_s >= self._runner.quarantine_s(job)
            is_unpaid = shown is not None and (shown.status == PENDING or shown.is_dead)
            if is_over and is_unpaid and not job.said_approved and not job.mismatch:
                words = "longer ago than any terminal can take, and still not paid"
                await self.settle(job, OutcomeSettled(Evidence.QUARANTINE, words))
                break
            await self.pause(job, self._read_pause(self._clock.boot() - job.lost_at_s))
        self.ended(job)

    async def settle(self, job: Job, fact: OutcomeSettled) -> None:
        """Write down that the last START is over, unless it was proven otherwise meanwhile."""
        await self._runner.save(job, fact, only_in=tuple(IN_DOUBT))
        job.is_busy = False
        job.wake.set()
        self._runner.changed(job)

    async def override(self, job: Job, fact: Overridden) -> None:
        """Write a supervisor's decision down, unless the outcome was proven meanwhile, and watch on."""
        written = await self._runner.save(job, fact, only_in=tuple(IN_DOUBT))
        job.is_busy = False
        job.wake.set()
        if written:
            self.watch(job)
        self._runner.changed(job)

    def released(self, job: Job) -> None:
        """What owned the attempt is done with it: `ended`, and others may act on it."""
        job.is_busy = False
        self.ended(job)

    def ended(self, job: Job) -> None:
        """Nothing more happens by itself: tell the sale how the attempt ended, where it did."""
        attempt = self._runner.attempt(job)
        self._runner.changed(job)
        if attempt is None or attempt.is_resolved:
            self._runner.settle_stage(job.sale)
        if attempt is not None and attempt.is_paid:
            self._runner.on_paid(job.sale)

    async def read(self, job: Job) -> OrderPayment | None:
        """Read the order's payments and write down what they prove.

        What a read says about an unpaid payment counts only if no START was sent since it was asked, and of a
        START that was never answered only once no middle box can hold it any more.

        Returns:
            The payment as the order shows it; None if it does not.

        Raises:
            BackendError: it could not be read.
        """
        before = self._attempt(job)
        may_arrive = before.state is State.UNKNOWN and self._may_arrive(job, before)
        order = await self._commerce.read_order(before.intent.order_id)
        job.order_seen = order
        payment = order.payment(before.payment_id)
        if payment is None:
            return None
        if payment.is_paid:
            if payment.taken is None or payment.taken == before.amount:
                if not self._attempt(job).is_paid:
                    await self._runner.save(job, FoundPaid("read", before.amount))
            else:
                taken = payment.taken.to_decimal()
                job.mismatch = f"the server says that another amount was paid ({taken})"
                lost = OutcomeLost(job.mismatch)
                await self._runner.save(job, lost, only_in=(State.RETRYABLE, State.UNPROVEN))
                self._runner.changed(job)
        elif payment.is_dead and before.state in _DEAD_COUNTS and not may_arrive:
            fact = FoundUnpaid(payment.status, "read")
            await self._runner.save(job, fact, only_in=_DEAD_COUNTS, starts=before.starts)
        return payment

    def _may_arrive(self, job: Job, attempt: Attempt) -> bool:
        """Whether a START may still be on its way, so that a dead word can be about an earlier one."""
        policy = self._runner.policy
        limit = policy.hold_s if attempt.starts <= 1 else self._runner.quarantine_s(job)
        return self._clock.boot() - job.began_at_s < limit

    # -- after the sale went another way -------------------------------------------------------------------

    def watch(self, job: Job) -> None:
        """Look for a late approval of a payment that was started or followed and then given up."""
        attempt = self._attempt(job)
        if attempt.payment_id and (attempt.starts or attempt.action == ActionKind.FOLLOW.value):
            self._runner.tasks.spawn(self._watch(job), f"watch {job.attempt_id}")

    async def _watch(self, job: Job) -> None:
        policy = self._runner.policy
        end = self._clock.boot() + policy.watch_s
        while self._clock.boot() < end:
            try:
                await self.read(job)
            except PosError:
                pass  # looked at again below
            if self._attempt(job).state is State.PAID:
                self.ended(job)  # what a supervisor read on the receipt is confirmed
                return
            if self._attempt(job).state is State.LATE_PAID or job.mismatch:
                where = job.tender.terminal.name if job.tender.terminal else job.tender.method.name
                amount = f"{job.tender.amount.to_decimal()} {job.tender.amount.currency}"
                words = (
                    f"A payment that was given up was paid after all: {amount}, {where}. Refund it."
                )
                self._runner.emit(Noticed(Level.ALARM, words, job.sale.sale_id, job.reference))
                return
            await self._clock.sleep(policy.watch_every_s)

    # -- small ---------------------------------------------------------------------------------------------

    def _attempt(self, job: Job) -> Attempt:
        return job.sale.attempts[job.attempt_id]

    def _read_pause(self, waited_s: float) -> float:
        policy = self._runner.policy
        return policy.read_s if waited_s < policy.slow_after_s else policy.slow_read_s

    async def pause(self, job: Job, seconds: float) -> None:
        """Sleep, unless somebody asks for a look now."""
        job.wake.clear()
        sleep = asyncio.ensure_future(self._clock.sleep(seconds))
        wake = asyncio.ensure_future(job.wake.wait())
        try:
            await asyncio.wait((sleep, wake), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            wake.cancel()
            await asyncio.gather(sleep, wake, return_exceptions=True)
