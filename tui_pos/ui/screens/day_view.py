"""How the figures of a day look: three totals side by side, what differs, and who signs for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tui_pos.domain.money import Money
from tui_pos.services.day import (
    DayFigures,
    Difference,
    Kind,
    LastClose,
    TenderFigures,
    is_signed,
)
from tui_pos.ui.grid import Row, Span, fit, right, width, wrap
from tui_pos.ui.present import Format, count
from tui_pos.ui.screens.payment_parts import Space, next_step, para
from tui_pos.ui.screens.tender import amount_of

SIGN = "►"
CLOSER = "closer"
_WIDE = 70
_MONEY = 13


@dataclass(frozen=True, slots=True)
class DayState:
    """What the screen shows.

    Attributes:
        is_close: totals and names can be typed.
        marked: the field that is typed into: a terminal's id, a difference's id, or `closer`.
        texts: what was typed, per field.
        top: the first row that is shown, where nothing is marked.
        doing: what is waited for; "" for nothing.
    """

    figures: DayFigures | None
    is_close: bool = False
    marked: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    cashier: str = ""
    last: LastClose | None = None
    top: int = 0
    trouble: tuple[str, str] | None = None
    doing: str = ""


@dataclass(slots=True)
class Page:
    """Rows that are built up, with the place of the marked field among them."""

    space: Space
    rows: list[Row] = field(default_factory=list)
    first: int = 0
    last: int = 0
    caret: tuple[int, int] | None = None

    def add(self, *spans: Span) -> None:
        self.rows.append(self.space.row(*spans))

    def gap(self) -> None:
        if not self.space.is_small:
            self.rows.append(())

    def text(self, text: str, style: str, indent: int = 0) -> None:
        for line in wrap(text, max(1, self.space.inner - indent)):
            self.add(Span(" " * indent, "text"), Span(line, style))

    def entry(self, lead: str, text: str, start: int) -> None:
        """The marked field; its end is seen, on a row of its own where there is no room for both."""
        if width(lead) + width(text) + 1 > self.space.inner:
            self.add(Span(lead, "title"))
            lead = ""
        while text and width(lead) + width(text) + 1 > self.space.inner:
            text = text[1:]
        self.add(Span(lead, "title"), Span(text, "typed"), Span(" ", "cursor"))
        x = self.space.margin + width(lead) + width(text)
        self.first, self.last, self.caret = start, len(self.rows), (x, len(self.rows) - 1)

    def shown(self, top: int) -> tuple[list[Row], tuple[int, int] | None, int]:
        """The rows that fit, the cursor, and the first row: `top`, or so that the marked field is seen."""
        room = self.space.height
        if self.caret is not None:
            is_too_large = self.last - self.first > room  # then what is typed is what must be seen
            top = min(self.first, self.last + 1 - room)
            top = self.caret[1] + 1 - room if is_too_large else top
        top = max(0, min(top, len(self.rows) - room))
        caret = (self.caret[0], self.caret[1] - top) if self.caret is not None else None
        return self.rows[top : top + room], caret, top


def fields(figures: DayFigures) -> list[str]:
    """What can be typed into, in order."""
    terminals = [line.terminal_id for line in figures.terminals]
    return [*terminals, *(d.difference_id for d in figures.differences), CLOSER]


def draw_day(
    state: DayState, space: Space, form: Format
) -> tuple[list[Row], tuple[int, int] | None, int]:
    """The day so far, or the form that closes it; where the cursor stands; the first row that is shown."""
    figures = state.figures
    page = Page(space)
    if figures is None:
        if state.trouble is not None:
            page.rows += para(state.trouble[0], space, "bad") + para(state.trouble[1], space)
            page.rows += [(), next_step(space, "F2", "tries again")]
        else:
            page.rows += para(state.doing, space, "strong")
        return page.shown(state.top)
    _head(page, state, figures)
    _table(page, state, figures, form)
    _differences(page, state, figures, form)
    if state.is_close:
        _closer(page, state)
        _step(page, state, figures)
    elif state.last is not None and state.last.at is not None:
        last = state.last
        page.gap()
        words = f"Day {last.number} was closed {_local(state.last.at)} by {last.closer}"
        page.text(f"{words}; journal head {last.head[:16]}", "dim")
    return page.shown(state.top)


def _local(at: datetime | None) -> str:
    return at.astimezone().strftime("%d-%m-%Y %H:%M") if at is not None else ""


def _head(page: Page, state: DayState, figures: DayFigures) -> None:
    title = f"Close day {figures.number}" if state.is_close else f"Day {figures.number}, so far"
    since = f"since {_local(figures.since)}" if figures.since is not None else "the first day"
    parts = [since, count(figures.sales, "sale")]
    if figures.refused:
        parts.append(f"{count(figures.refused, 'payment')} refused")
    if figures.abandoned:
        parts.append(f"{figures.abandoned} given up")
    page.add(Span(title, "strong"))
    page.text(", ".join(parts), "dim")
    if state.doing:
        page.text(state.doing, "accent")
    page.gap()


# The three totals -----------------------------------------------------------------------------------


def _table(page: Page, state: DayState, figures: DayFigures, form: Format) -> None:
    space = page.space
    is_wide = space.inner >= _WIDE
    name = max(4, space.inner - (6 + 3 * (_MONEY + 1) + 2 if is_wide else _MONEY + 3))
    if is_wide:
        titles = ("till", "server", "terminal" if state.is_close else "")
        heads = "".join(" " + right(title, _MONEY) for title in titles)
        page.add(Span(" " * (2 + name) + right("count", 6) + heads, "dim"))
    if not figures.tenders and not figures.terminals:
        page.text("Nothing was paid.", "text", 2)
    for line in figures.tenders:
        _line(page, state, line, name, form, is_wide)
    if figures.terminals:
        page.gap()
    for line in figures.terminals:
        _line(page, state, line, name, form, is_wide)
    for drawer in figures.cash:
        page.gap()
        label = f"Cash {drawer.drawer_id[:8]}" if len(figures.cash) > 1 else "Cash"
        words = f"{label}: {form.money(drawer.expected)} more must be in the drawer"
        parts = [f"{form.money(drawer.rounding)} of it rounding"] if drawer.rounding else []
        if drawer.waiting:
            parts.append(f"{form.money(drawer.waiting)} not booked yet")
        page.text(", ".join([words, *parts]), "text", 2)


def _line(
    page: Page, state: DayState, line: TenderFigures, name: int, form: Format, is_wide: bool
) -> None:
    is_field = state.is_close and bool(line.terminal_id)
    is_marked = is_field and state.marked == line.terminal_id
    style = "selected" if is_marked else "text"
    is_equal = line.is_checked and line.backend == line.booked
    server = form.money(line.backend) if line.is_checked else "not read"
    spans = [Span(f"{SIGN if is_marked else ' '} {fit(line.name, name)}", style)]
    if is_wide:
        spans.append(Span(right(str(line.count), 6), style))
    spans.append(Span(" " + right(form.money(line.booked), _MONEY), style))
    if is_wide:
        spans.append(Span(" " + right(server, _MONEY), style if is_equal else "warn"))
    elif not is_equal:
        spans.append(Span("!", "warn"))
    start = len(page.rows)
    if not is_field:
        page.add(*spans)
        return
    text = state.texts.get(line.terminal_id, "")
    shown = _typed(text, line, form, is_marked=is_marked)
    if not is_wide:
        page.add(*spans)
        if is_marked:
            page.entry("    terminal ", text, start)
        else:
            page.add(Span("    terminal ", "dim"), shown)
        return
    gap = Span(" " * max(1, _MONEY + 1 - width(shown.text)), "text")
    page.add(*spans, gap, shown, *([Span(" ", "cursor")] if is_marked else []))
    if is_marked:
        x = page.space.margin + 2 + name + 6 + 2 * (_MONEY + 1) + width(gap.text + shown.text)
        page.first, page.last, page.caret = start, start + 1, (x, start)


def _typed(text: str, line: TenderFigures, form: Format, *, is_marked: bool) -> Span:
    """A terminal's own total as it was typed, or as money once it is complete."""
    amount = amount_of(text, line.booked.currency) if text else None
    if is_marked:
        return Span(text, "typed")
    if not text:
        return Span("not typed", "warn" if line.booked else "dim")
    if amount is None:
        return Span(text, "bad")
    return Span(form.money(amount), "text" if amount == line.booked else "warn")


# What differs ---------------------------------------------------------------------------------------


def _differences(page: Page, state: DayState, figures: DayFigures, form: Format) -> None:
    page.gap()
    found = figures.differences
    if not found:
        page.add(Span("Nothing differs.", "good"))
        return
    page.add(Span(f"{count(len(found), 'difference')}", "strong"))
    for difference in found:
        _difference(page, state, difference, form)


def _difference(page: Page, state: DayState, found: Difference, form: Format) -> None:
    is_marked = state.is_close and state.marked == found.difference_id
    start = len(page.rows)
    money = form.money(found.amount) if found.amount is not None else ""
    place = ", ".join(part for part in (found.where, found.order) if part)
    head = fit(found.kind.title, 20) + right(money, _MONEY) + "  " + place
    style = "selected" if is_marked else "text"
    page.add(
        Span(f"{SIGN if is_marked else ' '} ", style),
        Span(fit(head, max(1, page.space.inner - 2)), style),
    )
    page.text(found.words, "text" if is_marked else "dim", 4)
    if is_marked or not state.is_close:
        page.text(found.advice, "accent" if is_marked else "dim", 4)
    if not state.is_close:
        return
    text = state.texts.get(found.difference_id, "")
    lead = "Supervisor's name  " if found.kind is Kind.IN_DOUBT else "Name  "
    if is_marked:
        page.entry("    " + lead, text, start)
    elif is_signed(text):
        page.text(f"signed: {text}", "good", 4)
    else:
        page.text("no name yet", "warn", 4)


def _closer(page: Page, state: DayState) -> None:
    page.gap()
    is_marked = state.marked == CLOSER
    text, lead = state.texts.get(CLOSER, ""), "Closed by  "
    if is_marked and (text or not state.cashier):
        page.entry(f"{SIGN} {lead}", text, len(page.rows))
        return
    style = "selected" if is_marked else "text"
    page.add(
        Span(f"{SIGN if is_marked else ' '} {lead}", style), Span(text or state.cashier, "text")
    )
    if is_marked:
        at = len(page.rows) - 1
        page.first, page.last = at, at + 1
        page.caret = (page.space.margin + 2 + width(lead), at)


def _step(page: Page, state: DayState, figures: DayFigures) -> None:
    """What is next; counted as part of the last field, so that it is seen with it."""
    missing = sum(not is_signed(state.texts.get(d.difference_id, "")) for d in figures.differences)
    if missing:
        page.text(f"{count(missing, 'difference')} without a name", "warn", 2)
    elif not is_signed(state.texts.get(CLOSER, "") or state.cashier):
        page.text("Type who closes the day", "warn", 2)
    else:
        page.rows.append(next_step(page.space, "F9", f"closes day {figures.number}"))
    if state.marked == CLOSER:
        page.last = len(page.rows)


def draw_slip(lines: Sequence[str], top: int, space: Space) -> list[Row]:
    """The closing slip as it would be printed."""
    size = min(space.inner, max(map(len, lines)))
    rows: list[Row] = [
        space.row(Span("│ ", "dim"), Span(fit(line, size), "text"), Span(" │", "dim"))
        for line in lines
    ]
    top = max(0, min(top, len(rows) - space.height))
    return rows[top : top + space.height]


def totals(figures: DayFigures, texts: Mapping[str, str]) -> dict[str, Money]:
    """The terminals' own totals, those that are amounts."""
    found = {
        line.terminal_id: amount_of(texts.get(line.terminal_id, ""), line.booked.currency)
        for line in figures.terminals
    }
    return {terminal_id: amount for terminal_id, amount in found.items() if amount is not None}
