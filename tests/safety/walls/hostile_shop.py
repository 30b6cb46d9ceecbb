"""A shop's server that speaks just enough of the contract, and fills every text with what a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PDF = b"%PDF-1.7\n%%EOF\n"
TOKEN = "canary-token-5d41402abc4b2a76"
Word = str | Callable[[], str] | Sequence[str]


class No(Exception):
    """A refusal in the vendor's words."""

    def __init__(self, message: str, *, status: int = 422, field: str = "") -> None:
        super().__init__(message)
        self.message, self.status, self.field = message, status, field


@dataclass
class Seen:
    """A request as it came."""

    operation: str
    method: str
    path: str
    authorization: str
    host: str


@dataclass
class Payment:
    payment_id: str
    order_id: str
    amount: int
    kind: str
    status: str = "PENDING"


@dataclass
class Order:
    order_id: str
    units: dict[str, int] = field(default_factory=dict)
    status: str = "CONCEPT"
    payments: list[Payment] = field(default_factory=list)
    invoice: str = ""
    method_id: str = "pin"


Raw = Callable[["Handler"], None]


@dataclass
class HostileShop:
    """State, words and hooks; every attribute may be changed while it serves.

    Attributes:
        words: a text for a field; a list is used up one by one and its last text stays.
        raw: answers an operation with bytes of its own, written to the connection.
        starts: what START does with the payment: its status afterwards.
        refuses: operations that are refused with the word `error`.
    """

    words: dict[str, Word] = field(default_factory=dict)
    raw: dict[str, Raw] = field(default_factory=dict)
    starts: str = "PAID"
    refuses: set[str] = field(default_factory=set)
    refused_skus: Mapping[str, str] = field(default_factory=dict)
    method_names: Sequence[str] = ("Card",)
    terminal_names: Sequence[str] = ("Counter 1",)
    drawer_names: Sequence[str] = ("Drawer 1",)
    seen: list[Seen] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    url: str = ""
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _used: dict[str, int] = field(default_factory=dict)

    def word(self, name: str, default: str) -> str:
        found = self.words.get(name)
        if found is None:
            return default
        if isinstance(found, str):
            return found
        if callable(found):
            return found()
        at = self._used.get(name, 0)
        self._used[name] = at + 1
        return found[min(at, len(found) - 1)]

    def calls(self, operation: str) -> int:
        return sum(seen.operation == operation for seen in list(self.seen))

    def answer(self, operation: str, value: Any, path: str) -> Any:
        with self._lock:
            if operation in self.refuses:
                raise No(self.word("error", "refused"))
            method = getattr(self, f"_{operation}")
            return method(value, path)

    # GraphQL ---------------------------------------------------------------------------------------

    def _channel(self, value: Any, path: str) -> Any:
        return {"id": "channel", "name": self.word("channel", "Shop"), "pricing": None}

    def _createOrder(self, value: Any, path: str) -> Any:
        order = Order(f"order-{len(self.orders) + 1}")
        self.orders[order.order_id] = order
        return {"order": self._view(order)}

    def _addItemsToOrder(self, value: Any, path: str) -> Any:
        order = self.orders[value["order_id"]]
        for n, item in enumerate(value["items"]):
            if item["sku"] in self.refused_skus:
                raise No(self.refused_skus[item["sku"]], field=f"items.{n}.sku")
        for item in value["items"]:
            order.units[item["sku"]] = order.units.get(item["sku"], 0) + item["quantity"]
        return {"order": self._view(order)}

    def _setExpirationDateForOrder(self, value: Any, path: str) -> Any:
        return {"order": {"id": value["order_id"]}}

    def _order(self, value: Any, path: str) -> Any:
        return self._view(self.orders[value])

    def _paymentOptions(self, value: Any, path: str) -> Any:
        terminals = [
            {"id": f"t{n}", "name": name, "is_online": True}
            for n, name in enumerate(self.terminal_names)
        ]
        drawers = [{"id": f"d{n}", "name": name} for n, name in enumerate(self.drawer_names)]
        methods = [
            {"id": "pin", "code": "PIN", "name": self.word("pin", "Card"), "terminals": terminals},
            {"id": "cash", "code": "CASH", "name": self.word("cash", "Cash"), "drawers": drawers},
            {"id": "follow", "code": "IDEAL", "name": self.word("follow", "Link")},
        ]
        methods += [
            {"id": f"m{n}", "code": f"M{n}", "name": name}
            for n, name in enumerate(self.method_names)
        ]
        return {"id": value, "options": {"payment": {"methods": methods}}}

    def _addPaymentMethodToOrder(self, value: Any, path: str) -> Any:
        order = self.orders[value["order_id"]]
        order.method_id = value["method_id"]
        return {"order": self._view(order)}

    def _openOrder(self, value: Any, path: str) -> Any:
        order = self.orders[value["order_id"]]
        order.status = "OPEN"
        return {"order": self._view(order)}

    def _invoiceItems(self, value: Any, path: str) -> Any:
        order = next(o for o in self.orders.values() if value["items"][0] in self._units(o))
        order.invoice = f"invoice-{order.order_id}"
        order.status = "CLOSED"
        return {"invoice": self._invoice_view(order)}

    def _invoice(self, value: Any, path: str) -> Any:
        return self._invoice_view(next(iter(self.orders.values()), Order("none")), value)

    # REST ------------------------------------------------------------------------------------------

    def _createPayment(self, value: Any, path: str) -> Any:
        order = self.orders[path.split("/")[-2]]
        kind = {"pin": "START", "cash": "PAY"}.get(order.method_id, "FOLLOW")
        payment = Payment(
            f"p{len(self.payments) + 1}", order.order_id, value["data"]["amount"], kind
        )
        self.payments[payment.payment_id] = payment
        order.payments.append(payment)
        return {"data": self._payment_view(payment)}

    def _start(self, value: Any, path: str) -> Any:
        payment = self.payments[path.split("/")[-2]]
        payment.status = self.starts
        return {"data": self._payment_view(payment)}

    def _pay(self, value: Any, path: str) -> Any:
        payment = self.payments[path.split("/")[-2]]
        payment.status = "PAID"
        return {"data": self._payment_view(payment)}

    # Views -----------------------------------------------------------------------------------------

    @staticmethod
    def _units(order: Order) -> list[str]:
        return [
            f"{order.order_id}/{sku}/{n}" for sku, size in order.units.items() for n in range(size)
        ]

    def _view(self, order: Order) -> dict[str, Any]:
        items = [
            {
                "ids": [f"{order.order_id}/{sku}/{n}" for n in range(size)],
                "sku": sku,
                "label": self.word(f"label {sku}", self.word("label", f"Article {sku}")),
                "quantity": size,
                "total": 100 * size,
            }
            for sku, size in order.units.items()
        ]
        is_ready = order.status == "OPEN"
        return {
            "id": order.order_id,
            "number": self.word("number", "2026-1"),
            "status": order.status,
            "currency": "EUR",
            "total": 100 * sum(order.units.values()),
            "items": items,
            "payments": [
                {
                    "id": f"entry-{p.payment_id}",
                    "amount": p.amount,
                    "details": {
                        "id": p.payment_id,
                        "status": self._status(p),
                        "amount_paid": p.amount if p.status == "PAID" else 0,
                        "is_refund": False,
                        "currency": "EUR",
                    },
                }
                for p in order.payments
            ],
            "actions": [
                {"action": self.word("step", "look"), "ids": []},
                *([{"action": "invoice", "ids": self._units(order)}] if is_ready else []),
            ],
            "vat": [{"rate": self.word("rate", "21"), "amount": 1}],
            "invoices": [self._invoice_view(order)] if order.invoice else [],
        }

    def _status(self, payment: Payment) -> str:
        return payment.status if payment.status == "PAID" else self.word("status", payment.status)

    def _payment_view(self, payment: Payment) -> dict[str, Any]:
        urls = {
            "START": f"{self.url}/api/payments/{payment.payment_id}/start",
            "PAY": "",
            "FOLLOW": f"{self.url}/pay/{payment.payment_id}",
        }
        return {
            "id": payment.payment_id,
            "status": self._status(payment),
            "is_paid": payment.status == "PAID",
            "amount": payment.amount,
            "currency": "EUR",
            "action": {
                "type": self.word("type", payment.kind),
                "url": self.word("action_url", urls[payment.kind]),
            },
        }

    def _invoice_view(self, order: Order, invoice_id: str = "") -> dict[str, Any]:
        return {
            "id": invoice_id or order.invoice or "invoice-0",
            "number": self.word("invoice_number", "2026-0001"),
            "total": 100,
            "pdf_url": self.word("pdf_url", f"{self.url}/documents/{order.order_id}.pdf"),
        }


class Handler(BaseHTTPRequestHandler):
    """One request: its operation, then a raw hook or the shop's answer."""

    protocol_version = "HTTP/1.1"
    shop: HostileShop
    body: bytes = b""

    def do_GET(self) -> None:
        self._take()

    do_POST = do_PUT = do_GET

    def _take(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("content-length") or 0))
        operation, value = self._operation()
        authorization = self.headers.get("authorization", "")
        host = self.headers.get("host", "")
        self.shop.seen.append(Seen(operation, self.command, self.path, authorization, host))
        hook = self.shop.raw.get(operation)
        with suppress(ConnectionError):
            if hook is not None:
                self.close_connection = True
                hook(self)
            elif operation == "document":
                self._send(200, PDF, "application/pdf")
            else:
                self._json(operation, value)

    def _operation(self) -> tuple[str, Any]:
        if self.path == "/graphql":
            asked = json.loads(self.body)
            variables = asked["variables"]
            return asked["operationName"], variables.get("input", variables.get("id"))
        if self.path.startswith("/documents/"):
            return "document", None
        last = self.path.partition("?")[0].rpartition("/")[2]
        names = {"payments": "createPayment", "start": "start", "pay": "pay"}
        return names.get(last, "other"), json.loads(self.body or b"{}")

    def _json(self, operation: str, value: Any) -> None:
        is_graphql = self.path == "/graphql"
        try:
            found = self.shop.answer(operation, value, self.path)
        except No as no:
            if is_graphql:
                extensions = {"code": "VALIDATION_ERROR", "status": no.status, "field": no.field}
                errors = [{"message": no.message, "path": [operation], "extensions": extensions}]
                self._send(200, json.dumps({"data": None, "errors": errors}).encode())
            else:
                error = {"code": no.status, "message": no.message}
                self._send(no.status, json.dumps({"error": error}).encode())
            return
        body = {"data": {operation: found}} if is_graphql else found
        if operation == "paymentOptions":
            body = {"data": {"order": found}}
        self._send(200, json.dumps(body).encode())

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what the till sent is in `seen`."""


@contextmanager
def a_shop(**state: Any) -> Iterator[HostileShop]:
    """A shop at work in threads of its own."""
    shop = HostileShop(**state)
    handler = type("ShopHandler", (Handler,), {"shop": shop})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    shop.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
