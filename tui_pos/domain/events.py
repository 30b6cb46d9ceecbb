"""What services tell whoever watches: past tense, ids and not objects, so that nobody acts on a stale copy."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Level(enum.Enum):
    GOOD = "good"
    ADVICE = "advice"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a screen may want to show."""


@dataclass(frozen=True, slots=True)
class SaleChanged(Event):
    """A sale's order, total or state changed. `line_ids` is None when any line may have changed."""

    sale_id: str
    line_ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class PaymentChanged(Event):
    sale_id: str
    attempt_id: str


@dataclass(frozen=True, slots=True)
class BackendChanged(Event):
    """Reachability or latency changed: look at `health`."""


@dataclass(frozen=True, slots=True)
class Noticed(Event):
    """A sentence for the person at the till; `reference` is in the log and the journal."""

    level: Level
    text: str
    sale_id: str = ""
    reference: str = ""
