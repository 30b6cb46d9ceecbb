"""`tui-pos journal`: what a shop can read, show and send of its journal. Works while the till runs."""

from __future__ import annotations

import json
from typing import TextIO

from tui_pos.adapters.journal import JournalReader, read_journal
from tui_pos.domain.attempt import CreateIntended
from tui_pos.domain.errors import PosError
from tui_pos.domain.text import clean
from tui_pos.ports.journal import Row
from tui_pos.services import record

DONE, FAILED = 0, 1


def report(url: str, verb: str, wanted: str, out: TextIO) -> int:
    """Carry out a verb on a journal; answers the exit code.

    Raises:
        PosError: the journal cannot be read, or has nothing of that name.
    """
    reader = read_journal(url)
    try:
        match verb:
            case "list":
                return _list(reader, out)
            case "show":
                return _show(reader, wanted, out)
            case "verify":
                return _verify(reader, out)
            case _:
                for row in reader.export():
                    print(json.dumps(row, ensure_ascii=True), file=out)
                return DONE
    finally:
        reader.close()


def _list(reader: JournalReader, out: TextIO) -> int:
    """Every payment, newest sale first: when, how much, where, and how it stands."""
    for sale_id, is_closed in reader.recent_sales(200):
        rows = reader.rows(sale_id)
        for index in reader.attempts(sale_id):
            intent = _intent(rows, index.attempt_id)
            if intent is None:
                print(
                    f"! {clean(index.attempt_id)[:8]}  its rows were altered: run `verify`",
                    file=out,
                )
                continue
            when = next(r.at for r in rows if r.attempt_id == index.attempt_id)
            where = clean(intent.terminal_name or intent.method_name)
            needs_look = not index.is_resolved or index.state in ("late_paid", "overridden")
            mark = "!" if needs_look else " "
            amount = f"{intent.amount.to_decimal()} {intent.amount.currency}"
            state = clean(index.state.replace("_", " "), limit=40)
            at = when.astimezone().strftime("%Y-%m-%d %H:%M:%S")
            sale = "" if is_closed else "  (sale open)"
            print(
                f"{mark} {clean(index.attempt_id)[:8]}  {at}  {amount:>14}  {state:<14} {where}{sale}",
                file=out,
            )
    return DONE


def _show(reader: JournalReader, wanted: str, out: TextIO) -> int:
    """The timeline of a payment, or of a whole sale, to the millisecond."""
    if not wanted:
        raise PosError(title="Name a payment or a sale", advice="`list` shows them.")
    for sale_id, _ in reader.recent_sales(100_000):
        rows = reader.rows(sale_id)
        names = {sale_id, *(row.attempt_id for row in rows if row.attempt_id)}
        if any(name.startswith(wanted) for name in names):
            print(f"sale {clean(sale_id)}", file=out)
            for row in rows:
                at = row.at.astimezone().strftime("%H:%M:%S.%f")[:-3]
                body = json.dumps(dict(row.body), ensure_ascii=True, sort_keys=True)
                print(
                    f"{row.seq:>6}  {at}  {clean(row.kind):<18} {clean(row.attempt_id)[:8]:<8}  {body}",
                    file=out,
                )
            return DONE
    raise PosError(
        wanted, title="There is nothing of this name in the journal", advice="Try `list`."
    )


def _verify(reader: JournalReader, out: TextIO) -> int:
    bad = reader.verify()
    if bad is None:
        print("The chain is whole.", file=out)
        return DONE
    print(clean(f"The chain breaks: {bad}"), file=out)
    return FAILED


def _intent(rows: list[Row], attempt_id: str) -> CreateIntended | None:
    """The intent of an attempt; None where its row was altered."""
    for row in rows:
        if row.attempt_id == attempt_id and record.is_fact(row.kind):
            try:
                fact = record.fact_from(row.kind, row.body)
            except (KeyError, TypeError, ValueError):
                return None
            return fact if isinstance(fact, CreateIntended) else None
    return None
