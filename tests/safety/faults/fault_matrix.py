"""The failure model as data: every fault at every step, and what the till must do.

The cells are written as in payment-safety.md, 3.3; the letters are those of 3.2. Cells that the document
leaves empty are left out. What the till does otherwise, and why that is safe, is in `DIFFERS`; what cannot be
shown is in `LEFT_OUT`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

STEPS = ("1", "2", "3", "4", "5", "6", "6c", "7", "8", "9", "10")
OPERATIONS = {
    "1": "createOrder",
    "2": "addItemsToOrder",
    "3": "paymentOptions",
    "4": "addPaymentMethodToOrder",
    "5": "createPayment",
    "6": "start",
    "6c": "pay",
    "7": "openOrder",
    "8": "poll",
    "9": "invoiceItems",
    "10": "document",
}

# fault | 1 | 2 | 3 | 4 | 5 | 6 START | 6c cash | 7 | 8 | 9 | 10
TABLE = """
F1 | R | R | R | R | R | R x2, then H | O | R | R | R | R
F2 | V | V | R | V | V | U | V, then O | V | R | V | R
F3 | V | V | R | V | V | U | V, then O | V | R | V | R
F4 | H | H | H | H | H | read, then H | H: O + alarm | H + C | H | V | H
F4b | V | V | R | V | V | U | V | V | R | V | R
F5 | R | R | R | R | R | V first: read; once more | O | R | R | R | R
F6 | V | V | R | V | V | U | V, O | V | R | V | R
F7 | V | V | R | V | V | U | V, O | V | R | V | R
F8 | V | V | R, then H | V | n/a | n/a | n/a | V | R | V | H
F9 | V | V | R, then H | V | V | U | V, O | V | R | V | H
F10 | = | = | = | = | = | = PAID absorbs | = | = | = | = | =
F11 | V | V | R | V | V | U at restart, full Q | O | V/O | R | V/O | O
F12 | V | V | R | V | V | U at restart, full Q | O | V/O | R | V/O | O
F13 | H | H | ok | H | H | H, START refused | H: no drawer | O later | ok | O later | ok
F13b | retry save | retry save | - | retry save | retry save | save, lock | save, lock | save, lock | - | save, lock | -
F14 | = | = | token | - | - | = | - | - | 15 s by boot clock | - | warn
F15 | - | - | busy by till B | lease | - | U-read, then H | - | - | - | - | -
F16 | - | - | - | - | - | CANCEL_WISHED; PAID wins | void or refund | - | - | - | -
F17 | - | C | - | - | H | C; openOrder blocked | C | C: blocked | - | C | warn
F18 | - | - | not offered | H | H | before: H; during: U | - | - | - | - | -
F19 | T | T | T | T | T | read, then T | T, O | T | T | T | T
F20 | - | C | R | C | C | C before START | C | V; C + refund list | R | V | -
F21 | R | V | R | V | V | U on wake | V | V | R | V | R
F22 | H | H | H | H | H | U + alarm | V | V | H | V | one hop
F23 | V | V | H | V | V | U | V, O | V | R | V | H
F24 | - | - | - | - | - | - | - | - | - | - | O: reprint
F25 | - | - | - | - | - | - | - | - | O | O | receipt without number
"""

# Where the till does something else than the table says, and what makes it safe.
_GOES_ON = "until money moves a refusal costs nobody anything: the till tries on, and says so"
_SPLITS = "a refused batch is sent in parts, so that only the line at fault is named"
_NOT_FOLLOWED = "never followed; it proves nothing, so it is handled like an answer that was lost"
_BY_HAND = "the person presses once more; nothing was started, and the token is read anew"
_NOT_STARTED = "refused before any START: the attempt ends with a sentence, a new one may begin"
_READ_ON = "a read that is spoilt or refused changes nothing, so it is asked again"
_PDF = "the invoice exists without its document, which can be fetched again at any time"
_NO_START = "no START is ever sent by itself"
DIFFERS: dict[tuple[str, str], tuple[str, str]] = {
    ("F1", "6"): ("H", _NO_START),
    ("F4", "1"): ("R", _GOES_ON),
    ("F4", "2"): ("split", _SPLITS),
    ("F4", "6"): ("H", _NO_START),
    ("F4", "6c"): ("O", "the cash is taken: told on and on, with an alarm"),
    ("F4", "7"): (
        "R",
        "each try begins with a read, the trouble is shown, and the sale stays paid",
    ),
    ("F4", "8"): ("R", _READ_ON),
    ("F4", "9"): (
        "stop",
        "read, and when nothing was invoiced: a person looks at what was refused",
    ),
    ("F4b", "3"): ("H", "a refused read stops with a sentence"),
    ("F4b", "4"): ("H", _NOT_STARTED),
    ("F4b", "5"): ("H", _NOT_STARTED),
    ("F4b", "6c"): ("O", "the cash is taken: told on and on, with an alarm"),
    ("F4b", "10"): ("H", _PDF),
    ("F5", "6"): ("H", _NO_START),
    ("F9", "10"): ("R", _PDF),
    ("F13", "3"): ("=", "a read needs no row"),
    ("F13", "8"): ("=", "a read needs no row"),
    ("F13", "10"): ("=", "a document needs no row"),
    ("F19", "3"): ("TH", _BY_HAND),
    ("F19", "4"): ("TH", _BY_HAND),
    ("F19", "5"): ("TH", _BY_HAND),
    ("F19", "6"): ("TH", _NO_START),
    ("F19", "10"): ("H", _PDF),
    ("F22", "1"): ("V", _NOT_FOLLOWED),
    ("F22", "2"): ("V", _NOT_FOLLOWED),
    ("F22", "3"): ("R", _NOT_FOLLOWED),
    ("F22", "4"): ("V", _NOT_FOLLOWED),
    ("F22", "5"): ("V", _NOT_FOLLOWED),
    ("F22", "8"): ("R", _NOT_FOLLOWED),
    ("F22", "6"): ("U", "said on the screen of the unknown outcome, where a person looks at it"),
    ("F23", "3"): ("R", _READ_ON),
    ("F23", "10"): ("R", _PDF),
}

# What cannot be shown.
LEFT_OUT: dict[tuple[str, str], str] = {
    ("F8", "10"): "a document is not an answer of GraphQL",
    ("F13b", "2"): "an addition has no row of its own: after a restart the order itself is read",
    ("F13b", "4"): "a chosen method has no row of its own: after a restart nothing was started",
    ("F14", "10"): "the till has no printer yet, and no clock it could be warned against",
    ("F15", "3"): "the backend does not say which till holds a terminal",
    ("F16", "6c"): "the till cannot void or refund yet; a cash payment that runs cannot be left",
    ("F17", "10"): "the till has no printer yet",
    ("F24", "10"): "the till has no printer yet",
}

# Cells with a story of their own: the test that tells it.
NAMED = {
    "F17-2": "test_an_order_that_holds_more_than_the_basket_is_not_charged",
    "F17-5": "test_more_than_is_due_is_not_asked_for",
    "F17-6": "test_a_payment_of_another_amount_is_not_believed",
    "F17-6c": "test_cash_booked_for_another_amount_is_not_believed",
    "F17-7": "test_an_order_that_costs_more_than_was_paid_stays_closed",
    "F17-9": "test_an_invoice_over_another_amount_is_told_to_a_person",
    "F20-2": "test_an_order_cancelled_elsewhere_is_no_unknown_code",
    "F20-3": "test_methods_are_read_of_an_order_that_changed_elsewhere",
    "F20-4": "test_methods_are_read_of_an_order_that_changed_elsewhere",
    "F20-5": "test_an_order_that_costs_more_than_was_paid_stays_closed",
    "F20-6": "test_an_order_that_changed_is_not_paid_at_the_second_try",
    "F20-6c": "test_an_order_that_costs_more_than_was_paid_stays_closed",
    "F20-7": "test_an_order_cancelled_while_paid_is_told_to_a_person",
    "F20-8": "test_an_order_cancelled_while_its_invoice_is_awaited",
    "F20-9": "test_units_invoiced_elsewhere_are_not_invoiced_again",
    "F22-10": "test_a_document_may_move_once_and_only_at_home",
}


@dataclass(frozen=True)
class Cell:
    """A fault at a step.

    Attributes:
        text: what the table says.
        code: what is asserted.
    """

    fault: str
    step: str
    text: str
    code: str

    @property
    def name(self) -> str:
        return f"{self.fault}-{self.step}"


def table() -> dict[tuple[str, str], str]:
    """All cells, also the empty ones."""
    found: dict[tuple[str, str], str] = {}
    for row in TABLE.strip().splitlines():
        fault, *texts = (part.strip() for part in row.split(" | "))
        found |= {(fault, step): text for step, text in zip(STEPS, texts, strict=True)}
    return found


def cells() -> list[Cell]:
    """The cells that can be shown."""
    found = []
    for (fault, step), text in table().items():
        if text in ("-", "n/a") or (fault, step) in LEFT_OUT:
            continue
        code = DIFFERS[fault, step][0] if (fault, step) in DIFFERS else first_code(text)
        found.append(Cell(fault, step, text, code))
    return found


def first_code(text: str) -> str:
    """The letter that a cell begins with; "" for a cell in words."""
    letter = re.match(r"([RVUOHCT=])(?![a-zA-Z-]*[a-z])", text)
    return letter[1] if letter else ""
