"""Answers that no server should give: eight good ones, thousands of ways to spoil them, and a second opinion.

Source: payment-safety.md, 4 (Z1, Z2).
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tui_pos.adapters.commerce.afosto import Afosto, AfostoOptions
from tui_pos.adapters.commerce.limits import Limits
from tui_pos.domain.errors import PosError
from tui_pos.domain.money import Money
from tui_pos.domain.order import Action, ActionKind, Order, RemotePayment
from tui_pos.ports.commerce import Wanted

LIMITS = Limits(
    read_s=2.0,
    read_deadline_s=3.0,
    money_read_s=2.0,
    money_deadline_s=3.0,
    start_read_s=2.0,
    start_grace_s=1.0,
    read_bytes=2_000_000,
    money_bytes=2_000_000,
    retry_waits_s=(),
)
EUR = 500

# -- the good answers ---------------------------------------------------------------------------------------


def order(status: str) -> dict[str, Any]:
    return {
        "id": "o1",
        "number": "100001",
        "status": "CONCEPT",
        "currency": "EUR",
        "total": EUR,
        "items": [
            {
                "ids": ["u1", "u2"],
                "sku": "MUG",
                "label": "Mug",
                "quantity": 2,
                "total": EUR,
                "vat": {"rate": 21, "amount": 87},
            }
        ],
        "payments": [
            {
                "id": "e1",
                "amount": EUR,
                "details": {
                    "id": "p1",
                    "status": status,
                    "amount_paid": EUR if status == "PAID" else None,
                    "is_refund": False,
                    "currency": "EUR",
                },
            }
        ],
        "actions": [{"action": "invoice", "ids": ["u1", "u2"]}],
        "vat": [{"rate": 21, "amount": 87}],
        "invoices": [],
        "billing": {"payment": {"method": {"id": "m1"}}},
    }


def payment(url: str, status: str) -> dict[str, Any]:
    return {
        "data": {
            "id": "p1",
            "status": status,
            "is_paid": status == "PAID",
            "amount": EUR,
            "currency": "EUR",
            "action": {"type": "START", "url": f"{url}/api/commerce/payments/p1/start"},
        },
        "page": None,
    }


METHODS = [
    {
        "id": "m1",
        "code": "PIN",
        "name": "Card",
        "issuers": [],
        "terminals": [{"id": "t1", "name": "Counter 1", "is_online": True}],
        "drawers": [],
    },
    {
        "id": "m2",
        "code": "CASH",
        "name": "Cash",
        "issuers": None,
        "terminals": [],
        "drawers": [{"id": "d1", "name": "Drawer"}],
    },
]
INVOICE = {"id": "i1", "number": "2026-0001", "total": EUR, "pdf_url": "https://x.invalid/i1.pdf"}
Call = Callable[[Afosto, str], Awaitable[object]]


def _started(url: str) -> RemotePayment:
    action = Action(ActionKind.START, "START", f"{url}/api/commerce/payments/p1/start")
    return RemotePayment("p1", "PENDING", False, None, action)


CALLS: dict[str, Call] = {
    "createOrder": lambda b, url: b.create_order("r", key="k"),
    "addItems": lambda b, url: b.add_items("o1", [Wanted("MUG", 2)], key="k"),
    "order": lambda b, url: b.read_order("o1"),
    "methods": lambda b, url: b.payment_methods("o1"),
    "createPayment": lambda b, url: b.create_payment("o1", Money(EUR, "EUR"), key="k"),
    "start": lambda b, url: b.start(_started(url)),
    "pay": lambda b, url: b.mark_paid("p1", Money(EUR, "EUR"), key="k"),
    "invoiceItems": lambda b, url: b.invoice_items(["u1"], invoice_id="", key="k"),
}


def good(kind: str, url: str, status: str) -> Any:
    match kind:
        case "createOrder":
            return {"data": {"createOrder": {"order": order(status)}}}
        case "addItems":
            return {"data": {"addItemsToOrder": {"order": order(status)}}}
        case "order":
            return {"data": {"order": order(status)}}
        case "methods":
            listed = {"id": "o1", "options": {"payment": {"methods": METHODS}}}
            return {"data": {"order": listed}}
        case "invoiceItems":
            return {"data": {"invoiceItems": {"invoice": INVOICE}}}
        case _:
            return payment(url, status)


# -- spoiling -------------------------------------------------------------------------------------------------

# As they stand in the JSON. What is "paid" here is so in no word of the contract.
RAW = [
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "-500",
    "500.0",
    "5e2",
    "500.5",
    '"500"',
    '"5.00"',
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "9" * 400,
    "9" * 5000,
    "1e309",
    "-1e309",
    "1e-400",
    "NaN",
    "Infinity",
    "-Infinity",
    '"true"',
    '"TRUE"',
    '"1"',
    '"paid"',
    '"PAID "',
    '"\\u0050AID\\u200b"',
    '"PAID\\u0000"',
    '"WHO_KNOWS"',
    '"AUTHORISED"',
    '"SUCCESS"',
    '""',
    '" "',
    "[]",
    "{}",
    "[true]",
    '["PAID"]',
    '{"PAID": true}',
    '{"is_paid": true}',
    '{"status": "PAID"}',
    '{"amount": 500}',
    '{"amount": 500, "currency": "EUR"}',
    '{"amount": 500, "currency": "USD"}',
    '{"amount": "500", "currency": "EUR"}',
    '{"amount": 500.0, "currency": "EUR"}',
    '{"amount": -500, "currency": "EUR"}',
    '{"amount": 9223372036854775808}',
    '{"amount": null}',
    '{"amount": {"amount": 500}}',
    '"USD"',
    '"eur"',
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u0000"',
    '"\\u001b[2J"',
    '"../.."',
    '"https://evil.example/start"',
    '"\' OR 1=1 --"',
]
BIG = [
    '"' + "x" * 1_000_000 + '"',
    "[" * 10_000 + "]" * 10_000,
    '{"a":' * 10_000 + "1" + "}" * 10_000,
]
KEYS = [
    "is_paid",
    "status",
    "amount",
    "total",
    "id",
    "currency",
    "details",
    "amount_paid",
    "data",
    "errors",
]
ERRORS = [
    "[]",
    "null",
    "{}",
    '"no"',
    "[null]",
    '[{"message": null}]',
    '[{"message": "x", "extensions": []}]',
    '[{"message": "x", "extensions": {"code": 1e309}}]',
    '[{"message": "Cannot query field \\"status\\" on type \\"PaymentDetails\\"."}]',
    '[{"message": "x", "extensions": {"code": "UNAUTHORIZED", "status": "500"}}]',
]
_HOLE = "\x00hole\x00"


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in pairs:
        found.append((value, key))
        if isinstance(child, (dict, list)):
            found += _places(child)
    return found


def _objects(value: Any) -> list[dict[str, Any]]:
    holders = [value, *(holder[key] for holder, key in _places(value))]
    return [each for each in holders if isinstance(each, dict)]


def _put(value: Any, raw: str) -> bytes:
    text = json.dumps(value)
    return text.replace(json.dumps(_HOLE), raw).encode("utf-8", "surrogatepass")


def replaced(value: Any, dice: random.Random) -> bytes:
    holder, key = dice.choice(_places(value))
    holder[key] = _HOLE
    return _put(value, dice.choice(BIG) if dice.random() < 0.01 else dice.choice(RAW))


def proof_replaced(value: Any, dice: random.Random) -> bytes:
    """Where it matters most: what says paid, how much, and of what."""
    places = [(h, k) for h, k in _places(value) if isinstance(h, dict) and k in KEYS]
    holder, key = dice.choice(places)
    holder[key] = _HOLE
    return _put(value, dice.choice(RAW))


def removed(value: Any, dice: random.Random) -> bytes:
    holder, key = dice.choice(_places(value))
    del holder[key]
    return _put(value, "")


def doubled(value: Any, dice: random.Random) -> bytes:
    """A key twice: whoever keeps the last one and whoever keeps the first one read different answers."""
    holder = dice.choice([each for each in _objects(value) if each])
    key = dice.choice(sorted(holder))
    again = json.dumps(key) + ": " + dice.choice([*RAW[:8], '"PAID"', "true"])
    rest = dict(holder)
    holder.clear()
    holder |= {_HOLE: 0, **rest}
    text = json.dumps(value).replace(f"{json.dumps(_HOLE)}: 0", again)
    if dice.random() < 0.5:
        text = json.dumps(value).replace(f"{json.dumps(_HOLE)}: 0, ", "")
        text = text.replace(json.dumps(rest)[:-1], f"{json.dumps(rest)[:-1]}, {again}", 1)
    return text.encode()


def added(value: Any, dice: random.Random) -> bytes:
    dice.choice(_objects(value))[dice.choice([*KEYS, "paid", "Status", "isPaid", "is_paid "])] = (
        _HOLE
    )
    return _put(value, dice.choice(RAW))


def with_errors(value: Any, dice: random.Random) -> bytes:
    value["errors" if dice.random() < 0.7 else "error"] = _HOLE
    return _put(value, dice.choice(ERRORS))


def truncated(value: Any, dice: random.Random) -> bytes:
    body = json.dumps(value).encode()
    return body[: dice.randrange(len(body))]


def encoded(value: Any, dice: random.Random) -> bytes:
    text = json.dumps(value, ensure_ascii=False)
    match dice.randrange(6):
        case 0:
            return b"\xef\xbb\xbf" + text.encode()
        case 1:
            return text.encode("utf-16")
        case 2:
            return text.encode("utf-16-be")
        case 3:
            return text.encode("utf-32")
        case 4:
            return text.replace("Mug", "\xe9").replace("EUR", "\x80").encode("latin-1")
        case _:
            return text.replace("o1", "\ud800").encode("utf-8", "surrogatepass")


def damaged(value: Any, dice: random.Random) -> bytes:
    body = bytearray(json.dumps(value).encode())
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(body))
        match dice.randrange(4):
            case 0:
                body[at] ^= 1 << dice.randrange(8)
            case 1:
                body.insert(at, dice.randrange(256))
            case 2:
                del body[at : at + dice.randrange(1, 30)]
            case _:
                other = dice.randrange(len(body))
                body[at], body[other] = body[other], body[at]
        if not body:
            break
    return bytes(body)


def wrapped(value: Any, dice: random.Random) -> bytes:
    text = json.dumps(value)
    return dice.choice(
        [
            f"[{text}]",
            f"{text}{text}",
            f"{text}\n,",
            f")]}}',\n{text}",
            f"callback({text})",
            json.dumps(text),
            f'{{"data": {text}}}',
            text.replace('"', "'"),
            f"/* */{text}",
            *RAW[:12],
            "",
            " ",
            "<html>Log in</html>",
        ]
    ).encode()


SPOILERS = (
    replaced,
    proof_replaced,
    proof_replaced,
    removed,
    doubled,
    added,
    with_errors,
    truncated,
    truncated,
    encoded,
    damaged,
    wrapped,
)
SYNTAX = (truncated, encoded, doubled, proof_replaced, wrapped)


@dataclass(frozen=True)
class Spoilt:
    """A spoilt answer. The same number is the same answer."""

    number: int
    kind: str
    how: str
    body: bytes
    status: int


def spoilt(number: int, url: str) -> Spoilt:
    dice = random.Random(number)
    kind = list(CALLS)[number % len(CALLS)]
    spoil = dice.choice(SPOILERS)
    paid = "PAID" if dice.random() < 0.2 else dice.choice(["PENDING", "CANCELLED", "PENDING"])
    body = spoil(good(kind, url, paid), dice)
    status = 200 if dice.random() < 0.9 else dice.choice([201, 204, 302, 400, 404, 409, 429, 500])
    return Spoilt(number, kind, spoil.__name__, body, status)


# -- a second opinion -----------------------------------------------------------------------------------------


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key appears twice")
    return dict(pairs)


def _no(text: str) -> Any:
    raise ValueError(text)


def parsed(body: bytes) -> Any:
    """The plain reading of an answer; None if it has none."""
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no)
    except (ValueError, RecursionError):
        return None


def cents(value: Any) -> int | None:
    """The amount that a field says, without a doubt."""
    if isinstance(value, dict):
        if value.get("currency") not in (None, "", "EUR"):
            return None
        value = value.get("amount")
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def says_paid(body: bytes) -> bool:
    """Whether a payment's own answer says, in the contract's words, that p1 is paid."""
    answer = parsed(body)
    data = answer.get("data", answer) if isinstance(answer, dict) else None
    if not isinstance(data, dict) or data.get("id") != "p1":
        return False
    return data.get("is_paid") is True or data.get("status") == "PAID"


def shows_paid(body: bytes, root: str) -> bool:
    """Whether an order's answer lists a payment in exactly the status PAID."""
    answer = parsed(body)
    data = answer.get("data") if isinstance(answer, dict) else None
    found = data.get(root) if isinstance(data, dict) else None
    if isinstance(found, dict) and root != "order":
        found = found.get("order")
    payments = found.get("payments") if isinstance(found, dict) else None
    for each in payments if isinstance(payments, list) else []:
        details = each.get("details") if isinstance(each, dict) else None
        details = details if isinstance(details, dict) else {}
        if "PAID" in (details.get("status"), each.get("status")):
            return True
    return False


# -- trying them ----------------------------------------------------------------------------------------------


@dataclass
class Speaker:
    """A server that says exactly the bytes it is told."""

    port: int = 0
    says: bytes = b""
    status: int = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                _, _, rest = head.partition(b"content-length:")
                if rest:
                    await reader.readexactly(int(rest.partition(b"\r\n")[0]))
                writer.write(
                    b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n" % (self.status, len(self.says))
                    + self.says
                )
                await writer.drain()
                if b"connection: close" in head:
                    break
        writer.close()


@asynccontextmanager
async def speaking() -> AsyncIterator[Speaker]:
    speaker = Speaker()
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        await speaker.serve(reader, writer)

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    speaker.port = listener.sockets[0].getsockname()[1]
    try:
        yield speaker
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class Found:
    """What went wrong, and how much was tried."""

    tried: int = 0
    accepted: int = 0
    paid: int = 0
    wrong: list[str] = field(default_factory=list)
    slowest_s: float = 0.0


async def try_all(numbers: range) -> Found:
    """Every spoilt answer of a range at the adapter, judged by the second opinion."""
    found = Found()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: found.wrong.append(f"loop: {context}"))
    async with speaking() as speaker:
        # What a till learned of a schema must not hide the answers that follow: a new one now and then.
        for first in range(numbers.start, numbers.stop, 500):
            async with a_backend(speaker) as backend:
                for number in range(first, min(first + 500, numbers.stop)):
                    await _try_one(number, speaker, backend, found)
    return found


async def _try_one(number: int, speaker: Speaker, backend: Afosto, found: Found) -> None:
    loop = asyncio.get_running_loop()
    case = spoilt(number, speaker.url)
    speaker.says, speaker.status = case.body if case.status != 204 else b"", case.status
    result, at = None, loop.time()
    try:
        result = await CALLS[case.kind](backend, speaker.url)
    except PosError:
        pass  # an error for people is what such an answer deserves
    except Exception as error:
        found.wrong.append(f"crash: {case.number} {case.kind} {case.how}: {error!r}")
    found.slowest_s = max(found.slowest_s, loop.time() - at)
    found.tried += 1
    if result is not None:
        found.accepted += 1
        found.wrong += judged(case, result, found)


@asynccontextmanager
async def a_backend(speaker: Speaker) -> AsyncIterator[Afosto]:
    options = AfostoOptions(speaker.url, "channel-1", limits=LIMITS)
    backend = Afosto(options, lambda: "token-for-nothing")
    try:
        yield backend
    finally:
        await backend.close()


def judged(case: Spoilt, result: object, found: Found) -> list[str]:
    """What the till believed and should not have."""
    wrong = []
    where = f"{case.number} {case.kind} {case.how}"
    if isinstance(result, RemotePayment):
        found.paid += result.is_paid
        if result.is_paid and not (says_paid(case.body) or case.kind == "createPayment"):
            wrong.append(f"false PAID: {where}")
        answer = parsed(case.body)
        data = answer.get("data", answer) if isinstance(answer, dict) else {}
        told = data.get("amount") if isinstance(data, dict) else None
        if result.amount is not None and result.amount.minor != cents(told):
            wrong.append(f"not exact: {where}: {result.amount} for {told!r}")
    if isinstance(result, Order):
        root = {"createOrder": "createOrder", "addItems": "addItemsToOrder"}.get(case.kind, "order")
        is_paid = any(p.is_paid for p in result.payments)
        found.paid += is_paid
        if is_paid and not shows_paid(case.body, root):
            wrong.append(f"false PAID: {where}")
        value = parsed(case.body)["data"][root]
        told = (value if root == "order" else value["order"]).get("total")
        if result.total.minor != cents(told):
            wrong.append(f"not exact: {where}: {result.total} for {told!r}")
        if case.kind != "createOrder" and result.order_id != "o1":
            wrong.append(f"another order: {where}")
    return wrong
