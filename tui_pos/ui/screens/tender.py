"""Ways to pay and what is typed for them: the rules, without a screen.

One digit is a number of the list. Two or more characters are an amount in whole units, with a comma or a
point before the cents: `20` is 20,00 and `12,50` is 12,50. For cash every digit is part of an amount.

Source: payment-safety.md, 6 M11 (rounding of cash), M15 (what is handed over), M16 (split).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tui_pos.domain.attempt import Cash
from tui_pos.domain.money import Money, exponent
from tui_pos.domain.order import Drawer, PaymentMethod, TenderKind, Terminal

MUCH = 10  # times what is asked: more is a slip of the finger until it is said twice
_AMOUNT = re.compile(r"([0-9]{0,7})(?:[.,]([0-9]*))?")


@dataclass(frozen=True, slots=True)
class Way:
    """One row of the list: a terminal, a drawer, or a method without either."""

    method: PaymentMethod
    label: str
    note: str = ""
    is_open: bool = True
    is_last: bool = False
    terminal: Terminal | None = None
    drawer: Drawer | None = None

    @property
    def kind(self) -> TenderKind:
        return self.method.kind


def ways(
    methods: Sequence[PaymentMethod],
    drawers_of: Callable[[PaymentMethod], Sequence[Drawer]],
    *,
    last_terminal_id: str = "",
    in_use: Collection[str] = (),
) -> tuple[Way, ...]:
    """The rows: terminals first, the last one used before the others and the offline ones after them; then
    cash, a row per drawer; then the rest.

    Args:
        in_use: names of the terminals that other sales of this till pay on.
    """
    cards = [_terminal(m, t, last_terminal_id, in_use) for m in methods for t in m.terminals]
    cards.sort(key=lambda way: (not way.is_open, not way.is_last))
    cash = [way for m in methods if m.kind is TenderKind.CASH for way in _cash(m, drawers_of(m))]
    rest = [Way(m, m.name) for m in methods if m.kind is TenderKind.OTHER]
    return (*cards, *cash, *rest)


def _terminal(
    method: PaymentMethod, terminal: Terminal, last_terminal_id: str, in_use: Collection[str]
) -> Way:
    words = {True: "card terminal, online", False: "offline", None: "card terminal"}[
        terminal.is_online
    ]
    is_last = terminal.terminal_id == last_terminal_id
    if terminal.name in in_use:
        words = "in use by another sale"
    elif is_last:
        words += ", used last"
    is_open = terminal.is_online is not False and terminal.name not in in_use
    return Way(method, terminal.name, words, is_open, is_last, terminal)


def _cash(method: PaymentMethod, drawers: Sequence[Drawer]) -> list[Way]:
    if len(drawers) < 2:
        return [Way(method, method.name, "", drawer=drawers[0] if drawers else None)]
    return [Way(method, f"{method.name}, {d.name}", "", drawer=d) for d in drawers]


def default(rows: Sequence[Way]) -> int:
    """The row that Enter takes when nothing was chosen."""
    return next((n for n, way in enumerate(rows) if way.is_open), 0)


def first(rows: Sequence[Way], kind: TenderKind) -> Way | None:
    return next((way for way in rows if way.kind is kind and way.is_open), None)


def numbered(rows: Sequence[Way]) -> list[Way]:
    """The rows that have a number, 1 to 9."""
    return [way for way in rows if way.is_open][:9]


# What is typed --------------------------------------------------------------------------------------


def amount_of(text: str, currency: str) -> Money | None:
    """An amount as it is typed; None if it is none."""
    match = _AMOUNT.fullmatch(text)
    places = exponent(currency)
    if match is None or not text.strip(".,"):
        return None
    whole, rest = match.group(1) or "0", match.group(2) or ""
    if len(rest) > places:
        return None
    return Money.from_decimal(Decimal(f"{whole}.{rest or '0'}"), currency)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def in_cents(text: str, currency: str) -> Money | None:
    """The same digits as cents, for someone who forgot the comma; None if there is one."""
    if not _is_digits(text) or not exponent(currency):
        return None
    return Money(int(text), currency)


def as_typed(amount: Money) -> str:
    """An amount as one would type it."""
    return str(amount.to_decimal()).replace(".", ",")


@dataclass(frozen=True, slots=True)
class Handed:
    """What cash that is handed over pays.

    Attributes:
        amount: the part of the due amount that is paid, not rounded.
        is_part: something stays due.
        is_much: far too much; it must be said twice.
        guess: what was probably meant, where it is far too much.
    """

    amount: Money
    cash: Cash
    is_part: bool = False
    is_much: bool = False
    guess: Money | None = None


def handed(text: str, due: Money, asked: Money, drawer_id: str) -> Handed | None:
    """What is paid when `text` is handed over; nothing typed is exactly what is asked.

    Less than is asked pays that part of the due amount, without rounding: only the last part is rounded.

    Returns:
        None if it is no amount, or nothing, or leaves less than a coin.
    """
    tendered = amount_of(text, due.currency) if text else asked
    if tendered is None or (tendered.minor <= 0 and asked.minor > 0):
        return None
    if tendered >= asked:
        is_much = tendered > asked * MUCH
        cents = in_cents(text, due.currency)
        fits = is_much and cents is not None and asked <= cents <= asked * MUCH
        cash = Cash(drawer_id, asked, tendered)
        return Handed(due, cash, is_much=is_much, guess=cents if fits else None)
    if tendered >= due:
        return None
    return Handed(tendered, Cash(drawer_id, tendered, tendered), is_part=True)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the typed text asks for, on Enter.

    Attributes:
        kind: `all` of it, a `row` of the list, a `part`, a `word`, or `wrong`.
        amount: what is paid; None where it is wrong or a word.
        hint: the amount in cents, where too much was typed without a comma.
    """

    kind: str
    way: Way | None = None
    amount: Money | None = None
    hint: Money | None = None


def meaning(
    text: str, rows: Sequence[Way], chosen: Way | None, due: Money, *, words: Collection[str] = ()
) -> Meaning:
    """What a text means while the list is shown."""
    if not text:
        return Meaning("all", chosen, due)
    if text.lower() in words:
        return Meaning("word")
    if _is_digits(text) and len(text) == 1:
        found = numbered(rows)
        place = int(text) - 1
        return Meaning("row", found[place], due) if 0 <= place < len(found) else Meaning("wrong")
    amount = amount_of(text, due.currency)
    if amount is None or amount.minor <= 0:
        return Meaning("wrong")
    if amount > due:
        if chosen is not None and chosen.kind is TenderKind.CASH:
            return Meaning("part", chosen, amount)
        cents = in_cents(text, due.currency)
        hint = cents if cents is not None and Money.zero(due.currency) < cents <= due else None
        return Meaning("wrong", hint=hint)
    return Meaning("all" if amount == due else "part", chosen, amount)


def is_typed_scan(text: str, at_once: bool, words: Collection[str]) -> bool:
    """Whether a line that ends where an amount is asked is a scan: codes are longer, and have no comma."""
    text = text.rstrip("+*/")
    if not text or text.lower() in words:
        return False
    if re.fullmatch(r"[0-9]{0,7}[.,][0-9]{0,3}", text):
        return False
    if _is_digits(text) and len(text) <= 5:
        return at_once and len(text) > 3
    return len(text) >= 4
