"""Facts to journal bodies and back."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Mapping
from typing import Any, get_type_hints

from tui_pos.domain import attempt as facts
from tui_pos.domain.attempt import Attempt, CreateIntended, Fact
from tui_pos.domain.money import Money
from tui_pos.ports.journal import AttemptIndex, Entry

_KINDS: dict[str, type[Fact]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(): kind for kind in Fact.__subclasses__()
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def is_fact(kind: str) -> bool:
    """Whether a row of this kind is a fact of a payment attempt."""
    return kind in _KINDS


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return value


def _restore(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    kinds = [kind for kind in getattr(hint, "__args__", (hint,)) if isinstance(kind, type)]
    for kind in kinds:
        if kind is Money:
            return Money(value["minor"], value["currency"])
        if issubclass(kind, enum.Enum):
            return kind(value)
        if dataclasses.is_dataclass(kind):
            return _build(kind, value)
    return value


def _build(kind: type[Any], body: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    known = {
        f.name: _restore(hints[f.name], body[f.name])
        for f in dataclasses.fields(kind)
        if f.name in body
    }
    return kind(**known)


def fact_from(kind: str, body: Mapping[str, Any]) -> Fact:
    """The fact that a row holds.

    Raises:
        KeyError: the row is not a fact.
    """
    fact: Fact = _build(_KINDS[kind], body)
    return fact


def entry_for(attempt: Attempt, fact: Fact) -> Entry:
    """The journal entry of a fact and of the attempt as it is after it."""
    return Entry(
        kind=_NAMES[type(fact)],
        body=_plain(fact),
        sale_id=attempt.intent.sale_id,
        attempt=AttemptIndex(
            attempt_id=attempt.attempt_id,
            state=attempt.state.value,
            is_resolved=attempt.is_resolved,
            payment_id=attempt.payment_id,
            terminal_id=attempt.intent.terminal_id,
        ),
    )


def replay(attempt: Attempt | None, fact: Fact) -> Attempt:
    """An attempt after one more of its journalled facts; the first is its intent."""
    if attempt is None:
        if not isinstance(fact, CreateIntended):
            raise ValueError("an attempt begins with its intent")
        return Attempt(fact)
    return facts.advance(attempt, fact)
