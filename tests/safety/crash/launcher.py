"""The till as `python -m tui_pos`, made to die at one exact point. Nothing of this is in the product.

`TUI_POS_CRASH` holds a plan as JSON:

    point    where to die; left out: nowhere. See points.py
    nth      at which time that it comes there
    way      0 or 1: two places that both fit the point's words
    control  the sandbox's control address
    mark     a file that says that the point was reached
    policy   changes to the payment policy: shorter times, the same rules
    plant    a fault to build into the till, see `PLANTS`; `plant_at` is the sandbox's address
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path[:1] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[3])]

from crash.points import EFFECTS  # noqa: E402
from tui_pos import bootstrap, cli  # noqa: E402
from tui_pos.adapters.commerce.lean import without  # noqa: E402
from tui_pos.adapters.documents import FolderDocuments  # noqa: E402
from tui_pos.adapters.journal import reader, sqlite, writer  # noqa: E402
from tui_pos.domain.attempt import Attempt, State  # noqa: E402
from tui_pos.domain.order import Action, ActionKind, RemotePayment  # noqa: E402
from tui_pos.services.finishing import Finisher  # noqa: E402
from tui_pos.services.order_sync import OrderSync  # noqa: E402
from tui_pos.services.payment_flow import PaymentFlow  # noqa: E402
from tui_pos.services.payments import PaymentPolicy  # noqa: E402

with without("click"):
    import httpx

    from tui_pos.adapters.commerce import http

PLAN: dict[str, Any] = json.loads(os.environ.pop("TUI_POS_CRASH", "{}"))
NAME, _, MOMENT = str(PLAN.get("point", "/")).partition("/")
WAY = int(PLAN.get("way", 0))
_left = int(PLAN.get("nth", 1))
_lock = threading.Lock()
_call: ContextVar[str] = ContextVar("call", default="")


def put_in(place: Any, name: str, thing: Any) -> None:
    setattr(place, name, thing)


def die() -> None:
    """As by `kill -9`, at the time that was asked for."""
    global _left
    with _lock:
        _left -= 1
        if _left > 0:
            return
        mark = os.open(PLAN["mark"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(mark, f"{NAME}/{MOMENT}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)


def until_served(call: str) -> None:
    """Hold the whole till until the sandbox has done what it was sent; its answer is never read."""
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        with urllib.request.urlopen(f"{PLAN['control']}/calls") as answer:  # noqa: S310  loopback
            seen = [c for c in json.load(answer)["calls"] if call in c["operation"].split(",")]
        if seen and seen[-1]["finished_at"] is not None:
            return
        time.sleep(0.02)


# -- the journal -------------------------------------------------------------------------------------


def _kinds(unit: writer.Unit) -> set[str]:
    return {draft.kind for draft in unit.drafts}


def die_before_row(kinds: Sequence[str]) -> None:
    """Before it is handed over, or when it is written and not yet committed."""
    wanted = set(kinds)
    put, commit_row = writer.Writer.put, writer.Writer._insert

    def dying_put(self: writer.Writer, unit: writer.Unit) -> None:
        if wanted & _kinds(unit):
            die()
        put(self, unit)

    def dying_insert(
        self: writer.Writer, unit: writer.Unit, seq: int, head: str
    ) -> tuple[int, str]:
        done = commit_row(self, unit, seq, head)
        if wanted & _kinds(unit):
            die()
        return done

    if WAY == 0:
        put_in(writer.Writer, "put", dying_put)
    else:
        put_in(writer.Writer, "_insert", dying_insert)


def die_after_row(kinds: Sequence[str]) -> None:
    """In the writer's own thread, before anybody learns of it; or once the event loop was told."""
    wanted = set(kinds)
    commit, settle = writer.Writer._commit, writer.Written.settle

    def dying_commit(self: writer.Writer, group: list[writer.Unit]) -> list[writer.Outcome]:
        outcomes = commit(self, group)
        for unit, outcome in outcomes:
            if isinstance(outcome, int) and wanted & _kinds(unit):
                if WAY == 0:
                    die()
                else:
                    unit.written.dies = True  # type: ignore[attr-defined]
        return outcomes

    class Dying(writer.Written):
        dies = False

        def settle(self, outcome: Any) -> None:
            settle(self, outcome)
            if self.dies:
                self._loop.call_soon(die)  # whoever waited runs first

    put_in(writer.Writer, "_commit", dying_commit)
    put_in(sqlite, "Written", Dying)


# -- the wire ----------------------------------------------------------------------------------------


def know_calls() -> None:
    """Let the transport know which operation it carries."""
    send = http.Http.send

    async def named(self: http.Http, kind: Any, name: str, *rest: Any, **more: Any) -> Any:
        _call.set(name)
        return await send(self, kind, name, *rest, **more)

    put_in(http.Http, "send", named)


def die_after_send(call: str) -> None:
    """When the last byte of the request was written, or when the server did the work as well."""
    carry = httpx.AsyncHTTPTransport.handle_async_request

    async def trace(event: str, info: Any) -> None:
        if event == "http11.send_request_body.complete":
            if WAY == 1:
                until_served(call)
            die()

    async def traced(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        if _call.get() == call:
            request.extensions["trace"] = trace
        return await carry(self, request)

    know_calls()
    put_in(httpx.AsyncHTTPTransport, "handle_async_request", traced)


def die_around_call(call: str, *, before: bool) -> None:
    send = http.Http.send

    async def dying(self: http.Http, kind: Any, name: str, *rest: Any, **more: Any) -> Any:
        if before and name == call:
            die()
        answer = await send(self, kind, name, *rest, **more)
        if not before and name == call:
            die()
        return answer

    put_in(http.Http, "send", dying)


# -- steps that the journal does not know -------------------------------------------------------------


def die_at_step(step: str) -> None:
    match step:
        case "followed":
            _after(OrderSync, "_follow")
        case "attached":
            _after_async(PaymentFlow, "_attach")
        case "kept" if WAY == 0:
            _after(FolderDocuments, "_save")
        case "kept":
            _half_a_document()
        case _:
            raise ValueError(step)


def _after(owner: type[Any], name: str) -> None:
    plain = getattr(owner, name)

    def dying(*given: Any, **more: Any) -> Any:
        result = plain(*given, **more)
        die()
        return result

    setattr(owner, name, dying)


def _after_async(owner: type[Any], name: str) -> None:
    plain = getattr(owner, name)

    async def dying(*given: Any, **more: Any) -> Any:
        result = await plain(*given, **more)
        die()
        return result

    setattr(owner, name, dying)


def _half_a_document() -> None:
    from tui_pos.adapters import documents

    class Torn:
        def __init__(self, file: Any) -> None:
            self._file = file

        def __enter__(self) -> Torn:
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

        def write(self, data: bytes) -> None:
            self._file.write(data[: len(data) // 2])
            self._file.flush()
            die()
            self._file.write(data[len(data) // 2 :])

    class Os:
        """The module, but for one function."""

        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

        def fdopen(self, *given: Any) -> Any:
            return Torn(os.fdopen(*given))

    put_in(documents, "os", Os())


def arm() -> None:
    """Prepare the one death of the plan."""
    if NAME == "recovery":
        match MOMENT:
            case "reading":
                _after(reader.JournalReader, "rows") if WAY else _before_rows()
            case "before_read":
                die_around_call("order", before=True)
            case "after_read":
                die_around_call("order", before=False)
            case "before_doubt":
                die_before_row(("outcome_lost",))
            case "after_doubt":
                die_after_row(("outcome_lost",))
        return
    effect = EFFECTS[NAME]
    match MOMENT:
        case "before_intent" if effect.intents[0] == "step:fetching":
            die_around_call(effect.call, before=True)
        case "before_intent":
            die_before_row(effect.intents)
        case "after_intent" if effect.intents[0] == "step:fetching":
            die_after_row(("sale_closed",))
        case "after_intent":
            die_after_row(effect.intents)
        case "after_send":
            die_after_send(effect.call)
        case "after_answer":
            die_around_call(effect.call, before=False)
        case "after_result" if effect.results[0].startswith("step:"):
            die_at_step(effect.results[0].removeprefix("step:"))
        case "after_result":
            die_after_row(effect.results)


def _before_rows() -> None:
    rows = reader.JournalReader.rows

    def dying(self: reader.JournalReader, sale_id: str) -> Any:
        die()
        return rows(self, sale_id)

    put_in(reader.JournalReader, "rows", dying)


# -- faults to build in --------------------------------------------------------------------------------


def plant_intents_not_awaited() -> None:
    """An intent is believed at once and written a moment later."""
    put = writer.Writer.put

    def late(self: writer.Writer, unit: writer.Unit) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(0.25, put, self, unit)
        if unit.is_intent:
            loop.call_soon(unit.written.settle, 1)

    put_in(writer.Writer, "put", late)


def plant_start_again_in_recovery() -> None:
    """As an engine does that runs the step again which was in flight."""
    resume = PaymentFlow.resume

    async def again(self: PaymentFlow, job: Any) -> None:
        attempt: Attempt = self._attempt(job)
        if attempt.state is not State.START_INTENT:
            await resume(self, job)
            return
        url = f"{PLAN['plant_at']}/api/commerce/payments/{attempt.payment_id}/start"
        action = Action(ActionKind.START, ActionKind.START.value, url)
        job.remote = RemotePayment(
            attempt.payment_id, "PENDING", False, amount=attempt.amount, action=action
        )
        await self._terminal._wait_for_terminal(job, job.remote)
        await self._terminal.resolve(job)

    put_in(PaymentFlow, "resume", again)


def plant_blind_finishing() -> None:
    """The order is opened and invoiced without a look at what is done already."""
    opened = Finisher._open

    async def blind_open(self: Finisher, sale: Any) -> bool:
        await self._commerce.open_order(sale.order.order_id, key="blind")
        return await opened(self, sale)

    async def blind_units(self: Finisher, sale: Any) -> None:
        sale.order = await self._commerce.read_order(sale.order.order_id)
        sale.invoiceable = tuple(unit for line in sale.order.lines for unit in line.unit_ids)

    put_in(Finisher, "_open", blind_open)
    put_in(Finisher, "_wait_for_units", blind_units)


PLANTS: dict[str, Callable[[], None]] = {
    "intents not awaited": plant_intents_not_awaited,
    "START again in recovery": plant_start_again_in_recovery,
    "blind finishing": plant_blind_finishing,
}


def main() -> int:
    changes = PLAN.get("policy", {})
    put_in(bootstrap, "PaymentPolicy", lambda **given: replace(PaymentPolicy(**given), **changes))
    if "plant" in PLAN:
        PLANTS[PLAN["plant"]]()
    if "point" in PLAN:
        arm()
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
