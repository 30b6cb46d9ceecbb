"""What a run came to, by the sandbox's ledger, its orders and invoices, and the till's journal.

Oracle: payment-safety.md, section 4.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from crash.station import Run, sku_of
from tui_pos.domain.attempt import RESOLVED, State

_PAID = {State.PAID.value, State.CLOSED.value}
_LISTED = _PAID | {State.LATE_PAID.value} | {s.value for s in State} - {s.value for s in RESOLVED}
_INTENTS = {
    "start": "start_intended",
    "pay": "pay_intended",
    "createPayment": "create_intended",
    "openOrder": "open_intended",
    "invoiceItems": "invoice_intended",
}


@dataclass
class Verdict:
    """All lists are empty when all is well.

    Attributes:
        double: more was taken than the sale costs, or by two charges.
        lost: taken, and the till neither finished the sale nor lists the payment.
        ghost: the till says paid, the ledger says no.
        lines: the paid order holds other goods than were rung up.
        invoices: not exactly one invoice over everything.
        repeated: done already, and asked for again: another server would have done it twice.
        unwritten: a call of which the journal does not know the intent.
        unfinished: no end in the time there was.
        damaged: the journal's chain is broken.
        bugs: what the till itself did not expect.
    """

    double: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    ghost: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    invoices: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    has_document: bool = False

    @property
    def found(self) -> dict[str, list[str]]:
        return {k: v for k, v in vars(self).items() if isinstance(v, list) and v}

    def __str__(self) -> str:
        return "\n".join(f"{k}: {x}" for k, v in self.found.items() for x in v) or "clean"


def judge(run: Run, *, is_finished: bool) -> Verdict:
    """Look at everything that was durable and everything that was charged."""
    verdict = Verdict()
    orders, charges, calls = run.orders(), run.charges(), run.calls()
    reader = run.reader()
    rows = list(reader.export()) if reader else []
    attempts = (
        {
            attempt.payment_id: attempt.state
            for sale_id, _ in reader.recent_sales()
            for attempt in reader.attempts(sale_id)
        }
        if reader
        else {}
    )
    if reader is not None:
        bad = reader.verify()
        verdict.damaged += [str(bad)] if bad else []
        reader.close()
    _money(verdict, orders, charges, attempts, rows)
    _goods(verdict, run, orders, charges)
    _calls(verdict, calls, rows, orders)
    if not is_finished:
        verdict.unfinished.append("the sale did not come to its end")
    verdict.bugs += [
        line for line in run.log().splitlines() if " ERROR " in line or " CRIT" in line
    ]
    verdict.has_document = any(
        path.read_bytes().rstrip().endswith(b"%%EOF") for path in run.documents()
    )
    return verdict


def _money(
    verdict: Verdict,
    orders: list[dict[str, Any]],
    charges: list[dict[str, Any]],
    attempts: dict[str, str],
    rows: list[dict[str, Any]],
) -> None:
    taken = sum(charge["amount"] for charge in charges)
    paid_orders = {charge["order_id"] for charge in charges}
    costs = [order["total"] for order in orders if order["id"] in paid_orders]
    if len(charges) > 1 or (charges and taken > max(costs)):
        verdict.double.append(f"{[(c['kind'], c['amount']) for c in charges]} for {costs}")
    for charge in charges:
        state = attempts.get(charge["payment_id"], "unknown to the journal")
        if state not in _LISTED:
            verdict.lost.append(f"{charge['kind']} {charge['amount']} was taken and is {state}")
    paid_by_ledger = {charge["payment_id"] for charge in charges}
    for payment_id, state in attempts.items():
        if state in _PAID and payment_id not in paid_by_ledger:
            verdict.ghost.append(f"{payment_id} is {state}")
    said = sum(row["kind"] == "found_paid" for row in rows)
    if said and not charges:
        verdict.ghost.append("a row says paid")


def _goods(
    verdict: Verdict, run: Run, orders: list[dict[str, Any]], charges: list[dict[str, Any]]
) -> None:
    wanted = Counter({sku_of(code): units for code, units in run.goods.items()})
    for order in orders:
        if order["id"] not in {charge["order_id"] for charge in charges}:
            if order["invoices"] or order["status"] != "CONCEPT":
                verdict.invoices.append(f"an order without money is {order['status']}")
            continue
        held: Counter[str] = Counter()
        for line in order["items"]:
            held[line["sku"]] += line["quantity"]
        if held != wanted:
            verdict.lines.append(f"{dict(held)} instead of {dict(wanted)}")
        totals = [invoice["total"] for invoice in order["invoices"]]
        if len(totals) > 1 or (totals and totals != [order["total"]]):
            verdict.invoices.append(f"invoices of {totals} for {order['total']}")
        if not totals:
            verdict.invoices.append("a paid order has no invoice")


def _calls(
    verdict: Verdict,
    calls: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    orders: list[dict[str, Any]],
) -> None:
    kinds = Counter(row["kind"] for row in rows)
    kinds["create_intended"] += kinds["create_repeated"]
    sent = Counter(call["operation"] for call in calls)
    for operation, kind in _INTENTS.items():
        if sent[operation] > kinds[kind]:
            verdict.unwritten.append(f"{sent[operation]} x {operation}, {kinds[kind]} x {kind}")
    for operation in ("openOrder", "invoiceItems"):
        done: dict[str, int] = {}
        for call in (c for c in calls if c["operation"] == operation):
            value = call["variables"]["input"]
            what = value.get("order_id") or min(value["items"])
            if what in done and done[what] <= call["at"]:
                verdict.repeated.append(f"{operation} of what was done")
            if call["status"] == 200 and call["finished_at"] is not None:
                done.setdefault(what, call["finished_at"])
