"""What must never happen, judged by the server's ledger and by what is durable, not by what the till believes.

Guards G1 to G8: payment-safety.md, 3.4. They are checked at the moment a call is made, with what was
durable then.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from simulation.backend import Backend, Ordered
from simulation.disk import Disk
from simulation.world import Machine
from tui_pos.domain.attempt import RESOLVED, State
from tui_pos.domain.order import Order
from tui_pos.ports.journal import AttemptIndex, Row

_RESOLVED = {state.value for state in RESOLVED}
_PAID = {State.PAID.value, State.CLOSED.value}
_KNOWN = _PAID | {State.LATE_PAID.value}


@dataclass
class Verdict:
    """What a run came to. All lists are empty when all went well.

    Attributes:
        double: charged more than the sale costs, and nobody was told.
        reported: charged more than the sale costs, and the till says so.
        lost: charged, and the till neither shows nor lists it as paid.
        ghost: the till says paid and the ledger says no.
        broken: a guard of 3.4 was passed over.
        short: finished with other goods than were rung up.
        stuck: paid, and not finished when all faults were gone.
        bugs: what the till itself did not expect.
    """

    double: list[str] = field(default_factory=list)
    reported: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    ghost: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    sales: int = 0
    charges: int = 0
    crashes: int = 0

    @property
    def is_safe(self) -> bool:
        return not (self.double or self.lost or self.ghost or self.broken)

    @property
    def is_clean(self) -> bool:
        return self.is_safe and not (self.reported or self.short or self.stuck or self.bugs)

    def __str__(self) -> str:
        names = ("double", "reported", "lost", "ghost", "broken", "short", "stuck", "bugs")
        found = [f"{n}: {x}" for n in names for x in getattr(self, n)]
        return "\n".join(found) or "clean"


class Judge:
    """Sees every call and every durable row."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._disks: dict[str, Disk] = {}
        self._starts: Counter[str] = Counter()
        self._seen: dict[tuple[str, str], Order] = {}
        self.sold: dict[str, dict[str, int]] = {}
        self.verdict = Verdict()

    def watch(self, machine: Machine, disk: Disk) -> None:
        self._disks[machine.name] = disk
        disk.on_row = lambda row: self._durable(disk, row)

    # -- at each call --------------------------------------------------------------------------------

    def creating(self, machine: Machine, order_id: str) -> None:
        """G1, G3: a new payment only from one durable intent, and no other attempt of the sale open."""
        mine = self._attempts(machine, self._backend.orders[order_id].reference)
        open_ = [a for a in mine if a.state not in _RESOLVED]
        if len(open_) != 1 or open_[0].payment_id:
            self._broken(f"G3: a payment was created beside {[a.state for a in open_]}")

    def starting(self, machine: Machine, payment_id: str) -> None:
        """G2: as many durable intents as STARTs; and never for what is paid already."""
        self._starts[payment_id] += 1
        intents = self._disks[machine.name].facts(payment_id).count("start_intended")
        if intents < self._starts[payment_id]:
            self._broken(f"G2: START {payment_id} without a durable intent")
        payment = self._backend.payments[payment_id]
        order = self._backend.orders[payment.order_id]
        if order.paid + payment.amount > order.total:
            self._broken(f"G5: START {payment_id} on an order that is paid")
        mine = self._attempts(machine, order.reference)
        others = [a for a in mine if a.state not in _RESOLVED and a.payment_id != payment_id]
        if others:
            self._broken(f"G1: START {payment_id} beside {others[0].state}")

    def booking(self, machine: Machine, payment_id: str) -> None:
        if "pay_intended" not in self._disks[machine.name].facts(payment_id):
            self._broken(f"G2: {payment_id} marked paid without a durable intent")

    def has_read(self, machine: Machine, order: Order) -> None:
        """What was told; an older answer may arrive later."""
        place = (machine.name, order.order_id)
        if place not in self._seen or order.paid >= self._seen[place].paid:
            self._seen[place] = order

    def opening(self, machine: Machine, order_id: str) -> None:
        """G7, by what the till was told last: what is still on its way nobody can know."""
        order = self._seen.get((machine.name, order_id))
        if order is None or order.paid < order.total:
            self._broken(f"G7: {order_id} opened and not paid")

    def _durable(self, disk: Disk, row: Row) -> None:
        if row.kind != "found_paid":
            return
        payment_id = disk.attempts[row.attempt_id][1].payment_id
        told = row.body["amount"]["minor"]
        if not any(c.payment_id == payment_id and c.amount == told for c in self._backend.ledger):
            self._add(self.verdict.ghost, f"{payment_id} is said to be paid ({told})")

    # -- at the end ----------------------------------------------------------------------------------

    def close(self) -> Verdict:
        """Look at every charge and every sale."""
        states = {
            index.payment_id: index.state
            for disk in self._disks.values()
            for _, index, _ in disk.attempts.values()
            if index.payment_id
        }
        verdict, ledger = self.verdict, self._backend.ledger
        verdict.charges = len(ledger)
        for charge in ledger:
            state = states.get(charge.payment_id, "unknown to the till")
            if state not in _KNOWN:
                self._add(verdict.lost, f"{charge.payment_id} was charged and is {state}")
        sales: dict[str, list[Ordered]] = {}
        for order in self._backend.orders.values():
            sales.setdefault(order.reference, []).append(order)
        verdict.sales = len(sales)
        for sale_id, orders in sales.items():
            self._sale(sale_id, orders, states)
        return verdict

    def _sale(self, sale_id: str, orders: list[Ordered], states: dict[str, str]) -> None:
        mine = {order.order_id for order in orders}
        charges = [c for c in self._backend.ledger if c.order_id in mine]
        if not charges:
            return
        paid_on = {c.order_id for c in charges}
        cost = max(order.total for order in orders if order.order_id in paid_on)
        taken = sum(c.amount for c in charges)
        twice = any(n > 1 for n in Counter(c.payment_id for c in charges).values())
        if taken > cost or twice:
            late = sum(c.amount for c in charges if states.get(c.payment_id) == "late_paid")
            where = (
                self.verdict.reported if taken - late <= cost and not twice else self.verdict.double
            )
            self._add(where, f"sale {sale_id[:4]}: charged {taken} for {cost}")
        is_edited = any(order.is_edited for order in orders)
        is_closed = any(sale_id in disk.closed for disk in self._disks.values())
        whole = taken == cost and all(states.get(c.payment_id) in _PAID for c in charges)
        if whole and not is_closed and not is_edited:
            self._add(self.verdict.stuck, f"sale {sale_id[:4]} is paid and not finished")
        goods = self.sold.get(sale_id)
        if is_closed and not is_edited and goods is not None:
            order = next(o for o in orders if o.order_id in paid_on)
            held = dict(Counter(sku for _, sku in order.units))
            if held != goods:
                self._add(self.verdict.short, f"sale {sale_id[:4]}: {held} instead of {goods}")

    def _attempts(self, machine: Machine, sale_id: str) -> list[AttemptIndex]:
        disk = self._disks[machine.name]
        return [index for sale, index, _ in disk.attempts.values() if sale == sale_id]

    def _broken(self, words: str) -> None:
        self._add(self.verdict.broken, words)

    def _add(self, where: list[str], words: str) -> None:
        self._backend.world.log(f"!!! {words}")
        where.append(words)
