"""Afosto over HTTP: the GraphQL endpoint, the REST calls and the invoice documents.

Source: vendors.md 1.1, 1.2, 1.11-1.13; guide 001 steps 5 and 6 and notes.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tui_pos.sandbox.afosto import graph, payments, views
from tui_pos.sandbox.afosto.backend import Backend, Token
from tui_pos.sandbox.afosto.errors import ApiError, invalid, not_found
from tui_pos.sandbox.afosto.model import Payment
from tui_pos.sandbox.wire import Wire, or_gone, parse_json, refusal

_PAYMENTS_WRITE = "payments:write"


class Endpoints:
    """The vendor's paths, each behind the wire's log and faults."""

    def __init__(self, backend: Backend, wire: Wire) -> None:
        self._backend = backend
        self._wire = wire

    def routes(self) -> list[Route]:
        """What the backend serves."""
        api = "/api/commerce"
        return [
            Route("/graphql", self._graphql, methods=["POST"]),
            Route(f"{api}/orders/{{order_id}}/payments", self._create, methods=["POST"]),
            Route(f"{api}/payments/{{payment_id}}/start", self._start, methods=["GET"]),
            Route(f"{api}/payments/management/{{payment_id}}/pay", self._pay, methods=["PUT"]),
            Route("/documents/invoices/{invoice_id}.pdf", self._document, methods=["GET"]),
        ]

    # -- GraphQL

    async def _graphql(self, request: Request) -> Response:
        body = await _body(request)
        known = body if isinstance(body, dict) else {}
        document, name = known.get("query"), known.get("operationName")
        operations: tuple[str, ...] = ()
        if isinstance(document, str):
            operations = graph.operations(document, name if isinstance(name, str) else None)

        async def act() -> Response:
            try:
                token = self._token(request, None)
                if not isinstance(body, dict) or not isinstance(document, str):
                    raise ApiError("VALIDATION_ERROR", "the body must be a GraphQL request")
            except ApiError as error:
                return refusal(error, is_graphql=True)
            return JSONResponse(graph.execute(self._backend, token, body))

        return await self._wire.handle(request, operations, known.get("variables"), act)

    # -- REST

    async def _create(self, request: Request) -> Response:
        body = await _body(request)

        async def act() -> Response:
            try:
                self._token(request, _PAYMENTS_WRITE)
                if not self._backend.settings.rest_payments:
                    raise not_found("page")
                order_id = request.path_params["order_id"]
                return self._payment(payments.create(self._backend, order_id, self._amount(body)))
            except ApiError as error:
                return refusal(error, is_graphql=False)

        return await self._wire.handle(request, ("createPayment",), body, act)

    async def _start(self, request: Request) -> Response:
        async def act() -> Response:
            try:
                self._token(request, _PAYMENTS_WRITE)
                payment = self._backend.payment(request.path_params["payment_id"])
                work = self._backend.background(payments.start(self._backend, payment))
                reply = await or_gone(request, work)
            except ApiError as error:
                return refusal(error, is_graphql=False)
            if reply == "504":
                return HTMLResponse("<html><h1>504 Gateway Time-out</h1></html>", 504)
            return self._payment(payment) if reply == "payment" else self._wire.drop()

        return await self._wire.handle(request, ("start",), None, act)

    async def _pay(self, request: Request) -> Response:
        body = await _body(request)

        async def act() -> Response:
            try:
                self._token(request, _PAYMENTS_WRITE)
                payment = self._backend.payment(request.path_params["payment_id"])
                paid = payments.pay_by_hand(self._backend, payment, self._amount(body))
            except ApiError as error:
                return refusal(error, is_graphql=False)
            return self._payment(paid)

        return await self._wire.handle(request, ("pay",), body, act)

    async def _document(self, request: Request) -> Response:
        async def act() -> Response:
            from tui_pos.sandbox.afosto import pdf  # reportlab is slow to import

            try:
                if self._backend.settings.documents_auth:
                    self._token(request, None)
                invoice = self._backend.invoices.get(request.path_params["invoice_id"])
                if invoice is None:
                    raise not_found("invoice")
            except ApiError as error:
                return refusal(error, is_graphql=False)
            name = f'inline; filename="invoice-{invoice.number}.pdf"'
            return Response(
                pdf.render(self._backend, invoice),
                media_type="application/pdf",
                headers={"content-disposition": name},
            )

        return await self._wire.handle(request, ("document",), None, act)

    # -- shared

    def _token(self, request: Request, scope: str | None) -> Token:
        """The caller's token; UNAUTHORIZED, FORBIDDEN or RATE_LIMITED otherwise."""
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        token = self._backend.tokens.get(value.strip()) if kind.lower() == "bearer" else None
        if token is None:
            raise ApiError("UNAUTHORIZED", "unauthorized")
        if self._wire.over_limit():
            raise ApiError("RATE_LIMITED", "rate limited", retry_after_s=1)
        if scope is not None and token.scopes is not None and scope not in token.scopes:
            raise ApiError("FORBIDDEN", f"this needs the scope {scope}")
        return token

    def _amount(self, body: Any) -> int:
        """`{"data": {"amount": cents}}`; the bare object too when the wrapper is off."""
        is_bare = isinstance(body, dict) and "data" not in body
        data = body
        if not (is_bare and not self._backend.settings.rest_wrapper):
            data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, dict):
            raise ApiError("VALIDATION_ERROR", "the body must be {data: {...}}", status=400)
        amount = data.get("amount")
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise invalid("amount", "amount must be an integer in cents")
        return amount

    def _payment(self, payment: Payment) -> Response:
        view = views.payment_view(self._backend, payment)
        if self._backend.settings.rest_wrapper:
            view = {"data": view, "page": None}
        return JSONResponse(view)


async def _body(request: Request) -> Any:
    try:
        return parse_json(await request.body())
    except ValueError:
        return None
