"""Faults and latency per operation: what can go wrong between a till and a backend.

A fault is `{"operation", "kind", ...}`. `operation` is a GraphQL root field (`addItemsToOrder`),
one of the REST names `createPayment`, `start`, `pay`, `document`, or `*`. Kinds:

| kind | what the client sees | acts by default |
| --- | --- | --- |
| `drop_before` | connection closed | never |
| `drop_after` | connection closed | before |
| `status:NNN` | that HTTP status; 5xx as a proxy's HTML page, else the REST error body | never |
| `rate_limited` | RATE_LIMITED with HTTP 200 for GraphQL, 429 for REST; `retry_after_s` | never |
| `html` | a captive portal's page with 200 | never |
| `redirect` | 302 to `location` | never |
| `hang` | nothing, until the client gives up | never |
| `garbage` | bytes that are not JSON | before |
| `truncate` | half the JSON | before |
| `cut` | headers, half the promised body, connection closed | before |
| `wrong_types` | numbers and booleans as strings | before |
| `partial_errors` | the data and an error beside it | before |
| `slow_drip` | one byte every `interval_s` | before |
| `huge` | the answer with `megabytes` of blanks | before |

`act`: `never`, `before` (the answer is spoilt, the work done), `after` (answered first, done
`delay_s` later, as by a proxy that holds a request). `count` times (null: for ever), after
`skip` matches, each with `probability`. `reset` closes with a TCP reset.
Source: payment-safety.md 2.1 and 3.3.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any, Literal

_ACTS: dict[str, Literal["before", "after", "never"]] = {
    "drop_before": "never",
    "drop_after": "before",
    "rate_limited": "never",
    "html": "never",
    "redirect": "never",
    "hang": "never",
    "garbage": "before",
    "truncate": "before",
    "cut": "before",
    "wrong_types": "before",
    "partial_errors": "before",
    "slow_drip": "before",
    "huge": "before",
}


@dataclass
class Fault:
    """One planned fault; see the module's table."""

    operation: str
    kind: str
    count: int | None = 1
    skip: int = 0
    probability: float = 1.0
    act: Literal["before", "after", "never"] | None = None
    delay_s: float = 0.0
    retry_after_s: int = 1
    location: str = "https://login.example.invalid/"
    interval_s: float = 0.05
    megabytes: int = 16
    reset: bool = False
    body: Literal["json", "html"] | None = None

    def __post_init__(self) -> None:
        if self.status is None and self.kind not in _ACTS:
            raise ValueError(f"no fault {self.kind!r}; there are: status:NNN, {', '.join(_ACTS)}")
        if self.act not in (None, "before", "after", "never"):
            raise ValueError(f"act cannot be {self.act!r}")

    @property
    def status(self) -> int | None:
        """The status of a `status:NNN` fault."""
        name, _, number = self.kind.partition(":")
        return int(number) if name == "status" and number.isdecimal() else None

    @property
    def acts(self) -> Literal["before", "after", "never"]:
        """When the real work is done."""
        return self.act or _ACTS.get(self.kind, "never")


@dataclass
class Latency:
    """Seconds before an operation is handled: `latency_s` plus up to `jitter_s`."""

    latency_s: float = 0.0
    jitter_s: float = 0.0


@dataclass
class Faults:
    """The plan: faults in the order given, latency by operation; seeded."""

    seed: int = 1
    planned: list[Fault] = field(default_factory=list)
    latencies: dict[str, Latency] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable, not secret

    def add(self, **wanted: Any) -> Fault:
        """Plan a fault; raises ValueError when it cannot be one."""
        try:
            fault = Fault(**wanted)
        except TypeError as error:
            raise ValueError(str(error)) from None
        self.planned.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all faults and latency."""
        self.planned.clear()
        self.latencies.clear()

    def take(self, operations: tuple[str, ...]) -> Fault | None:
        """The fault for this request, used up by one."""
        for fault in self.planned:
            if fault.operation != "*" and fault.operation not in operations:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if self._random.random() >= fault.probability:
                continue
            if fault.count is not None:
                fault.count -= 1
                if fault.count <= 0:
                    self.planned.remove(fault)
            return fault
        return None

    def wait_s(self, operations: tuple[str, ...]) -> float:
        """How long this request is held up."""
        for name in (*operations, "*"):
            if name in self.latencies:
                found = self.latencies[name]
                return found.latency_s + self._random.random() * found.jitter_s
        return 0.0


def spoil(kind: str, body: bytes) -> bytes:
    """The answer's body after a fault that only changes the body."""
    if kind == "garbage":
        return b"\x1f\x8b\x00not json at all \xff\xfe<<<"
    if kind == "truncate":
        return body[: len(body) // 2]
    if kind not in ("wrong_types", "partial_errors"):
        return body
    try:
        answer = json.loads(body)
    except ValueError:
        return body  # a PDF or a proxy's page has no types to get wrong
    if kind == "wrong_types":
        return json.dumps(_wrong(answer)).encode()
    if isinstance(answer, dict):
        extensions = {"code": "INTERNAL_SERVER_ERROR", "status": 500}
        answer["errors"] = [{"message": "could not load everything", "extensions": extensions}]
    return json.dumps(answer).encode()


def _wrong(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _wrong(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_wrong(part) for part in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value
