"""How each phase of a payment looks: pure functions from a view to rows."""

from __future__ import annotations

from tui_pos.domain.order import TenderKind
from tui_pos.services.payment_view import Choice, PaymentView, Phase
from tui_pos.ui.grid import Row, Span, wrap
from tui_pos.ui.present import Format, count
from tui_pos.ui.qr import QrCode, why_not
from tui_pos.ui.screens import payment_words as words
from tui_pos.ui.screens.payment_parts import Space, beside, clock, hero, key_line, next_step, para

LEFT = 34  # what the text beside a code needs at least


def where(view: PaymentView) -> str:
    return view.terminal_name or view.method_name


def scans(number: int, space: Space, *, is_same_sale: bool = False) -> list[Row]:
    """That scans are kept, and where they go."""
    if not number:
        return []
    them = "it" if number == 1 else "them"
    goes = f": Esc rings {them} up in this sale" if is_same_sale else " for the next sale"
    return [space.row(Span(f"{count(number, 'scan')} waiting{goes}", "warn"))]


def draw_waiting(view: PaymentView, space: Space, form: Format, waiting: int = 0) -> list[Row]:
    """The customer is at the terminal, or is about to be."""
    is_ready = view.phase is Phase.WAITING
    facts = [("Waiting" if is_ready else "Preparing", clock(view.elapsed_s))]
    if view.starts > 1:
        facts.append(("Try", str(view.starts)))
    rows = [*space.air, *hero(f"At {where(view)}", form.money(view.amount), space, facts=facts), ()]
    if is_ready:
        rows += para(words.FOLLOW_TERMINAL, space, "strong")
    else:
        rows += para(f"The payment is being prepared on {where(view)}.", space, "strong")
        rows += para(view.reason, space, "warn")
    rows += [(), *scans(waiting, space)]
    if space.is_small:
        return rows
    rows += [(), key_line(space, "F6", "serve the next customer; this payment runs on")]
    if is_ready:
        rows.append(key_line(space, "F2", "ask the server now", style="dim"))
        rows.append(key_line(space, "F8", "how to stop it", style="dim"))
    return rows


def draw_booking(view: PaymentView, space: Space, form: Format, waiting: int = 0) -> list[Row]:
    """Taken, but not with the customer's own hand on a terminal: the server is being told."""
    rows = [*space.air, *hero(where(view), form.money(view.amount), space), ()]
    rows += para("Being booked at the shop's server. One moment.", space, "strong")
    rows += para(view.reason, space, "warn")
    rows += [(), *scans(waiting, space)]
    rows += [(), key_line(space, "F6", "serve the next customer; this runs on")]
    return rows


def draw_doubt(
    view: PaymentView,
    space: Space,
    form: Format,
    waiting: int = 0,
    *,
    said: Choice | None = None,
    held: Choice | None = None,
) -> list[Row]:
    """The outcome is not known: one question, and what may be answered."""
    facts = [("Waiting", clock(view.elapsed_s))] if view.elapsed_s > 0 else []
    rows = [*space.air, *hero(f"At {where(view)}", form.money(view.amount), space, facts=facts)]
    rows += [] if space.is_small else [()]
    rows += para(words.NOT_KNOWN, space, "bad")
    rows += para(words.doubt(view), space, "text")
    rows += [] if space.is_small else [()]
    rows += para(words.LOOK, space, "strong")
    for key, choice, text in words.STATEMENTS:
        rows.append(_statement(view, space, key, choice, text, is_said=choice is (held or said)))
    rows += [] if space.is_small else [()]
    rows += para(words.SAID.get(said, "") if said and not held else "", space, "accent")
    for sentence in words.locked(view):
        rows += para(sentence, space, "dim")
    rows += scans(waiting, space)
    return rows


def _statement(
    view: PaymentView, space: Space, key: str, choice: Choice, text: str, *, is_said: bool
) -> Row:
    sign = Span("► " if is_said else "  ", "title")
    if choice in view.choices or not view.choices:
        return space.row(
            sign, Span(f"[{key}]", "title"), Span(f" {text}", "strong" if is_said else "text")
        )
    late = f"in {clock(view.declined_after_s + 0.999)}" if view.declined_after_s else "not now"
    return space.row(sign, Span(f"[{key}] {late}", "dim"), Span(f"  {text}", "dim"))


def draw_supervisor(view: PaymentView, space: Space, form: Format, typed: str) -> list[Row]:
    """Declined was said before in this sale: a second name."""
    rows = [*space.air, *hero(f"At {where(view)}", form.money(view.amount), space), ()]
    rows += para("Declined was said before in this sale.", space, "bad")
    rows += para("A supervisor looks at the terminal and types their name.", space, "strong")
    rows += [(), space.row(Span("Name  ", "dim"), Span(typed, "typed"), Span(" ", "cursor")), ()]
    rows.append(next_step(space, "Enter", "confirms: the terminal declined or cancelled it"))
    return rows


def draw_retry(view: PaymentView, space: Space, form: Format, waiting: int = 0) -> list[Row]:
    """It ended without money: what happened, what is safe, what is next."""
    end = words.ending(view)
    rows = [*space.air, *hero("Still to pay", form.money(view.amount), space), ()]
    rows += para(end.title, space, "warn")
    rows += para(end.detail, space)
    rows += para(end.safe, space, "strong")
    rows.append(())
    choices = view.choices
    if not choices:
        return [*rows, *para("One moment", space, "dim")]
    if Choice.AGAIN in choices:
        again = (
            f"again on {where(view)}" if view.tender is TenderKind.CARD else f"again: {where(view)}"
        )
        rows += [next_step(space, "Enter", again), ()]
    if Choice.OTHER in choices:
        rows.append(key_line(space, "  T", "another terminal, or another way to pay"))
        rows.append(key_line(space, "  C", "cash"))
    if Choice.BACK in choices:
        rows.append(key_line(space, "  Esc", "back to the basket"))
    rows += [(), *scans(waiting, space)] if waiting else []
    return rows


def draw_follow(
    view: PaymentView, space: Space, form: Format, code: QrCode | None, waiting: int = 0
) -> list[Row]:
    """The customer pays with their own telephone."""
    right = code if code is not None and code.fits(space.width - LEFT, space.height) else None
    narrow = space.beside(right.width) if right else space
    rows = [*space.air, *hero(where(view), form.money(view.amount), narrow), ()]
    if right is not None:
        rows += para("Let the customer scan the code and pay.", narrow, "strong")
    elif view.link:
        rows += para("Let the customer open this link and pay:", narrow, "strong")
        rows += para(why_not(code, space.width - LEFT, space.height), narrow, "dim")
    else:
        rows += para(words.NO_LINK, narrow, "warn")
    rows += [(), *link_rows(view.link, narrow)] if view.link else []
    rows += [(), narrow.row(Span(f"Waiting  {clock(view.elapsed_s)}", "dim"))]
    rows += [(), key_line(narrow, "T", "another way to pay", pad=3)]
    rows += [key_line(narrow, "F6", "serve the next customer", pad=3), *scans(waiting, narrow)]
    return with_code(rows, right, narrow)


def with_code(rows: list[Row], code: QrCode | None, space: Space) -> list[Row]:
    """Rows with a code at their right, if there is one."""
    if code is None:
        return rows
    top = max(0, min(len(space.air), space.height - code.height))
    return beside(rows, code.drawn(), space.column, top=top)


def link_rows(link: str, space: Space) -> list[Row]:
    return [space.row(Span(part, "accent")) for part in wrap(link, max(8, space.inner))]
