"""Money: integer minor units and a currency, never a float."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

# ISO 4217 digits after the point, where they are not 2. Display libraries differ from ISO for some of these.
_EXPONENTS = (
    dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
    | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
    | dict.fromkeys("CLF UYW".split(), 4)
)
_LARGEST = 60  # digits before the point
_EXACT = Context(prec=100)


def exponent(currency: str) -> int:
    """Digits after the decimal point of a currency, by ISO 4217."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units of one currency: `Money(14994, "EUR")` is 149.94 euro."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are integers, not {type(self.minor).__name__}")
        code = self.currency
        if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def from_decimal(cls, amount: Decimal, currency: str) -> Money:
        """Money from a decimal number of units.

        Raises:
            ValueError: it is not finite or has more digits than the currency.
        """
        if not amount.is_finite() or amount.adjusted() > _LARGEST:
            raise ValueError(f"not an amount: {amount}")
        with localcontext(_EXACT):
            minor = amount.scaleb(exponent(currency))
            if minor != minor.to_integral_value():
                raise ValueError(f"{currency} has {exponent(currency)} decimals: {amount}")
            return cls(int(minor), currency)

    def to_decimal(self) -> Decimal:
        """The exact amount in units: 149.94."""
        with localcontext(_EXACT):
            return Decimal(self.minor).scaleb(-exponent(self.currency))

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def share(self, weights: Sequence[int]) -> list[Money]:
        """Split by weights, largest remainder first, ties in order; the parts add up exactly.

        Raises:
            ValueError: no weight is positive, or one is negative.
        """
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise ValueError("shares need weights of which at least one is positive")
        sign, amount = (-1, -self.minor) if self.minor < 0 else (1, self.minor)
        parts = [amount * weight // whole for weight in weights]
        by_remainder = sorted(
            range(len(weights)), key=lambda n: (-(amount * weights[n] % whole), n)
        )
        for n in by_remainder[: amount - sum(parts)]:
            parts[n] += 1
        return [Money(sign * part, self.currency) for part in parts]


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts of one currency; zero for none."""
    result = Money.zero(currency)
    for amount in amounts:
        result += amount
    return result


def round_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator`, halves away from zero, in integers."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    numerator, denominator = abs(numerator), abs(denominator)
    return sign * ((2 * numerator + denominator) // (2 * denominator))
