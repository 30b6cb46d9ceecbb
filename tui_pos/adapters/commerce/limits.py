"""Kinds of calls and what each may cost. Source: payment-safety.md, 2.2."""

from __future__ import annotations

import enum
from dataclasses import dataclass

MIB = 1024 * 1024


class Kind(enum.Enum):
    """What a call is for; this decides its connection and its limits."""

    READ = "read"  # queries, and mutations that move no money: kept-alive connections
    MONEY = "money"  # a fresh connection, so that a stale one never leaves a doubt
    START = "start"  # a fresh connection that stays open while the customer pays
    DOCUMENT = "document"  # a file, perhaps from another server; without the token there


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, sizes in bytes of the decoded body.

    A deadline is for the whole call: bytes that trickle in never trigger a read time-out.

    Attributes:
        start_read_s: longest silence of a terminal; never endless.
        start_grace_s: what the deadline of a START adds to that.
        retry_waits_s: pauses before a read is repeated, one each; jitter is added.
        longest_wait_s: a server that asks for a longer pause than this is not waited for.
    """

    connect_s: float = 5.0
    write_s: float = 10.0
    pool_s: float = 5.0
    read_s: float = 15.0
    read_deadline_s: float = 20.0
    money_read_s: float = 30.0
    money_deadline_s: float = 45.0
    start_read_s: float = 240.0
    start_grace_s: float = 15.0
    document_deadline_s: float = 60.0
    read_bytes: int = 8 * MIB
    money_bytes: int = MIB
    document_bytes: int = 20 * MIB
    retry_waits_s: tuple[float, ...] = (0.3, 1.0, 3.0)
    longest_wait_s: float = 20.0

    def silence_s(self, kind: Kind) -> float:
        """The read time-out: the longest pause between two bytes."""
        return {Kind.MONEY: self.money_read_s, Kind.START: self.start_read_s}.get(kind, self.read_s)

    def deadline_s(self, kind: Kind) -> float:
        """When a call is given up, whatever it still sends."""
        return {
            Kind.READ: self.read_deadline_s,
            Kind.MONEY: self.money_deadline_s,
            Kind.START: self.start_read_s + self.start_grace_s,
            Kind.DOCUMENT: self.document_deadline_s,
        }[kind]

    def body_bytes(self, kind: Kind) -> int:
        return {Kind.READ: self.read_bytes, Kind.DOCUMENT: self.document_bytes}.get(
            kind, self.money_bytes
        )
