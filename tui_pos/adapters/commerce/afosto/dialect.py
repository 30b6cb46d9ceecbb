"""The documents that the till sends, in the words that this server's schema knows.

Parts of the order are not documented by the vendor (vendors.md, 4). What a server's schema refuses is
taken out or respelt once for the process; a document that fails validation was not run, so sending it
again is safe, mutations too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files

DEFAULT_METHODS_PATH = "options.payment.methods"
ACTION_IDS = ("ids", "items", "item_ids")
# Fields the till can do without. Not among them: anything that says what was paid.
OPTIONAL = frozenset(("invoices", "billing", "vat", "issuers", "terminals", "drawers", "pricing"))

_FRAGMENT = "orderFields"
_MONEY = re.compile(r"\b(total|amount|amount_paid)\b(?! *\{)")
_Q = "[\"'`]?"  # servers quote names in different ways
_NEEDS_SUBFIELDS = re.compile(
    rf"Field {_Q}(\w+){_Q} .*must have a (?:sub)?selection of subfields", re.I
)
_UNKNOWN_FIELD = re.compile(rf"Cannot query field {_Q}(\w+){_Q} on type {_Q}(\w+)", re.I)
_VALIDATION = re.compile(
    rf"^Field {_Q}\w+{_Q} .*must (?:not )?have a (?:sub)?selection"
    rf"|^Cannot query field {_Q}\w+{_Q} on type |^Unknown (?:argument|type|fragment) "
    rf"|^Variable {_Q}\$\w+|is not defined by type|of required type",
    re.I,
)


def is_validation(message: str) -> bool:
    """Whether a message is one that GraphQL servers give before they run anything."""
    return _VALIDATION.search(message) is not None


def _without(text: str, name: str) -> str:
    """A document without a field and its selection, wherever it occurs."""
    deep = r"\{[^{}]*\}"
    for _ in range(3):
        deep = r"\{(?:[^{}]|" + deep + r")*\}"
    return re.sub(rf"(?<![.\w$]){name}\b(?!:)\s*(?:{deep})?", "", text)


class Dialect:
    """The documents, and what was learned about the server's schema.

    Args:
        methods_path: dotted path from the order to its payment methods.
        action_ids: what the id list of an order's action is called.
    """

    def __init__(self, *, methods_path: str, action_ids: str) -> None:
        self.version = 0
        self._methods_path = methods_path
        self._action_ids = [action_ids, *(name for name in ACTION_IDS if name != action_ids)]
        self._money_is_object = False
        self._left_out: set[str] = set()
        self._sources: dict[str, str] = {}
        self._rendered: dict[str, str] = {}

    def load(self) -> None:
        """Read the documents from disk."""
        folder = files(__package__).joinpath("documents")
        self._sources = {
            entry.name.removesuffix(".graphql"): entry.read_text(encoding="utf-8")
            for entry in folder.iterdir()
            if entry.name.endswith(".graphql")
        }

    @property
    def operations(self) -> list[str]:
        return sorted(set(self._sources) - {_FRAGMENT})

    def render(self, operation: str) -> str:
        """The document to send now."""
        if operation not in self._rendered:
            self._rendered[operation] = self._render(operation)
        return self._rendered[operation]

    def _render(self, operation: str) -> str:
        text = self._sources[operation]
        if "...OrderFields" in text:
            text += self._sources[_FRAGMENT]
        text = text.replace("{ action ids }", f"{{ action {self._action_ids[0]} }}")
        if self._methods_path != DEFAULT_METHODS_PATH:
            steps = self._methods_path.split(".")
            text = text.replace("options { payment { methods {", " { ".join(steps) + " {")
            text = text.replace("} } } # end of the path", "} " * len(steps))
        for name in sorted(self._left_out):
            text = _without(text, name)
        if self._money_is_object:
            text = _MONEY.sub(r"\1 { amount currency }", text)
        return text

    def adapt(self, messages: Sequence[str], seen: int) -> bool:
        """Learn from what the server's validation said about a document.

        Args:
            seen: the version that the refused document was rendered at.

        Returns:
            Whether the document is different now, so that sending it again makes sense.
        """
        if seen != self.version:
            return True
        before = (self._money_is_object, frozenset(self._left_out), tuple(self._action_ids))
        if not messages or not all(self._learn(message) for message in messages):
            return False
        if before == (self._money_is_object, frozenset(self._left_out), tuple(self._action_ids)):
            return False
        self.version += 1
        self._rendered.clear()
        return True

    def _learn(self, message: str) -> bool:
        if found := _NEEDS_SUBFIELDS.search(message):
            self._money_is_object |= found[1] in ("total", "amount", "amount_paid")
            return found[1] in ("total", "amount", "amount_paid")
        if found := _UNKNOWN_FIELD.search(message):
            field, owner = found[1], found[2]
            if field == self._action_ids[0] and "action" in owner.lower():
                if len(self._action_ids) > 1:
                    del self._action_ids[0]
                    return True
                return False
            if field in OPTIONAL:
                self._left_out.add(field)
                return True
        return False
