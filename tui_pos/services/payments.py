"""PaymentRunner: owns every payment attempt, for as long as the program lives.

Screens watch it and ask; leaving a screen never touches an attempt. Nothing is sent before its intent
is durable, and no START is ever sent by itself (payment-safety.md, 2.4 rule J, 3.4, 3.5).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Container
from dataclasses import dataclass, field

from tui_pos.domain.attempt import (
    IN_DOUBT,
    MAY_ABANDON,
    Abandoned,
    Attempt,
    Cash,
    CreateIntended,
    Evidence,
    Fact,
    OutcomeSettled,
    Overridden,
    State,
)
from tui_pos.domain.errors import JournalError, PosError
from tui_pos.domain.events import Event, Level, Noticed, PaymentChanged, SaleChanged
from tui_pos.domain.money import Money
from tui_pos.domain.order import Order, PaymentMethod, RemotePayment, TenderKind, Terminal
from tui_pos.ports.clock import Clock
from tui_pos.ports.commerce import Commerce, StartStrategy
from tui_pos.ports.journal import Entry, Journal
from tui_pos.services import record
from tui_pos.services.payment_flow import PaymentFlow
from tui_pos.services.payment_start import TerminalFlow
from tui_pos.services.payment_view import Choice, PaymentView, Phase, choices_of, phase_of
from tui_pos.services.sale import Sale, Stage
from tui_pos.services.tasks import Tasks

SAVE_AGAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class PaymentPolicy:
    """How long to wait for what (payment-safety.md, 2.2 and 3.1), in seconds.

    Attributes:
        quarantine_s: Q, after which a START that was never answered cannot charge any more.
        terminal_s: D, the longest life of a terminal's transaction.
        hold_s: L, how long a middle box may hold a START and still deliver it.
        first_read_s, read_s, slow_read_s: when the order's payments are read while a START runs.
        watch_s, watch_every_s: how long, how often a payment that was given up is looked at.
    """

    quarantine_s: float = 250.0
    hold_s: float = 60.0
    terminal_s: float = 150.0
    first_read_s: float = 5.0
    read_s: float = 3.0
    slow_read_s: float = 10.0
    slow_after_s: float = 60.0
    watch_s: float = 900.0
    watch_every_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Tender:
    """What the customer wants to pay with, and how much.

    Attributes:
        amount: the part of the amount due that this pays; unrounded, also for cash.
        cash: for cash only: what was asked, rounded, and handed over.
    """

    method: PaymentMethod
    amount: Money
    terminal: Terminal | None = None
    cash: Cash | None = None

    @property
    def kind(self) -> TenderKind:
        return self.method.kind


@dataclass(slots=True, eq=False)
class Job:
    """An attempt at work: what of it lives in memory only.

    Attributes:
        remote: the payment with its action's address, which is never written down.
        order_seen: the order as it was read last.
        began_at_s, lost_at_s: boot clock; when the START was sent, when its answer was lost.
        said_approved: the cashier read an approval on the terminal, so time alone settles nothing.
    """

    attempt_id: str
    sale: Sale
    tender: Tender
    began_at_s: float
    remote: RemotePayment | None = None
    order_seen: Order | None = None
    lost_at_s: float = 0.0
    said_approved: bool = False
    stopped_waiting: bool = False
    is_busy: bool = False
    mismatch: str = ""
    failed: str = ""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def reference(self) -> str:
        """What a cashier can read out; it begins the attempt's id in journal and log."""
        return self.attempt_id[:8]


class PaymentRunner:
    """Begins attempts, runs them, and answers what may be done with them."""

    def __init__(
        self,
        commerce: Commerce,
        journal: Journal,
        clock: Clock,
        tasks: Tasks,
        policy: PaymentPolicy,
        *,
        emit: Callable[[Event], None],
        on_paid: Callable[[Sale], None],
        on_conflict: Callable[[Sale], None],
        cashier: Callable[[], str],
    ) -> None:
        self.commerce = commerce
        self.journal = journal
        self.clock = clock
        self.tasks = tasks
        self.policy = policy
        self.emit = emit
        self.on_paid = on_paid
        self.on_conflict = on_conflict
        self.cashier = cashier
        self.jobs: dict[str, Job] = {}
        self.unsaved: set[str] = set()
        self._terminal = TerminalFlow(self)
        self._flow = PaymentFlow(self, self._terminal)

    # -- what a screen asks --------------------------------------------------------------------------

    def begin(self, sale: Sale, tender: Tender) -> str:
        """Start an attempt; it runs on by itself.

        Returns:
            The attempt's id, for `view`.

        Raises:
            PosError: it may not begin now; nothing was sent or written.
        """
        self._may_begin(sale, tender)
        job = Job(uuid.uuid4().hex, sale, tender, self.clock.boot(), is_busy=True)
        self.jobs[job.attempt_id] = job
        sale.stage = Stage.PAYING
        self.tasks.spawn(self._flow.run(job), f"payment {job.attempt_id}")
        self.changed(job)
        return job.attempt_id

    def again(self, attempt_id: str) -> str:
        """Once more on the same terminal: the same payment where the backend's word allows, else a new one.

        Returns:
            The id of the attempt that now runs.

        Raises:
            PosError: not now.
        """
        job = self._offered(attempt_id, Choice.AGAIN)
        attempt = self.attempt(job)
        if attempt is None or attempt.state is State.REFUSED:
            return self.begin(job.sale, job.tender)
        job.is_busy = True
        if attempt.may_start and job.remote is not None:
            self.tasks.spawn(self._terminal.start_again(job), f"payment {attempt_id} again")
            self.changed(job)
            return attempt_id
        self.tasks.spawn(self.anew(job), f"payment {attempt_id} anew")
        self.changed(job)
        return attempt_id

    def resume(self, sale: Sale) -> None:
        """Go on with the attempts of a sale from before a restart (payment-safety.md, 3.7 step 2).

        No START is sent: one that was on its way is in doubt for a whole quarantine, from now.
        """
        for attempt in sale.attempts.values():
            if attempt.attempt_id not in self.jobs and not attempt.is_resolved:
                job = self._job_from(sale, attempt)
                self.jobs[attempt.attempt_id] = job
                self.tasks.spawn(self._flow.resume(job), f"resume {attempt.attempt_id}")

    def watch_again(self, sale: Sale) -> None:
        """Look once more for late approvals of what a sale gave up before a restart."""
        for attempt in sale.attempts.values():
            is_open = attempt.state in (State.ABANDONED, State.OVERRIDDEN)
            if is_open and attempt.attempt_id not in self.jobs:
                job = self.jobs[attempt.attempt_id] = self._job_from(sale, attempt)
                self._terminal.watch(job)

    def is_on_its_way(self, attempt_id: str) -> bool:
        """Whether a START or a cash confirmation is out and not answered."""
        job = self.jobs.get(attempt_id)
        attempt = None if job is None else self.attempt(job)
        return attempt is not None and attempt.state in (State.START_INTENT, State.PAY_INTENT)

    def forget(self, sale: Sale) -> None:
        """Drop what a finished sale needs no more; what is watched is watched on."""
        for attempt_id in [job.attempt_id for job in self.jobs.values() if job.sale is sale]:
            del self.jobs[attempt_id]

    def leave(self, attempt_id: str, *, to_basket: bool) -> None:
        """Give an attempt up that cannot charge as far as can be known; it is watched all the same.

        Raises:
            PosError: it is not over.
        """
        job = self._offered(attempt_id, Choice.BACK if to_basket else Choice.OTHER)
        attempt = self.attempt(job)
        if attempt is None or attempt.is_resolved:
            self.settle_stage(job.sale)
            return
        job.is_busy = True
        self.tasks.spawn(self._leave(job, "back" if to_basket else "other"), f"leave {attempt_id}")

    def ask(self, attempt_id: str) -> None:
        """Read the payment's state now."""
        self.jobs[attempt_id].wake.set()

    def say(self, attempt_id: str, choice: Choice, *, supervisor: str = "") -> None:
        """What the cashier read on the terminal, or that they cannot tell.

        Raises:
            PosError: it may not be said now, or needs a supervisor's name.
        """
        job = self._offered(attempt_id, choice)
        view = self.view(attempt_id)
        if choice is Choice.SAY_DECLINED and view.needs_supervisor and not supervisor.strip():
            raise PosError(
                "this was said before in this sale",
                title="A supervisor is needed",
                advice="Nothing was changed. Type the supervisor's name.",
            )
        body = {"attempt": attempt_id, "said": choice.value, "supervisor": supervisor}
        self.journal.append(Entry("terminal_said", body, job.sale.sale_id))
        if choice is Choice.SAY_APPROVED:
            job.said_approved = True
            job.sale.approved.add(attempt_id)
        if choice is Choice.SAY_DECLINED:
            words = f"declined or cancelled, said {supervisor or self.cashier() or 'the cashier'}"
            fact = OutcomeSettled(Evidence.ATTESTED, words, supervisor or self.cashier())
            job.is_busy = True
            self.tasks.spawn(self._terminal.settle(job, fact), f"settle {attempt_id}")
        job.wake.set()
        self.changed(job)

    def stop_waiting(self, attempt_id: str) -> bool:
        """The cashier looks at the terminal instead of waiting on; whether that is possible here.

        It is where the call that began the transaction was answered long ago, and only reading tells its end.
        """
        job = self.jobs[attempt_id]
        attempt = self.attempt(job)
        job.stopped_waiting = attempt is not None and attempt.state is State.UNPROVEN
        self.changed(job)
        return job.stopped_waiting

    def override(self, attempt_id: str, supervisor: str, *, receipt: str) -> None:
        """A supervisor decides what the rules leave open (payment-safety.md, 3.5 steps 4 and 8).

        Args:
            supervisor: who; it is journalled.
            receipt: the number on the terminal's receipt, if it said approved: the sale then counts as paid by the
                terminal, not confirmed. "" to let the customer pay another way; the payment is watched.

        Raises:
            PosError: it is not in doubt, or nobody is named.
        """
        job = self._offered(attempt_id, Choice.OVERRIDE)
        if not supervisor.strip():
            raise PosError(
                title="A supervisor is needed",
                advice="Nothing was changed. Type the supervisor's name.",
            )
        receipt = receipt.strip()
        why = "the terminal approved it" if receipt else "the customer pays another way"
        fact = Overridden(supervisor.strip(), why, receipt)
        job.is_busy = True
        self.tasks.spawn(self._terminal.override(job, fact), f"override {attempt_id}")
        self.changed(job)

    def view(self, attempt_id: str) -> PaymentView:
        """A snapshot of an attempt.

        Raises:
            KeyError: there is no such attempt.
        """
        job = self.jobs[attempt_id]
        attempt, tender, now = self.attempt(job), job.tender, self.clock.boot()
        if attempt is None:
            phase = Phase.REFUSED if job.failed else Phase.PREPARING
        else:
            phase = phase_of(attempt, is_busy=job.is_busy)
            if phase is Phase.UNPROVEN and self._is_under_way(job, now):
                phase = Phase.WAITING
        in_doubt = attempt is not None and attempt.state in IN_DOUBT
        declined_after = 0.0
        if attempt is not None and attempt.state is State.UNKNOWN:
            declined_after = max(0.0, job.began_at_s + self.policy.hold_s - now)
        locked = max(0.0, job.lost_at_s + self.quarantine_s(job) - now) if in_doubt else 0.0
        choices = choices_of(phase, declined_after_s=declined_after, is_disputed=bool(job.mismatch))
        return PaymentView(
            attempt_id=attempt_id,
            sale_id=job.sale.sale_id,
            phase=phase,
            amount=tender.amount,
            tender=tender.kind,
            method_name=tender.method.name,
            terminal_name=tender.terminal.name if tender.terminal else "",
            elapsed_s=now - job.began_at_s,
            reason=job.mismatch or job.failed or (attempt.reason if attempt else ""),
            status=attempt.status if attempt else "",
            link=self._flow.link(job),
            cash=tender.cash,
            locked_s=locked,
            declined_after_s=declined_after,
            starts=attempt.starts if attempt else 0,
            needs_supervisor=any(a.denials for a in job.sale.attempts.values()),
            choices=()
            if job.is_busy and phase not in (Phase.PREPARING, Phase.CONFIRMING)
            else choices,
        )

    def latest(self, sale: Sale) -> str | None:
        """The id of the attempt that a sale is at, or was at last."""
        return next((j.attempt_id for j in reversed(self.jobs.values()) if j.sale is sale), None)

    def running(self) -> list[PaymentView]:
        """The attempts that are not resolved, oldest first."""
        views = (self.view(job.attempt_id) for job in self.jobs.values() if not self._is_over(job))
        return list(views)

    # -- what the flow and the screens share -----------------------------------------------------------

    def attempt(self, job: Job) -> Attempt | None:
        """The attempt as the journal has it; None until its intent is durable."""
        return job.sale.attempts.get(job.attempt_id)

    def quarantine_s(self, job: Job) -> float:
        attempt = self.attempt(job)
        return (
            attempt.quarantine_s if attempt and attempt.quarantine_s else self.policy.quarantine_s
        )

    def changed(self, job: Job) -> None:
        self.emit(PaymentChanged(job.sale.sale_id, job.attempt_id))

    async def write_intent(self, job: Job) -> None:
        """Make the intent to pay durable. Nothing is sent before.

        Raises:
            JournalError: it is not durable.
        """
        await self.write(job, intent_of(job))

    async def write(
        self,
        job: Job,
        fact: Fact,
        *,
        only_in: Container[State] | None = None,
        starts: int | None = None,
    ) -> bool:
        """Make a fact durable, then believe it.

        Args:
            only_in: the states in which it still means something; in another it is dropped.
            starts: the number of STARTs it was seen under; after another one it is dropped.

        Returns:
            Whether it was written.

        Raises:
            JournalError: it is not durable; nothing may be sent because of it.
            InvalidTransition: the attempt's state forbids it.
        """
        async with job.writing:
            before = self.attempt(job)
            if before is not None:
                if only_in is not None and before.state not in only_in:
                    return False
                if starts is not None and before.starts != starts:
                    return False
            attempt = record.replay(before, fact)
            await self.journal.append(record.entry_for(attempt, fact))
            job.sale.attempts[job.attempt_id] = attempt
        self.changed(job)
        return True

    async def save(
        self,
        job: Job,
        fact: Fact,
        *,
        only_in: Container[State] | None = None,
        starts: int | None = None,
    ) -> bool:
        """`write` a result, however long it takes: it is not forgotten because a disk is full."""
        while True:
            try:
                written = await self.write(job, fact, only_in=only_in, starts=starts)
            except JournalError as error:
                if job.attempt_id not in self.unsaved:
                    self.unsaved.add(job.attempt_id)
                    words = f"The result of a payment is known but not saved. {error.advice}"
                    self.emit(Noticed(Level.ALARM, words, job.sale.sale_id, job.reference))
                await self.clock.sleep(SAVE_AGAIN_S)
            else:
                self.unsaved.discard(job.attempt_id)
                return written

    def settle_stage(self, sale: Sale) -> None:
        """Where a sale stands once an attempt ended without paying for all of it."""
        if sale.stage is Stage.PAYING and sale.unresolved is None and not self.busy(sale):
            sale.stage = Stage.PAYING if sale.paid or sale.believed else Stage.SELLING
        self.emit(SaleChanged(sale.sale_id))

    def busy(self, sale: Sale) -> bool:
        """Whether an attempt of this sale is about to do something."""
        return any(job.is_busy for job in self.jobs.values() if job.sale is sale)

    # -- inside ----------------------------------------------------------------------------------------

    def _may_begin(self, sale: Sale, tender: Tender) -> None:
        terminal = tender.terminal
        if self.unsaved:
            raise JournalError("a result is still to be saved")
        if sale.unresolved is not None or self.busy(sale):
            raise PosError(title="A payment of this sale is still open", advice="Finish it first.")
        if sale.foreign is not None:
            raise PosError(
                title="Something was paid on this order elsewhere",
                advice="Nothing was started. A supervisor must look; F6 puts the sale aside.",
            )
        if not sale.is_total_certain or sale.basket.refused:
            raise PosError(title="The order is not ready to be paid", advice="Go back and look.")
        if not Money.zero(sale.currency) < tender.amount <= sale.due:
            raise PosError(title="This is more than is due", advice="Type a smaller amount.")
        if tender.kind is TenderKind.CARD:
            if terminal is None or terminal.is_online is False:
                raise PosError(title="That terminal is offline", advice="Choose another one.")
            for job in self.jobs.values():
                other = job.tender.terminal
                if other and other.terminal_id == terminal.terminal_id and self._occupies(job):
                    raise PosError(
                        title=f"{terminal.name} is busy with another payment",
                        advice="Choose another terminal, or wait.",
                    )
        if tender.cash is not None and tender.cash.tendered < tender.cash.asked:
            raise PosError(title="That is less than is asked", advice="Type what was handed over.")

    def _is_under_way(self, job: Job, now_s: float) -> bool:
        """Whether the terminal may well be at work though the call that began it was answered."""
        executes = self.commerce.capabilities.start is StartStrategy.EXECUTE
        is_young = now_s - job.began_at_s < self.policy.terminal_s
        return executes and is_young and not job.stopped_waiting

    def _occupies(self, job: Job) -> bool:
        """Whether the terminal may be at work for this attempt."""
        attempt = self.attempt(job)
        is_at_work = attempt is not None and attempt.state in (State.START_INTENT, *IN_DOUBT)
        return job.is_busy or is_at_work

    def _is_over(self, job: Job) -> bool:
        attempt = self.attempt(job)
        if attempt is None:
            return bool(job.failed)
        return attempt.is_resolved and not job.is_busy

    def _offered(self, attempt_id: str, choice: Choice) -> Job:
        job = self.jobs[attempt_id]
        if choice not in self.view(attempt_id).choices:
            raise PosError(title="That is not possible just now", advice="Look at the screen.")
        return job

    async def _leave(self, job: Job, why: str) -> bool:
        """Give an attempt up after one more look at it; False if it stands."""
        attempt = self.attempt(job)
        if attempt is not None and (attempt.starts or attempt.state is State.FOLLOWING):
            try:
                await self._terminal.read(job)
            except PosError:
                pass  # it is watched afterwards
        try:
            if not await self.write(job, Abandoned(self.cashier(), why), only_in=MAY_ABANDON):
                self._terminal.released(job)
                return False
        except JournalError as error:
            self.emit(Noticed(Level.ALARM, error.sentence, job.sale.sale_id, job.reference))
            return False
        finally:
            job.is_busy = False
            self.changed(job)
        self.settle_stage(job.sale)
        self._terminal.watch(job)
        return True

    def _job_from(self, sale: Sale, attempt: Attempt) -> Job:
        intent = attempt.intent
        terminal = None
        if intent.terminal_id:
            terminal = Terminal(intent.terminal_id, intent.terminal_name, None)
        method = PaymentMethod(
            intent.method_id,
            "CASH" if intent.tender is TenderKind.CASH else "",
            intent.method_name,
            (terminal,) if terminal else (),
        )
        tender = Tender(method, intent.amount, terminal, intent.cash)
        now = self.clock.boot()
        said = attempt.attempt_id in sale.approved
        return Job(attempt.attempt_id, sale, tender, now, lost_at_s=now, said_approved=said)

    async def anew(self, job: Job) -> None:
        """Give a dead payment up and begin a new one with the same tender."""
        if not await self._leave(job, "again, with a new payment"):
            return
        try:
            self.begin(job.sale, job.tender)
        except PosError as error:
            self.emit(Noticed(Level.ADVICE, error.sentence, job.sale.sale_id, job.reference))


def intent_of(job: Job) -> CreateIntended:
    """The intent of a job: what is written before anything is sent."""
    sale, tender = job.sale, job.tender
    assert sale.order is not None  # noqa: S101  `begin` saw a converged order
    return CreateIntended(
        attempt_id=job.attempt_id,
        sale_id=sale.sale_id,
        order_id=sale.order.order_id,
        amount=tender.amount,
        tender=tender.kind,
        method_id=tender.method.method_id,
        method_name=tender.method.name,
        fingerprint=sale.order.fingerprint(),
        idempotency_key=uuid.uuid4().hex,
        terminal_id=tender.terminal.terminal_id if tender.terminal else "",
        terminal_name=tender.terminal.name if tender.terminal else "",
        cash=tender.cash,
    )
