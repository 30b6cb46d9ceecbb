"""How the list of ways to pay, and paying in cash, look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_pos.domain.money import Money
from tui_pos.domain.order import TenderKind
from tui_pos.ui.grid import Row, Span, fit, width
from tui_pos.ui.present import Format
from tui_pos.ui.screens.payment_draw import scans
from tui_pos.ui.screens.payment_parts import Space, hero, next_step, pair, para, window
from tui_pos.ui.screens.payment_words import WAITING_FOR_SERVER
from tui_pos.ui.screens.tender import Handed, Meaning, Way, as_typed, numbered

SIGN = "►"


@dataclass(frozen=True, slots=True)
class TenderList:
    """What the list shows.

    Attributes:
        paid: what was paid of the sale, with which means.
        wish: what was asked for before the list was there; "" for nothing.
        trouble: why there is no list, and what is safe.
        must_go_back: the basket must be changed before it can be paid.
        notes: lines about the sale: another total, the invoice.
    """

    due: Money
    rows: Sequence[Way] = ()
    chosen: Way | None = None
    typed: str = ""
    meaning: Meaning | None = None
    paid: Sequence[tuple[str, Money]] = ()
    is_loading: bool = False
    wish: str = ""
    trouble: tuple[str, str] | None = None
    must_go_back: bool = False
    notes: Sequence[tuple[str, str]] = ()
    waiting: int = 0


def draw_tender(
    state: TenderList, space: Space, form: Format
) -> tuple[list[Row], tuple[int, int] | None]:
    """The amount due and the ways to pay it; where the cursor stands, if an amount can be typed."""
    facts = [(name, f"{form.money(amount)} paid") for name, amount in state.paid[-3:]]
    facts = [*state.notes, *facts]
    rows = [*space.air, *hero("To pay", form.money(state.due), space, facts=facts)]
    rows += [] if space.is_small else [()]
    if state.trouble is not None:
        rows += para(state.trouble[0], space, "bad") + para(state.trouble[1], space)
        step = ("Esc", "back to the basket") if state.must_go_back else ("Enter", "tries again")
        rows += [(), next_step(space, *step), *scans(state.waiting, space, is_same_sale=True)]
        return rows, None
    if state.is_loading:
        rows += para(WAITING_FOR_SERVER, space, "strong")
        if state.wish:
            rows += [(), *para(state.wish, space, "accent")]
        rows += [(), *scans(state.waiting, space, is_same_sale=True)]
        return rows, None
    if not state.due:
        rows += [
            *para("There is nothing to pay.", space, "strong"),
            (),
            next_step(space, "Enter", "finishes the sale"),
        ]
        return rows, None
    below = [*([] if space.is_small else [()]), *_field(state, space, form)]
    below += scans(state.waiting, space, is_same_sale=True)
    rows += _list(state, space, space.height - len(rows) - len(below))
    place = len(rows) + (0 if space.is_small else 1)
    rows += below
    caret = (space.margin + width(_LEAD) + width(state.typed), place)
    return rows, caret


_LEAD = "Amount  "


def _list(state: TenderList, space: Space, room: int) -> list[Row]:
    rows = list(state.rows)
    if not rows:
        return para(
            "The shop's server offers no way to pay for this order. F2 reads again.", space, "warn"
        )
    numbers = {way: n for n, way in enumerate(numbered(rows), 1)}
    marked = _marked(state)
    chosen = rows.index(marked) if marked in rows else 0
    size = min(max(width(way.label) for way in rows), max(10, space.inner - 32))
    result: list[Row] = []
    for n in window(len(rows), chosen, room):
        way = rows[n]
        is_chosen = way is marked
        number = str(numbers.get(way, " " if way.is_open else "-"))
        style = "selected" if is_chosen else "text" if way.is_open else "dim"
        text = f"{SIGN if is_chosen else ' '} {number}  {fit(way.label, size)}  "
        note = way.note if way.is_open or not way.note else f"{way.note}, not available"
        result.append(
            space.row(Span(text, style), Span(note, "dim" if not is_chosen else "accent"))
        )
    return result


def _marked(state: TenderList) -> Way | None:
    """The row that Enter would take: a typed number chooses another one than the arrows."""
    if state.meaning is not None and state.meaning.kind == "row":
        return state.meaning.way
    return state.chosen


def _field(state: TenderList, space: Space, form: Format) -> list[Row]:
    meaning, way = state.meaning, _marked(state)
    field = [Span(_LEAD, "dim"), Span(state.typed, "typed"), Span(" ", "cursor")]
    said, style = "", "accent"
    if meaning is not None:
        said, style = explain(meaning, state.typed, form)
    rows: list[Row] = [space.row(*field, Span(f"  {said}", style))]
    if way is None or meaning is None:
        return [*rows, space.row(Span("Nothing here can be paid with. F2 reads again.", "warn"))]
    if meaning.kind in ("word", "wrong") or meaning.amount is None:
        return [*rows, space.row(Span("Esc clears it", "dim"))]
    return [*rows, next_step(space, "Enter", does(meaning, way, state.due, form))]


def explain(meaning: Meaning, typed: str, form: Format) -> tuple[str, str]:
    """How the typed text is understood, next to it."""
    match meaning.kind:
        case "all" if not typed:
            return "all of it; or type a part, like 20 or 12,50", "dim"
        case "row" if meaning.way is not None:
            return f"= number {typed}: {meaning.way.label}", "accent"
        case "word":
            return "Enter does it", "accent"
        case "wrong" if meaning.hint is not None:
            return f"more than is due. Did you mean {as_typed(meaning.hint)}?", "warn"
        case "wrong" if typed.isdecimal() and len(typed) == 1:
            return f"is not a number of the list. For {typed},00 type {typed},00", "warn"
        case "wrong":
            return "is not an amount up to what is due", "warn"
    return (f"= {form.money(meaning.amount)}" if meaning.amount else ""), "accent"


def does(meaning: Meaning, way: Way, due: Money, form: Format) -> str:
    """What Enter does, in words."""
    amount = meaning.amount or due
    if way.kind is TenderKind.CASH:
        return (
            f"{way.label}: {form.money(amount)} handed over"
            if meaning.kind == "part"
            else way.label
        )
    rest = f"; {form.money(due - amount)} stays due" if amount < due else ""
    return (
        f"{form.money(amount)} on {way.label}{rest}"
        if way.terminal
        else f"{way.label}: {form.money(amount)}{rest}"
    )


def draw_cash(
    due: Money,
    asked: Money,
    typed: str,
    plan: Handed | None,
    label: str,
    space: Space,
    form: Format,
    waiting: int = 0,
) -> tuple[list[Row], tuple[int, int]]:
    """What is asked in cash, what is handed over, and the change."""
    facts = []
    if asked != due:
        facts = [("Due", form.money(due)), ("Rounded for cash", form.money(asked - due))]
    rows = [*space.air, *hero(f"To pay: {label}", form.money(asked), space, facts=facts), ()]
    lead = "Handed over  "
    said = Span("  nothing typed is exactly this amount", "dim")
    if typed:
        said = Span("  is not an amount that can be taken", "warn")
        if plan is not None:
            said = Span(f"  = {form.money(plan.cash.tendered)}", "accent")
    caret = (space.margin + width(lead) + width(typed), len(rows))
    rows.append(space.row(Span(lead, "dim"), Span(typed, "typed"), Span(" ", "cursor"), said))
    rows.append(())
    if plan is not None and typed:
        if plan.is_part:
            rows += hero("Still due after this", form.money(due - plan.amount), space, style="warn")
        else:
            rows += hero("Change", form.money(plan.cash.change), space, style="good")
        rows.append(())
    if plan is not None:
        takes = f"takes {form.money(plan.cash.tendered)}"
        rows.append(next_step(space, "Enter", f"{takes}, the exact amount" if not typed else takes))
    rows += scans(waiting, space, is_same_sale=True)
    return rows, caret


__all__ = ["TenderList", "does", "draw_cash", "draw_tender", "explain", "pair"]
