"""How a paid sale, its invoice, and the choice of units look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_pos.domain.money import Money
from tui_pos.domain.order import InvoiceRef
from tui_pos.services.sale import InvoiceStage, Sale
from tui_pos.ui.grid import Row, Span, fit, width
from tui_pos.ui.present import Format, count
from tui_pos.ui.qr import QrCode, why_not
from tui_pos.ui.screens.payment_draw import LEFT, link_rows, with_code
from tui_pos.ui.screens.payment_parts import Space, fact, hero, next_step, para, window

SIGN = "►"
FOLLOWS = "The invoice follows in the background."


@dataclass(frozen=True, slots=True)
class Paid:
    """What is shown once nothing is due.

    Attributes:
        parts: with which means how much was paid.
        change: to give back; None where there is none.
        is_booked: the server knows it.
        trouble: why it is not booked yet.
    """

    amount: Money
    parts: Sequence[tuple[str, Money]]
    change: Money | None = None
    tendered: Money | None = None
    is_booked: bool = True
    trouble: str = ""
    typed: str = ""


def invoice_lines(sale: Sale, form: Format) -> list[tuple[str, str]]:
    """How far the invoice is, as sentences with their styles."""
    trouble = [(sale.invoice_trouble, "dim")] if sale.invoice_trouble else []
    invoice = sale.invoice
    match sale.invoice_stage:
        case InvoiceStage.MADE if invoice is not None:
            return [(title_of(invoice, form), "strong"), *file_lines(sale.invoice_path), *trouble]
        case InvoiceStage.LATE:
            return [(FOLLOWS, "strong"), *trouble]
        case InvoiceStage.SKIPPED:
            return [("No invoice was asked for.", "text")]
        case InvoiceStage.STOPPED:
            return [("The invoice was refused; the sale is paid and safe.", "warn"), *trouble]
        case InvoiceStage.CHOOSING:
            return [("The units to invoice can be chosen in a moment.", "text"), *trouble]
    return [("The invoice is being made.", "text"), *trouble]


def title_of(invoice: InvoiceRef, form: Format) -> str:
    total = f"   {form.money(invoice.total)}" if invoice.total is not None else ""
    return f"Invoice {invoice.number or invoice.invoice_id or 'made'}{total}"


def file_lines(path: str) -> list[tuple[str, str]]:
    return [(f"Saved: {path}", "dim")] if path else []


def draw_paid(
    paid: Paid, sale: Sale, space: Space, form: Format, code: QrCode | None
) -> tuple[list[Row], tuple[int, int]]:
    """Paid: what to give back, how far the invoice is, and that the next customer may come."""
    link = sale.invoice.pdf_url if sale.invoice else ""
    right = _beside(code, link, space)
    narrow = space.beside(right.width) if right else space
    rows = [*space.air, *_paid_hero(paid, narrow, form), ()]
    if len(paid.parts) > 1 or (paid.parts and paid.change is None):
        size = min(24, narrow.inner // 2)
        rows += [fact(narrow, fit(name, size), form.money(amount)) for name, amount in paid.parts]
        rows.append(())
    if not paid.is_booked:
        rows += para("Being booked in the background; the customer may go.", narrow, "strong")
        rows += para(paid.trouble, narrow, "warn")
    else:
        for text, style in invoice_lines(sale, form):
            rows += para(text, narrow, style)
        rows += _link(link, code, right, narrow)
    rows += [(), next_step(narrow, "Scan", "the next item"), key_next(narrow)]
    lead = "> "
    caret = (narrow.margin + width(lead) + width(paid.typed), len(rows))
    rows.append(narrow.row(Span(lead, "prompt"), Span(paid.typed, "typed"), Span(" ", "cursor")))
    return with_code(rows, right, narrow), caret


def _beside(code: QrCode | None, link: str, space: Space) -> QrCode | None:
    """The code, if there is one that fits."""
    has_room = code is not None and bool(link) and code.fits(space.width - LEFT, space.height)
    return code if has_room else None


def _link(link: str, code: QrCode | None, right: QrCode | None, space: Space) -> list[Row]:
    """What is said about the document: the code beside it, or the link as text and why there is no code."""
    if right is not None:
        return para("The code opens it.", space, "dim")
    if not link:
        return []
    reason = why_not(code, space.width - LEFT, space.height) if code is not None else ""
    return [*link_rows(link, space), *para(reason, space, "dim")]


def key_next(space: Space) -> Row:
    return space.row(Span("  Enter ", "title"), Span("the next customer", "text"))


def _paid_hero(paid: Paid, space: Space, form: Format) -> list[Row]:
    if paid.change is not None and paid.tendered is not None:
        facts = [("Paid", form.money(paid.amount)), ("Handed over", form.money(paid.tendered))]
        if paid.change:
            return hero("Paid. Change", form.money(paid.change), space, facts=facts, style="good")
        return hero("Paid in cash, no change", form.money(paid.amount), space, style="good")
    return hero("Paid", form.money(paid.amount), space, style="good")


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A line of the order: which of its units may be invoiced, and how many of them are chosen."""

    name: str
    unit_ids: tuple[str, ...]
    chosen: int


def draw_units(
    rows_of: Sequence[UnitRow],
    at: int,
    space: Space,
    form: Format,
    total: Money,
    *,
    existing: str,
    is_typing: bool,
) -> tuple[list[Row], tuple[int, int] | None]:
    """Which units go on the invoice."""
    chosen = sum(row.chosen for row in rows_of)
    whole = sum(len(row.unit_ids) for row in rows_of)
    rows = [
        *space.air,
        *hero("Paid. Which units are invoiced?", form.money(total), space, style="good"),
        (),
    ]
    field: list[Row] = [()] if not space.is_small else []
    caret = None
    if is_typing or existing:
        lead = "Add to invoice  "
        caret = (space.margin + width(lead) + width(existing), -1)
        spans = [Span(lead, "dim"), Span(existing, "typed")]
        field = [*field, space.row(*spans, *([Span(" ", "cursor")] if is_typing else []))]
    place = f" on invoice {existing}" if existing else ""
    what = "everything" if chosen == whole else count(chosen, "unit")
    step = (
        next_step(space, "Enter", f"invoices {what}{place}")
        if chosen
        else space.row(Span("Choose at least one unit, or F8 for no invoice", "warn"))
    )
    below = [
        *field,
        step,
        space.row(Span("  + -   more or fewer     Space   all or none of a line", "dim")),
    ]
    room = space.height - len(rows) - len(below)
    for n in window(len(rows_of), at, room):
        row = rows_of[n]
        style = "selected" if n == at else "text"
        mark = f"{SIGN if n == at else ' '} {row.chosen:>4} of {len(row.unit_ids):<4} "
        rows.append(space.row(Span(fit(mark + row.name, space.inner), style)))
    if caret is not None:
        caret = (caret[0], len(rows) + len(field) - 1)
    return [*rows, *below], caret


@dataclass(frozen=True, slots=True)
class Shown:
    """An invoice that was read again."""

    invoice: InvoiceRef
    path: str = ""


def draw_invoice(
    shown: Shown | None,
    typed: str,
    space: Space,
    form: Format,
    code: QrCode | None,
    *,
    is_reading: bool,
    last: str,
) -> tuple[list[Row], tuple[int, int]]:
    """An earlier invoice: its number, total, link and code; and the field for another one."""
    link = shown.invoice.pdf_url if shown else ""
    right = _beside(code, link, space)
    narrow = space.beside(right.width) if right else space
    rows: list[Row] = [*space.air]
    if shown is not None:
        invoice = shown.invoice
        label = f"Invoice {invoice.number or invoice.invoice_id}"
        if invoice.total is not None:
            rows += [*hero(label, form.money(invoice.total), narrow), ()]
        else:
            rows += [*para(label, narrow, "strong"), ()]
        for text, style in file_lines(shown.path):
            rows += para(text, narrow, style)
        rows += _link(link, code, right, narrow)
        rows += [] if link else para("The server gives no link to its document.", narrow, "dim")
    else:
        rows += para("Reading the invoice" if is_reading else "Earlier invoices", narrow, "strong")
    lead = "Invoice id  "
    rows += [(), narrow.row(Span(lead, "dim"), Span(typed, "typed"), Span(" ", "cursor"))]
    caret = (narrow.margin + width(lead) + width(typed), len(rows) - 1)
    if typed:
        rows.append(next_step(narrow, "Enter", "reads this invoice"))
    elif last and shown is None:
        rows.append(next_step(narrow, "Enter", f"reads the last one, {last}"))
    else:
        rows.append(next_step(narrow, "Esc", "back; or type another id"))
    return with_code(rows, right, narrow), caret
