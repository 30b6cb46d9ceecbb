"""Every setting, with its kind, its default and its form."""

from __future__ import annotations

from tui_pos.config.check import (
    Key,
    base_url,
    between,
    form,
    one_of,
    origins,
    path_with,
    text,
)
from tui_pos.config.settings import Afosto, Till

_short = text(limit=80)
_name = text(limit=200, may_be_empty=False)

TABLE: dict[tuple[str, ...], dict[str, Key]] = {
    (): {
        "till": Key(dict),
        "backend": Key(dict),
        "journal": Key(dict, {}),
        "catalogue": Key(dict, {}),
        "invoices": Key(dict, {}),
    },
    ("till",): {
        "id": Key(
            str,
            check=form(
                r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
                "letters, digits, dots, dashes and underscores, 63 at most",
            ),
        ),
        "store": Key(str, "", _short),
        "locale": Key(
            str,
            "en_GB",
            lambda value: form(
                r"[a-z]{2,3}([_-][A-Z][a-z]{3})?([_-][A-Z]{2})?", 'a locale, such as "nl_NL"'
            )(value).replace("-", "_"),
        ),
        "currency": Key(str, check=form(r"[A-Z]{3}", 'a currency code, such as "EUR"')),
        "country": Key(str, check=form(r"[A-Z]{2}", 'a country code, such as "NL"')),
        "cashier": Key(str, Till.__dataclass_fields__["cashier"].default, _short),
        "note": Key(str, "", text(limit=200)),
        "terminal_id": Key(str, "", _short),
        "cash_rounding": Key(bool, False),
        "invoicing": Key(str, "all", one_of("all", "choose", "none")),
        "theme": Key(str, "dark", one_of("dark", "contrast")),
    },
    ("backend",): {
        "kind": Key(str, check=one_of("afosto", later=("gridline", "kwik"))),
        "base_url": Key(str, check=base_url),
        "channel_id": Key(str, check=_name),
        "token_file": Key(str, "", text(limit=4_000, may_be_empty=False)),
        "credential": Key(
            str, "", form(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", "the name of a credential")
        ),
        "keyring": Key(str, "", _name),
        "afosto": Key(dict, {}),
    },
    ("backend", "afosto"): {
        "create_payment_path": Key(
            str, "/api/commerce/orders/{order_id}/payments", path_with("{order_id}")
        ),
        "pay_path": Key(
            str, "/api/commerce/payments/management/{payment_id}/pay", path_with("{payment_id}")
        ),
        "start": Key(str, "blocking", one_of("blocking", "execute")),
        "start_timeout_s": Key(int, 240, between(60, 900)),
        "quarantine_s": Key(int, 250, between(60, 900)),
        "payment_options_path": Key(
            str, "options.payment.methods", form(r"\w+(\.\w+)*", "names joined by dots")
        ),
        "action_ids_field": Key(str, "ids", form(r"\w+", "the name of a field")),
        "drawer_id": Key(str, "", _short),
        "document_origins": Key(list, [], origins),
    },
    ("journal",): {"url": Key(str, "", text(limit=4_000, may_be_empty=False))},
    ("catalogue",): {"path": Key(str, "", text(limit=4_000, may_be_empty=False))},
    ("invoices",): {"folder": Key(str, "", text(limit=4_000, may_be_empty=False))},
}
assert set(TABLE["backend", "afosto"]) == set(Afosto.__dataclass_fields__)  # noqa: S101
