"""Codes: what was scanned or typed."""

from __future__ import annotations

GTIN_LENGTHS = frozenset((8, 12, 13, 14))


def check_digit(body: str) -> int:
    """The GS1 check digit of the digits before it."""
    odd, even = sum(map(int, body[::-1][::2])), sum(map(int, body[::-1][1::2]))
    return -(3 * odd + even) % 10


def is_gtin(code: str) -> bool:
    """Whether a code is a GTIN-8, -12, -13 or -14 with a right check digit."""
    return (
        len(code) in GTIN_LENGTHS
        and code.isascii()
        and code.isdigit()
        and check_digit(code[:-1]) == int(code[-1])
    )


def gtin13(code: str) -> str:
    """A GTIN-12, or a GTIN-14 of a single unit, in the form catalogues keep: 13 digits; others as they are."""
    if is_gtin(code):
        if len(code) == 12:
            return "0" + code
        if len(code) == 14 and code[0] == "0":
            return code[1:]
    return code
