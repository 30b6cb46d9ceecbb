"""Where the till dies: nine effects, five moments each, and five moments of a recovery.

Source: payment-safety.md, section 4, K1.
"""

from __future__ import annotations

from dataclasses import dataclass

MOMENTS = ("before_intent", "after_intent", "after_send", "after_answer", "after_result")
"""Of an effect: nothing durable, intent durable, request out, answer in, result durable."""


@dataclass(frozen=True)
class Effect:
    """Something that the till does to the world, by the names it has on the wire and in the journal.

    Attributes:
        call: its name on the wire.
        intents, results: kinds of rows; where the journal has none, the step of the program that stands for it.
    """

    call: str
    intents: tuple[str, ...]
    results: tuple[str, ...]
    tender: str = "either"


EFFECTS = {
    "create_order": Effect("createOrder", ("order_intended",), ("order_created",)),
    "add_items": Effect("addItemsToOrder", ("items_intended",), ("step:followed",)),
    "add_method": Effect("addPaymentMethodToOrder", ("attach_intended",), ("step:attached",)),
    "create_payment": Effect("createPayment", ("create_intended",), ("created",)),
    "start": Effect(
        "start",
        ("start_intended",),
        ("found_paid", "found_unpaid", "answered_pending", "outcome_lost"),
        "card",
    ),
    "pay": Effect("pay", ("pay_intended",), ("found_paid",), "cash"),
    "open_order": Effect("openOrder", ("open_intended",), ("order_opened",)),
    "invoice": Effect("invoiceItems", ("invoice_intended",), ("invoice_made",)),
    # No intent of its own: the row that says that it is to be had is the invoice's.
    "document": Effect("document", ("step:fetching",), ("step:kept",)),
}
IN_RECOVERY = (
    "recovery/reading",
    "recovery/before_read",
    "recovery/after_read",
    "recovery/before_doubt",
    "recovery/after_doubt",
)
POINTS = tuple(f"{effect}/{moment}" for effect in EFFECTS for moment in MOMENTS)
ALL = POINTS + IN_RECOVERY
