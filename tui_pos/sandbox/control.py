"""Steering the sandbox: from Python by `Control`, over HTTP under `/_sandbox/`.

HTTP, loopback only. With a control token the header `X-Sandbox-Control: <token>` is needed.
Bodies and answers are JSON; a refusal is `{"error": "<why>"}` with 400, 403, 404 or 409.

| request | body | answer |
| --- | --- | --- |
| `GET  state` | | settings, clock, terminals, orders, payments, invoices, faults |
| `GET  settings`, `POST settings` | `{name: value}` | all settings; see settings.py |
| `GET  terminals` | | `{"terminals": [{id, name, state, mode, is_online, duration_s, is_held, is_flaky, script, amount, currency, payment_id, order_id, shows, since, last}]}` |
| `POST terminals/{id or name}` | any of `{is_online, mode, duration_s, is_held, is_flaky, script}` | the terminal |
| `POST terminals/{id or name}/press` | `{"key": "approve" \\| "decline" \\| "abort" \\| "silent" \\| "partial"}` | the terminal; 409 when it shows nothing |
| `GET  ledger` | | `{"charges": [{charge_id, payment_id, order_id, terminal_id, amount, currency, at, kind, outcome}]}` |
| `GET  calls?since=N` | | `{"calls": [{seq, at, operation, method, path, idempotency_key, variables, fault, status, finished_at}]}` with `seq > N` |
| `GET  faults`, `POST faults`, `DELETE faults` | a fault, see faults.py | `{"faults": [...]}`; DELETE clears latency too |
| `POST latency` | `{"operation", "latency_s", "jitter_s"}` | `{"latency": {...}}` |
| `POST clock` | `{"advance_s"}` | `{"now": ms}`; moves expiry, read lag and invoice delay |
| `POST tokens` | `{"token", "scopes": [...], "channel_id"}` | the same; scopes left out or empty: all |
| `GET  catalogue.csv` | | the shop's product export, `sku,gtin,name,price,vat` |
| `POST orders/{id}/cancel` | | back office: the order is cancelled |
| `POST orders/{id}/items` | `{"sku", "quantity", "price"}` | back office: a line is added, whatever the order's state |
| `POST orders/{id}/payments` | `{"amount", "status"}` | another till: a cash payment, PAID unless said otherwise |
| `POST payments/{id}/paid` | | back office: the payment is paid elsewhere |
"""  # noqa: E501

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tui_pos.sandbox import shop
from tui_pos.sandbox.afosto import orders, payments, views
from tui_pos.sandbox.afosto.backend import Backend, Token
from tui_pos.sandbox.afosto.errors import ApiError
from tui_pos.sandbox.afosto.model import Order, Payment
from tui_pos.sandbox.afosto.terminals import KEYS, OUTCOMES, Terminal
from tui_pos.sandbox.faults import Fault, Latency
from tui_pos.sandbox.store import Charge
from tui_pos.sandbox.wire import Wire, parse_json

_TERMINAL_PROPERTIES: dict[str, tuple[type, ...]] = {
    "is_online": (bool,),
    "is_held": (bool,),
    "is_flaky": (bool,),
    "duration_s": (int, float, type(None)),
    "mode": (str,),
    "script": (list,),
}


class Control:
    """Everything a test or a person may do behind the backend's back."""

    def __init__(self, backend: Backend, wire: Wire) -> None:
        self.backend = backend
        self.wire = wire

    # -- reading

    def ledger(self) -> list[Charge]:
        """Every charge, oldest first: what a till is judged by."""
        return self.backend.ledger()

    def calls(self, operation: str | None = None, *, since: int = 0) -> list[dict[str, Any]]:
        """Requests with a `seq` above `since`, of one operation or of all."""
        found = self.wire.calls_since(since)
        return [c for c in found if operation is None or operation in c["operation"].split(",")]

    def terminals(self) -> list[dict[str, Any]]:
        """What every terminal shows now."""
        return [terminal.view() for terminal in self.backend.terminals.all.values()]

    def state(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        backend = self.backend
        return {
            "now": backend.now(),
            "settings": backend.settings.as_dict(),
            "terminals": self.terminals(),
            "orders": [views.order_view(backend, order) for order in backend.orders.values()],
            "payments": [
                asdict(p) | {"shown_status": backend.status(p)} for p in backend.payments.values()
            ],
            "invoices": [asdict(invoice) for invoice in backend.invoices.values()],
            "faults": [asdict(fault) for fault in self.wire.faults.planned],
            "latency": {k: asdict(v) for k, v in self.wire.faults.latencies.items()},
        }

    # -- steering

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change settings by name; all of them as they are then. ValueError: nothing changed."""
        self.backend.settings.update(changes)
        return self.backend.settings.as_dict()

    def fault(self, operation: str, kind: str, **details: Any) -> Fault:
        """Plan a fault, see faults.py; ValueError when it cannot be one."""
        return self.wire.faults.add(operation=operation, kind=kind, **details)

    def latency(self, operation: str, latency_s: float, jitter_s: float = 0.0) -> None:
        """Hold up an operation (or `*`) from now on."""
        self.wire.faults.latencies[operation] = Latency(float(latency_s), float(jitter_s))

    def clear_faults(self) -> None:
        """No faults and no latency any more."""
        self.wire.faults.clear()

    def terminal(self, name_or_id: str, **changes: Any) -> dict[str, Any]:
        """Change properties of a terminal (none: just look); KeyError, ValueError."""
        terminal = self._terminal(name_or_id)
        for name, value in changes.items():
            if name not in _TERMINAL_PROPERTIES or not isinstance(
                value, _TERMINAL_PROPERTIES[name]
            ):
                raise ValueError(f"a terminal's {name} cannot be {value!r}")
        if changes.get("mode", "auto") not in ("auto", "manual"):
            raise ValueError("mode is auto or manual")
        unknown = [step for step in changes.get("script", []) if step not in OUTCOMES]
        if unknown:
            raise ValueError(f"no outcome {unknown[0]!r}; there are: {', '.join(OUTCOMES)}")
        for name, value in changes.items():
            setattr(terminal, name, list(value) if name == "script" else value)
        return terminal.view()

    def press(self, name_or_id: str, key: str) -> bool:
        """Press a key on a terminal: approve, decline, abort, silent, partial.

        Returns False when the terminal shows nothing. On a terminal held by another till any
        key ends that till's transaction.
        """
        if key not in KEYS:
            raise ValueError(f"no key {key!r}; there are: {', '.join(KEYS)}")
        return self.backend.terminals.press(self._terminal(name_or_id), key)

    def advance(self, seconds: float) -> int:
        """Move the backend's clock; returns its time in Unix ms."""
        self.backend.clock_offset_s += seconds
        return self.backend.now()

    def _terminal(self, name_or_id: str) -> Terminal:
        terminal = self.backend.terminals.find(name_or_id)
        if terminal is None:
            raise KeyError(f"no terminal {name_or_id!r}")
        return terminal

    # -- the back office and other tills

    def cancel_order(self, order_id: str) -> Order:
        """The back office cancels an order."""
        order = self.backend.order(order_id)
        order.is_cancelled = True
        self.backend.save(order)
        return order

    def add_line(
        self, order_id: str, sku: str, quantity: int = 1, price: int | None = None
    ) -> Order:
        """The back office adds a line, whatever state the order is in."""
        order = self.backend.order(order_id)
        item = {"sku": sku, "quantity": quantity, "price": price}
        return orders.append(self.backend, order, [item])

    def mark_paid(self, payment_id: str) -> Payment:
        """The back office marks a payment as paid elsewhere."""
        payment = self.backend.payment(payment_id)
        payments.settle(self.backend, payment, payment.amount, "elsewhere", "pay")
        return payment

    def foreign_payment(self, order_id: str, amount: int, status: str = "PAID") -> Payment:
        """Another till puts a cash payment on the order."""
        order = self.backend.order(order_id)
        cash = next(method for method in shop.METHODS.values() if method.code == "CASH")
        payment = payments.new_payment(self.backend, order, {"method_id": cash.id}, amount, status)
        self.backend.save(payment)
        if status == "PAID":
            payments.settle(self.backend, payment, amount, "elsewhere", "pay")
        return payment


class ControlApi:
    """The HTTP half: `/_sandbox/...`, see the module's table."""

    def __init__(self, control: Control, token: str | None) -> None:
        self._control = control
        self._token = token

    def routes(self) -> list[Route]:
        """All control paths."""
        table: list[tuple[str, str, Callable[[Request, Any], Any]]] = [
            ("GET", "/state", lambda r, b: self._control.state()),
            ("GET", "/settings", lambda r, b: self._control.settings()),
            ("POST", "/settings", lambda r, b: self._control.settings(**b)),
            ("GET", "/terminals", lambda r, b: {"terminals": self._control.terminals()}),
            ("POST", "/terminals/{name}", self._set_terminal),
            ("POST", "/terminals/{name}/press", self._press),
            ("GET", "/ledger", self._ledger),
            ("GET", "/calls", self._calls),
            ("GET", "/faults", self._faults),
            ("POST", "/faults", self._add_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("POST", "/latency", self._latency),
            ("POST", "/clock", lambda r, b: {"now": self._control.advance(float(b["advance_s"]))}),
            ("POST", "/tokens", self._add_token),
            (
                "GET",
                "/catalogue.csv",
                lambda r, b: Response(shop.catalogue_csv(), media_type="text/csv"),
            ),
            ("POST", "/orders/{id}/cancel", self._cancel),
            ("POST", "/orders/{id}/items", self._add_line),
            ("POST", "/orders/{id}/payments", self._foreign_payment),
            ("POST", "/payments/{id}/paid", self._mark_paid),
        ]
        return [
            Route(f"/_sandbox{path}", self._endpoint(act), methods=[method])
            for method, path, act in table
        ]

    def _endpoint(
        self, act: Callable[[Request, Any], Any]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if not self._may(request):
                return JSONResponse({"error": "not allowed"}, 403)
            try:
                body = parse_json(await request.body() or b"{}")
                if not isinstance(body, dict):
                    raise ValueError("the body must be a JSON object")
                answer = act(request, body)
            except ApiError as error:
                return JSONResponse({"error": error.message}, error.status)
            except KeyError as error:
                status = 404 if "no terminal" in str(error) else 400
                return JSONResponse({"error": str(error.args[0])}, status)
            except (ValueError, TypeError) as error:
                return JSONResponse({"error": str(error)}, 400)
            return answer if isinstance(answer, Response) else JSONResponse(answer)

        return endpoint

    def _may(self, request: Request) -> bool:
        # a page in a browser must not reach this through a name that resolves to loopback
        host = request.headers.get("host", "").rpartition(":")[0]
        if host not in ("127.0.0.1", "localhost") or request.headers.get("origin"):
            return False
        given = request.headers.get("x-sandbox-control", "")
        return self._token is None or hmac.compare_digest(given.encode(), self._token.encode())

    def _set_terminal(self, request: Request, body: dict[str, Any]) -> Any:
        return self._control.terminal(request.path_params["name"], **body)

    def _press(self, request: Request, body: dict[str, Any]) -> Any:
        name = request.path_params["name"]
        if not self._control.press(name, body["key"]):
            return JSONResponse({"error": f"terminal {name} shows nothing"}, 409)
        return self._control.terminal(name)

    def _ledger(self, request: Request, body: dict[str, Any]) -> Any:
        return {"charges": [asdict(charge) for charge in self._control.ledger()]}

    def _calls(self, request: Request, body: dict[str, Any]) -> Any:
        return {"calls": self._control.calls(since=int(request.query_params.get("since", "0")))}

    def _faults(self, request: Request, body: dict[str, Any]) -> Any:
        return {"faults": [asdict(fault) for fault in self._control.wire.faults.planned]}

    def _add_fault(self, request: Request, body: dict[str, Any]) -> Any:
        self._control.fault(body.pop("operation"), body.pop("kind"), **body)
        return self._faults(request, body)

    def _clear_faults(self, request: Request, body: dict[str, Any]) -> Any:
        self._control.clear_faults()
        return self._faults(request, body)

    def _latency(self, request: Request, body: dict[str, Any]) -> Any:
        self._control.latency(body["operation"], body["latency_s"], body.get("jitter_s", 0.0))
        return {"latency": {k: asdict(v) for k, v in self._control.wire.faults.latencies.items()}}

    def _add_token(self, request: Request, body: dict[str, Any]) -> Any:
        scopes = frozenset(body.get("scopes") or []) or None
        self._control.backend.add_token(Token(body["token"], scopes, body.get("channel_id")))
        return body

    def _cancel(self, request: Request, body: dict[str, Any]) -> Any:
        return self._order(self._control.cancel_order(request.path_params["id"]))

    def _add_line(self, request: Request, body: dict[str, Any]) -> Any:
        return self._order(self._control.add_line(request.path_params["id"], **body))

    def _foreign_payment(self, request: Request, body: dict[str, Any]) -> Any:
        payment = self._control.foreign_payment(request.path_params["id"], **body)
        return views.payment_view(self._control.backend, payment)

    def _mark_paid(self, request: Request, body: dict[str, Any]) -> Any:
        payment = self._control.mark_paid(request.path_params["id"])
        return views.payment_view(self._control.backend, payment)

    def _order(self, order: Order) -> dict[str, Any]:
        return views.order_view(self._control.backend, order)
