"""G8: paid only if the word is exactly `PAID`; a word that was cleaned into it is none that a server has."""

from __future__ import annotations

import json

import pytest
from malformed import CALLS, a_backend, good, speaking

from tui_pos.domain.errors import PosError
from tui_pos.domain.order import Order, RemotePayment

WORDS = ["PAID ", " PAID", "PAID\n", "PAID\u200b", "\ufeffPAID", "PA\u00adID", "paid", "Paid"]
ENDS = ["CANCELLED ", "EXPIRED\u200b"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("kind", ["order", "start", "pay"])
async def test_what_only_looks_like_paid_is_not_paid(kind: str, word: str) -> None:
    assert await believed(kind, word) not in ("paid", "dead")


@pytest.mark.parametrize("word", ENDS)
@pytest.mark.parametrize("kind", ["order", "start"])
async def test_what_only_looks_like_an_end_is_none(kind: str, word: str) -> None:
    assert await believed(kind, word) not in ("paid", "dead")


async def believed(kind: str, word: str) -> str:
    async with speaking() as speaker, a_backend(speaker) as backend:
        answer = good(kind, speaker.url, "PENDING")
        if kind == "order":
            answer["data"]["order"]["payments"][0]["details"]["status"] = word
        else:
            answer["data"] |= {"status": word, "is_paid": None}
        speaker.says = json.dumps(answer).encode()
        try:
            result = await CALLS[kind](backend, speaker.url)
        except PosError:
            return "refused"
        if isinstance(result, Order):
            payment = result.payments[0]
            return "paid" if payment.is_paid else "dead" if payment.is_dead else "open"
        assert isinstance(result, RemotePayment)
        is_dead = result.status in ("CANCELLED", "EXPIRED")
        return "paid" if result.is_paid else "dead" if is_dead else "open"
