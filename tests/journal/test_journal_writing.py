"""What is acknowledged is durable, in order, and only what the rules allow."""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui_pos.adapters.clock import SystemClock
from tui_pos.adapters.journal import SqliteJournal, open_journal
from tui_pos.adapters.journal.body import has_card_number, to_text
from tui_pos.domain.errors import InvalidTransition, JournalError
from tui_pos.ports.journal import AttemptIndex, Entry


@pytest_asyncio.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    opened = open_journal("sqlite:///till.journal", "till-1", SystemClock(), base=tmp_path)
    yield opened
    if not opened.is_closed:
        await opened.close()


def attempt(
    attempt_id: str, state: str = "created", *, resolved: bool = False, payment: str = ""
) -> AttemptIndex:
    return AttemptIndex(attempt_id, state, resolved, payment_id=payment)


def put(sale: str, index: AttemptIndex, kind: str = "created") -> Entry:
    return Entry(kind, sale_id=sale, attempt=index)


async def test_rows_come_back_as_they_were_written(journal: SqliteJournal) -> None:
    journal.cashier = "anna"
    body = {"amount": 14994, "currency": "EUR", "lines": [{"name": "Käse", "quantity": 2}]}
    last = await journal.append(
        Entry("sale_opened", {"note": ""}, sale_id="s1"),
        Entry("create_intended", body, sale_id="s1", attempt=attempt("a1")),
    )
    first, second = await journal.rows("s1")
    assert (first.seq, second.seq) == (last - 1, last)
    assert (second.kind, second.attempt_id, second.body) == ("create_intended", "a1", body)
    assert second.at.utcoffset() is not None
    assert [row["cashier"] for row in journal.export()] == ["anna", "anna"]


async def test_the_order_is_taken_at_the_call_under_1000_concurrent_appends(
    journal: SqliteJournal,
) -> None:
    handed = [journal.append(Entry("line_added", {"n": n}, sale_id="s")) for n in range(1_000)]

    async def wait(n: int) -> int:
        return await handed[n]

    seqs = await asyncio.gather(*(wait(n) for n in reversed(range(1_000))))
    assert list(reversed(seqs)) == list(range(1, 1_001))
    assert [row.body["n"] for row in await journal.rows("s")] == list(range(1_000))
    assert await journal.verify() is None


async def test_what_nobody_awaits_is_written_all_the_same(journal: SqliteJournal) -> None:
    journal.append(Entry("line_added", sale_id="s"))
    await journal.append(Entry("line_added", sale_id="s"))
    assert len(await journal.rows("s")) == 2


async def test_a_cancelled_wait_cancels_nothing(journal: SqliteJournal) -> None:
    written = journal.append(Entry("line_added", sale_id="s"))
    task = asyncio.ensure_future(written)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await written == 1


async def test_a_sale_has_one_unresolved_attempt(journal: SqliteJournal) -> None:
    await journal.append(put("s1", attempt("a1")))
    with pytest.raises(InvalidTransition, match="unresolved"):
        await journal.append(put("s1", attempt("a2")))
    await journal.append(put("s1", attempt("a1", "final_unpaid", resolved=True)))
    await journal.append(put("s1", attempt("a2")))
    assert [row.attempt_id for row in await journal.rows("s1")] == ["a1", "a1", "a2"]


async def test_a_payment_belongs_to_one_attempt_and_an_attempt_to_one_payment_and_sale(
    journal: SqliteJournal,
) -> None:
    await journal.append(put("s1", attempt("a1", payment="p1")))
    with pytest.raises(InvalidTransition, match="another attempt"):
        await journal.append(put("s2", attempt("a2", payment="p1")))
    with pytest.raises(InvalidTransition):
        await journal.append(put("s1", attempt("a1", payment="p2")))
    with pytest.raises(InvalidTransition):
        await journal.append(put("s3", attempt("a1", payment="p1")))
    await journal.append(put("s1", attempt("a1", "paid", resolved=True)))
    assert journal._reader.attempts("s1") == [attempt("a1", "paid", resolved=True, payment="p1")]
    assert await journal.open_sales() == ["s1"]


async def test_only_the_unit_that_breaks_a_rule_fails_and_it_fails_whole(
    journal: SqliteJournal,
) -> None:
    outcomes = await asyncio.gather(
        journal.append(put("s1", attempt("a1"))),
        journal.append(Entry("note", sale_id="s1"), put("s1", attempt("a2"))),
        journal.append(Entry("line_added", sale_id="s2")),
        return_exceptions=True,
    )
    assert outcomes[0] == 1
    assert isinstance(outcomes[1], InvalidTransition)
    assert outcomes[2] == 2
    assert await journal.verify() is None


async def test_a_failure_nobody_awaits_is_remembered_without_noise(
    journal: SqliteJournal,
) -> None:
    heard: list[str] = []
    journal.on_trouble = heard.append
    await journal.append(put("s1", attempt("a1")))
    journal.append(put("s1", attempt("a2")))
    await journal.append(Entry("line_added", sale_id="s1"))
    gc.collect()
    assert "unresolved" in journal.trouble
    assert heard == [journal.trouble]
    journal.acknowledge()
    assert journal.trouble == ""
    assert heard[-1] == ""


async def test_a_sale_is_open_until_it_is_closed(journal: SqliteJournal) -> None:
    for sale in ("b", "a", "c"):
        await journal.append(Entry("sale_opened", sale_id=sale))
    await journal.append(Entry("sale_closed", sale_id="a", closes_sale=True))
    assert await journal.open_sales() == ["b", "c"]
    assert journal._reader.recent_sales() == [("c", False), ("a", True), ("b", False)]


async def test_a_payment_given_up_is_watched_for_24_hours_unless_it_was_paid_late(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    await journal.append(put("old", attempt("a0", "abandoned", resolved=True)))
    await journal.append(put("left", attempt("a1", "abandoned", resolved=True)))
    await journal.append(put("other", attempt("a2", "overridden", resolved=True)))
    await journal.append(put("late", attempt("a3", "overridden", resolved=True)))
    await journal.append(put("late", attempt("a3", "late_paid", resolved=True)))
    await journal.append(put("done", attempt("a4", "paid", resolved=True)))
    connection = sqlite3.connect(tmp_path / "till.journal")
    connection.execute("UPDATE attempts SET changed_at = '2020' WHERE attempt_id = 'a0'")
    connection.commit()
    connection.close()
    assert await journal.watched() == ["left", "other"]


@pytest.mark.parametrize("statement", ["UPDATE journal SET kind = 'x'", "DELETE FROM journal"])
async def test_the_file_refuses_to_change_a_row(
    journal: SqliteJournal, tmp_path: Path, statement: str
) -> None:
    await journal.append(Entry("sale_opened", sale_id="s"))
    connection = sqlite3.connect(tmp_path / "till.journal")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


async def test_reading_does_not_hold_up_writing(journal: SqliteJournal) -> None:
    for n in range(5):
        await journal.append(Entry("line_added", {"n": n}, sale_id="s"))
    reading = journal.export()
    next(reading)
    assert await journal.append(Entry("line_added", {"n": 5}, sale_id="s")) == 6
    assert len(list(reading)) == 4


async def test_a_closed_journal_takes_nothing(journal: SqliteJournal) -> None:
    waiting = journal.append(Entry("line_added", sale_id="s"))
    await journal.close()
    assert await waiting == 1
    with pytest.raises(JournalError):
        journal.append(Entry("line_added", sale_id="s"))


async def test_an_attempt_without_a_sale_is_a_bug(journal: SqliteJournal) -> None:
    with pytest.raises(ValueError, match="names no sale"):
        journal.append(Entry("created", attempt=attempt("a1")))
    with pytest.raises(ValueError, match="nothing"):
        journal.append()


@pytest.mark.parametrize(
    "body",
    [
        {"token": "x"},
        {"accessToken": "x"},
        {"client_secret": "x"},
        {"Authorization": "x"},
        {"a": [{"pdf_url": "x"}]},
        {"urls": []},
        {1: "x"},
        {"price": float("nan")},
        {"x": object()},
    ],
)
async def test_a_body_that_must_not_be_kept_is_refused(
    journal: SqliteJournal, body: Mapping[Any, Any]
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        journal.append(Entry("noted", body, sale_id="s"))


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({"reason": "GET https://x.example/?a=b failed"}, "GET [masked] failed"),
        ({"note": "4111111111111111"}, "[masked]"),
        ({"note": "card 4111 1111 1111 1111 was read"}, "card [masked] was read"),
        ({"note": "card 4111-1111-1111-1111."}, "card [masked]."),
        ({"lines": ["378282246310005"]}, "[masked]"),
    ],
)
def test_addresses_and_card_numbers_are_masked_and_the_row_is_kept(
    body: dict[str, Any], kept: str
) -> None:
    assert kept in to_text(body)


@pytest.mark.parametrize(
    "body",
    [
        {"code": "4006381333931"},
        {"code": "https://id.gs1.org/01/08712345000004"},
        {"lines": [{"sku": "4111111111111111", "gtin": "4006381333931"}]},
        {"payment_id": "4111111111111111", "ids": ["4111111111111111"]},
        {"url_hash": "a" * 64, "host": "afosto.app"},
        {"fingerprint": "a4111111111111111b"},
        {"note": "4111111111111112"},
        {"at": 1763712345678},
    ],
)
def test_barcodes_ids_and_hashes_may_stand_in_a_body(body: dict[str, Any]) -> None:
    assert to_text(body)


@given(st.uuids())
def test_a_uuid_is_never_taken_for_a_card(value: object) -> None:
    assert not has_card_number(f"order {value}")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text(max_size=5).filter(lambda key: not key.isalpha()),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=12),
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=5,
        ),
        max_size=4,
    )
)
def test_any_json_body_is_written_as_plain_ascii(body: dict[str, Any]) -> None:
    text = to_text(body)
    assert text.isascii()
    assert json.loads(text) == json.loads(json.dumps(body))
