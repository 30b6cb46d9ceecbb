"""Values as people read them."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache

from tui_pos.domain.money import Money, exponent

_SYMBOLS = {
    ("EUR", ""): "€",
    ("USD", "US"): "$",
    ("GBP", "GB"): "£",
}  # a dollar sign is plain at home only
# The formats of the locales that need no library, which takes 20 ms to load: symbol and number, thousands, decimal.
# A test holds them to Babel's.
_LATIN: dict[str, tuple[str, str, str, str]] = {
    "nl_NL": ("{s} {n}", "{s} -{n}", ".", ","),
    "nl_BE": ("{s} {n}", "{s} -{n}", ".", ","),
    "de_DE": ("{n} {s}", "-{n} {s}", ".", ","),
    "fr_FR": ("{n} {s}", "-{n} {s}", " ", ","),
    "fr_BE": ("{n} {s}", "-{n} {s}", " ", ","),
    "en_IE": ("{s}{n}", "-{s}{n}", ",", "."),
    "en_GB": ("{s}{n}", "-{s}{n}", ",", "."),
    "en_US": ("{s}{n}", "-{s}{n}", ",", "."),
}
_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009"), " ")
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c"))


def _plain(text: str) -> str:
    """Without the special spaces and direction marks that terminals draw badly."""
    return text.translate(_SPACES).translate(_MARKS)


@dataclass(frozen=True)
class Format:
    """Money of one locale as text."""

    locale: str

    @cached_property
    def _known(self) -> tuple[str, str, str, str] | None:
        return _LATIN.get(self.locale.replace("-", "_"))

    def money(self, amount: Money) -> str:
        """With its currency: € 149,94."""
        return _money(self, amount.minor, amount.currency)

    def number(self, amount: Money) -> str:
        """Without its currency: 149,94."""
        return _number(self, amount.minor, amount.currency)

    def _digits(self, minor: int, currency: str) -> str | None:
        if self._known is None:
            return None
        _, _, group, point = self._known
        places = exponent(currency)
        whole, rest = divmod(abs(minor), 10**places)
        text = f"{whole:,}".replace(",", group)
        return f"{text}{point}{rest:0{places}d}" if places else text


@lru_cache(4096)
def _number(form: Format, minor: int, currency: str) -> str:
    digits = form._digits(minor, currency)
    if digits is not None:
        return f"-{digits}" if minor < 0 else digits
    from babel.numbers import format_decimal

    places = exponent(currency)
    pattern = "#,##0." + "0" * places if places else "#,##0"
    return _plain(
        format_decimal(Money(minor, currency).to_decimal(), format=pattern, locale=form.locale)
    )


@lru_cache(4096)
def _money(form: Format, minor: int, currency: str) -> str:
    digits = form._digits(minor, currency)
    symbol = _SYMBOLS.get((currency, form.locale[-2:])) or _SYMBOLS.get((currency, ""))
    if digits is not None and symbol and form._known is not None:
        positive, negative, _, _ = form._known
        return (negative if minor < 0 else positive).format(s=symbol, n=digits)
    from babel import Locale

    locale = Locale.parse(form.locale.replace("-", "_"))
    places = exponent(currency)
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (places, places)  # by ISO 4217, where other tables differ
    return _plain(
        pattern.apply(
            Money(minor, currency).to_decimal(),
            locale,
            currency=currency,
            currency_digits=False,
        )
    )


def duration(seconds: float) -> str:
    """A waiting time: 8 s, 1:05, 1:02:03."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def age(seconds: float) -> str:
    """How long ago: just now, 4 min, 2 h, 3 days."""
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 86_400:
        return f"{int(seconds // 3600)} h"
    days = int(seconds // 86_400)
    return "1 day" if days == 1 else f"{days} days"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 item, 3 items."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def latency(milliseconds: float) -> str:
    """A response time, so coarse that it does not flicker: 40 ms, 300 ms, 2 s."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.0f} s"
    step = 10 if milliseconds < 100 else 50 if milliseconds < 500 else 100
    return f"{max(step, round(milliseconds / step) * step)} ms"
