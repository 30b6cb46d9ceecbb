"""How an attempt goes: attach, create, then by the backend's word START, PAY or FOLLOW.

Source: payment-safety.md, 3.3 (what each fault means at each step); guide 001, steps 4 to 6.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui_pos.domain.attempt import (
    Attempt,
    Created,
    CreateLost,
    CreateRefused,
    CreateRepeated,
    FollowOffered,
    FoundPaid,
    OutcomeLost,
    PayIntended,
    PayLost,
    State,
)
from tui_pos.domain.errors import (
    Conflict,
    JournalError,
    MaybeDone,
    NotSent,
    PosError,
    RateLimited,
    Refused,
)
from tui_pos.domain.events import Level, Noticed
from tui_pos.domain.order import CONCEPT, ActionKind, Order, TenderKind
from tui_pos.ports.journal import Entry

if TYPE_CHECKING:
    from tui_pos.services.payment_start import TerminalFlow
    from tui_pos.services.payments import Job, PaymentRunner

_FITS = {
    TenderKind.CARD: (ActionKind.START, ActionKind.FOLLOW),
    TenderKind.CASH: (ActionKind.PAY,),
    TenderKind.OTHER: (ActionKind.PAY, ActionKind.FOLLOW, ActionKind.START),
}
_TRIES_S = (1.0, 3.0)
_OUTBOX_S = (1.0, 3.0, 10.0, 30.0)


class PaymentFlow:
    """The steps of one attempt. Holds no state: that is in the job and in the journal."""

    def __init__(self, runner: PaymentRunner, terminal: TerminalFlow) -> None:
        self._runner = runner
        self._terminal = terminal
        self._commerce = runner.commerce
        self._clock = runner.clock

    async def run(self, job: Job) -> None:
        """A whole attempt, until it is resolved or a person must decide."""
        try:
            await self._runner.write_intent(job)
        except PosError as error:
            job.failed = f"{error.title}. {error.advice}"
            level = Level.ALARM if isinstance(error, JournalError) else Level.ADVICE
            self._runner.emit(Noticed(level, error.sentence, job.sale.sale_id, job.reference))
            self._terminal.released(job)
            return
        if not await self._prepare(job):
            self._terminal.released(job)
            return
        match job.remote.action.kind if job.remote and job.remote.action else None:
            case ActionKind.START:
                await self._terminal.start(job)
            case ActionKind.PAY:
                await self.pay(job)
            case _:
                await self._follow(job)

    async def resume(self, job: Job) -> None:
        """Go on after a restart with what the journal knows; the action's address is not known any more."""
        attempt = self._attempt(job)
        match attempt.state:
            case State.CREATE_INTENT | State.CREATE_UNKNOWN:
                await self._resume_create(job)
            case State.CREATED if attempt.action == ActionKind.PAY.value:
                await self.pay(job)
            case State.PAY_INTENT:
                await self.pay(job)
            case State.FOLLOWING:
                await self._poll(job)
            case State.START_INTENT:
                lost = OutcomeLost("the till was restarted while the terminal ran")
                await self._runner.save(job, lost, only_in=(State.START_INTENT,))
                await self._terminal.resolve(job)
            case State.UNKNOWN | State.UNPROVEN:
                await self._terminal.resolve(job)
            case _:
                self._terminal.released(job)

    async def _resume_create(self, job: Job) -> None:
        attempt = self._attempt(job)
        if attempt.state is State.CREATE_INTENT:
            await self._runner.save(job, CreateLost("the till was restarted"))
        if job.tender.cash is None:
            await self._runner.save(
                job, CreateRefused("The till was restarted. Nothing was started.")
            )
            self._terminal.released(job)
            return
        job.is_busy = True
        await self._runner.save(job, CreateRepeated(1))
        if await self._prepare(job):
            await self.pay(job)
        else:
            self._terminal.released(job)

    # -- attach and create -----------------------------------------------------------------------------

    async def _prepare(self, job: Job) -> bool:
        """Attach the method and create the payment; False if the attempt ended here.

        A payment that is never started cannot charge, so a lost creation is asked for again. Cash is in
        the drawer by now: it is asked for until the backend knows.
        """
        is_cash = job.tender.cash is not None
        pauses = _OUTBOX_S if is_cash else _TRIES_S
        tries = 0
        while True:
            try:
                await self._attach(job)
                await self._create(job)
            except (NotSent, RateLimited, MaybeDone) as error:
                if isinstance(error, MaybeDone):
                    await self._runner.save(job, CreateLost(str(error)))
                if tries >= len(pauses) and not is_cash:
                    refusal = CreateRefused(f"{error.title}. Nothing was started.")
                    await self._runner.save(job, refusal)
                    return False
                pause = pauses[min(tries, len(pauses) - 1)]
                if isinstance(error, RateLimited):
                    pause = max(pause, min(error.retry_after_s, 60.0))
                tries += 1
                job.failed = f"{error.title}. The till goes on trying."
                self._runner.changed(job)
                await self._terminal.pause(job, pause)
                if self._attempt(job).state is State.CREATE_UNKNOWN:
                    await self._runner.save(job, CreateRepeated(tries))
            except PosError as error:
                words = str(error)
                if is_cash:
                    words += ". The cash was taken: give it back, or try again"
                    note = Noticed(Level.ALARM, f"{words}.", job.sale.sale_id, job.reference)
                    self._runner.emit(note)
                await self._runner.save(job, CreateRefused(words))
                if isinstance(error, Conflict):
                    self._runner.on_conflict(job.sale)
                return False
            else:
                job.failed = ""
                return True

    async def _attach(self, job: Job) -> None:
        """Choose the method, and see on the answer that the order is still what was shown (G5)."""
        intent, tender = self._attempt(job).intent, job.tender
        body = {"attempt": job.attempt_id, "method_id": intent.method_id}
        await self._runner.journal.append(Entry("attach_intended", body, intent.sale_id))
        order = await self._commerce.attach_method(
            intent.order_id,
            tender.method,
            terminal_id=intent.terminal_id,
            drawer_id=tender.cash.drawer_id if tender.cash else "",
            key=f"{intent.idempotency_key}a",
        )
        if order is None:
            order = await self._commerce.read_order(intent.order_id)
        self._check_order(job, order)

    def _check_order(self, job: Job, order: Order) -> None:
        intent = self._attempt(job).intent
        if order.paid != job.sale.paid:
            job.sale.foreign = order.paid - job.sale.paid
            raise Conflict("something was paid on the order elsewhere: a supervisor must look")
        if order.status != CONCEPT:
            raise Conflict("the order was opened or cancelled elsewhere")
        if order.fingerprint() != intent.fingerprint:
            raise Conflict("the order was changed elsewhere")
        if order.paid + intent.amount > order.total:
            raise Conflict("less is due than is asked")

    async def _create(self, job: Job) -> None:
        intent = self._attempt(job).intent
        key = intent.idempotency_key
        remote = await self._commerce.create_payment(intent.order_id, intent.amount, key=key)
        action = remote.action
        if remote.amount is not None and remote.amount != intent.amount:
            raise Refused("the payment was made for another amount")
        if action is None or action.kind is None:
            word = f" ({action.word})" if action else ""
            raise Refused(f"it asks for a step that this till does not know{word}")
        if action.kind not in _FITS[intent.tender]:
            raise Refused(f"{action.word} does not fit {intent.method_name}")
        try:
            host = (urlsplit(action.url).hostname or "") if action.url else ""
        except ValueError:
            raise Refused("the address of the next step cannot be read") from None
        job.remote = remote
        digest = hashlib.sha256(action.url.encode()).hexdigest()[:16] if action.url else ""
        await self._runner.save(job, Created(remote.payment_id, action.kind.value, host, digest))

    # -- PAY and FOLLOW ----------------------------------------------------------------------------------

    async def pay(self, job: Job) -> None:
        """Tell the backend that the money was taken, until it knows: same id, same amount, read in between."""
        n = 0
        was_sent = self._attempt(job).state is State.PAY_INTENT  # before a restart
        has_alarmed = False
        while not self._attempt(job).is_paid:
            n += 1
            await self._runner.save(job, PayIntended(n))
            attempt = self._attempt(job)
            try:
                if n > 1 or was_sent:
                    await self._terminal.read(job)
                if not self._attempt(job).is_paid:
                    key = f"{attempt.intent.idempotency_key}p"
                    answer = await self._commerce.mark_paid(
                        attempt.payment_id, attempt.amount, key=key
                    )
                    if answer.is_paid and answer.amount in (None, attempt.amount):
                        await self._runner.save(job, FoundPaid("answer", attempt.amount))
                    else:
                        await self._terminal.read(job)
            except PosError as error:
                await self._runner.save(job, PayLost(str(error)))
                if isinstance(error, Refused) and not has_alarmed:
                    has_alarmed = True
                    words = f"{error!s}. The money was taken; the till goes on asking."
                    note = Noticed(Level.ALARM, words, job.sale.sale_id, job.reference)
                    self._runner.emit(note)
            job.is_busy = False
            if not self._attempt(job).is_paid:
                await self._terminal.pause(job, _OUTBOX_S[min(n - 1, len(_OUTBOX_S) - 1)])
        self._terminal.released(job)

    async def _follow(self, job: Job) -> None:
        """Show the link, read until the customer paid or the payment ended."""
        await self._runner.save(job, FollowOffered())
        await self._poll(job)

    async def _poll(self, job: Job) -> None:
        job.began_at_s = self._clock.boot()
        job.is_busy = False
        self._runner.changed(job)
        policy = self._runner.policy
        while self._attempt(job).state is State.FOLLOWING:
            waited = self._clock.boot() - job.began_at_s
            pause = policy.read_s if waited < policy.slow_after_s else policy.slow_read_s
            await self._terminal.pause(job, pause)
            try:
                await self._terminal.read(job)
            except PosError:
                continue
        self._terminal.released(job)

    def link(self, job: Job) -> str:
        """What the customer opens; "" unless the payment is a FOLLOW."""
        action = job.remote.action if job.remote else None
        return action.url if action is not None and action.kind is ActionKind.FOLLOW else ""

    def _attempt(self, job: Job) -> Attempt:
        return job.sale.attempts[job.attempt_id]
