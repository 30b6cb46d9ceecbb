"""`POST /graphql`: the schema, its resolvers and the shape of its errors.

The schema is the contract's SDL, built once per process. Operations that are not simulated
answer NOT_FOUND. Source: vendors.md 1.2, 1.3 and afosto.graphql.
"""

from __future__ import annotations

import contextlib
import logging
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import ariadne
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)
from graphql.language import FieldNode

from tui_pos.sandbox import shop, shop_people
from tui_pos.sandbox.afosto import invoices, orders, paging, payments, views
from tui_pos.sandbox.afosto.backend import Backend, Token
from tui_pos.sandbox.afosto.errors import ApiError, invalid, not_found
from tui_pos.sandbox.afosto.model import Order

if TYPE_CHECKING:
    from graphql import GraphQLResolveInfo

    Info = GraphQLResolveInfo[Any]

_log = logging.getLogger(__name__)
_quiet = logging.getLogger(f"{__name__}.refused")
_quiet.disabled = True  # refusals are answers, not news

query = ariadne.QueryType()
mutation = ariadne.MutationType()
_int64 = ariadne.ScalarType("Int64")

SCOPES = {
    "order": "orders:read",
    "orders": "orders:read",
    "items": "orders:read",
    "invoice": "orders:read",
    "paymentMethods": "orders:read",
    "contact": "customers:read",
    "organisation": "customers:read",
    "address": "customers:read",
    "channel": "channels:read",
    "product": "products:read",
    "products": "products:read",
    "createOrder": "orders:write",
    "setExpirationDateForOrder": "orders:write",
    "addItemsToOrder": "orders:write",
    "addPaymentMethodToOrder": "orders:write",
    "openOrder": "orders:write",
    "executePayment": "payments:write",
    "invoiceItems": "invoices:write",
}
"""The scope an operation needs; the contract gives no names, these are the sandbox's own."""


@_int64.value_parser
def _parse_int64(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError(f"Int64 cannot represent {value!r}")
    return value


@cache
def schema() -> GraphQLSchema:
    """The executable schema; what has no resolver here refuses instead of answering null."""
    text = (Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8")
    built = ariadne.make_executable_schema(text, query, mutation, _int64)
    for root in (built.query_type, built.mutation_type):
        for name, field in (root.fields if root else {}).items():
            if field.resolve is None:
                field.resolve = _unsupported(name)
    return built


def _unsupported(name: str) -> Any:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise ApiError("NOT_FOUND", f"{name} is not supported by this sandbox")

    return refuse


@lru_cache(maxsize=256)
def _checked(document: str) -> tuple[DocumentNode, list[GraphQLError]]:
    """The document and what is wrong with it; tills send the same few again and again."""
    node = parse(document)
    return node, validate(schema(), node)


@lru_cache(maxsize=256)
def operations(document: str, operation_name: str | None) -> tuple[str, ...]:
    """Root fields a request will run, in order; nothing for a document that does not parse."""
    try:
        definitions = _checked(document)[0].definitions
    except GraphQLError:
        return ()
    for node in definitions:
        if isinstance(node, OperationDefinitionNode):
            name = node.name.value if node.name else None
            if operation_name is None or name == operation_name:
                fields = node.selection_set.selections
                return tuple(f.name.value for f in fields if isinstance(f, FieldNode))
    return ()


def execute(backend: Backend, token: Token, request: dict[str, Any]) -> dict[str, Any]:
    """Run a request body and return the answer body; HTTP is 200 whatever is in it."""
    document, name = request.get("query"), request.get("operationName")
    if isinstance(document, str) and token.scopes is not None:
        for operation in operations(document, name):
            needed = SCOPES.get(operation)
            if needed is not None and needed not in token.scopes:
                error = ApiError("FORBIDDEN", f"{operation} needs the scope {needed}")
                return error.graphql_body([operation])
    node, errors = None, list[GraphQLError]()
    with contextlib.suppress(GraphQLError, TypeError):  # said again, properly, below
        node, errors = _checked(document or "")
    _, answer = ariadne.graphql_sync(
        schema(),
        request,
        query_document=node,
        query_validator=lambda *_, **__: errors,
        context_value={"backend": backend, "token": token},
        error_formatter=_format_error,
        logger=_quiet,
    )
    return dict(answer)


def _format_error(error: GraphQLError, debug: bool = False) -> dict[str, Any]:
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, ApiError):
        found: dict[str, Any] = {"message": cause.message, "extensions": cause.extensions()}
    elif error.path:
        _log.error("resolver failed", exc_info=cause)
        bug = ApiError("INTERNAL_SERVER_ERROR", "internal server error")
        found = {"message": bug.message, "extensions": bug.extensions()}
    else:  # the document or its variables do not fit the schema
        found = {
            "message": error.message,
            "extensions": {"code": "VALIDATION_ERROR", "status": 400},
        }
    if error.path:
        found["path"] = [str(part) for part in error.path]
    return found


def _of(info: Info) -> Backend:
    backend: Backend = info.context["backend"]
    return backend


# ---------------------------------------------------------------- queries


@query.field("order")
def _order(_: object, info: Info, id: str) -> dict[str, Any]:
    return views.order_view(_of(info), _of(info).order(id))


@query.field("orders")
def _orders(_: object, info: Info, **args: Any) -> dict[str, Any]:
    backend = _of(info)
    newest_first = [backend.order(key) for key in reversed(list(backend.orders))]
    chosen = [order for order in newest_first if _matches(order, args)]
    page = paging.page([order.id for order in chosen], args)
    nodes = [views.order_view(backend, backend.orders[key]) for key in page["keys"]]
    return paging.connection(nodes, page)


def _matches(order: Order, args: dict[str, Any]) -> bool:
    email, created = args.get("email"), args.get("created_at") or {}
    contact, organisation = order.customer.get("contact"), order.customer.get("organisation")
    emails = [contact and contact.get("email")]
    emails.append(organisation and (organisation.get("administration") or {}).get("email"))
    compare = {
        "gt": order.created_at.__gt__,
        "gte": order.created_at.__ge__,
        "lt": order.created_at.__lt__,
        "lte": order.created_at.__le__,
    }
    return (
        (email is None or email.casefold() in [e.casefold() for e in emails if e])
        and _among(order.number, args.get("number"))
        and _among(order.id, args.get("id"))
        and _among(order.status, args.get("progress"))
        and all(compare[key](limit) for key, limit in created.items() if limit is not None)
    )


def _among(value: str, chosen: dict[str, Any] | None) -> bool:
    values = (chosen or {}).get("values")
    return values is None or value in values


@query.field("items")
def _items(_: object, info: Info, filters: dict[str, Any]) -> list[dict[str, Any]]:
    if not filters.get("order_id"):
        raise invalid("filters.order_id", "order_id is required")
    order = _of(info).order(filters["order_id"], field="filters.order_id")
    return [
        {"id": unit, "sku": line.sku, "label": line.label}
        for line in order.lines
        for unit in line.unit_ids
    ]


@query.field("invoice")
def _invoice(_: object, info: Info, id: str) -> dict[str, Any]:
    invoice = _of(info).invoices.get(id)
    if invoice is None:
        raise not_found("invoice")
    return views.invoice_view(_of(info), invoice)


@query.field("paymentMethods")
def _payment_methods(_: object, info: Info) -> list[dict[str, Any]]:
    return views.method_views(_of(info))


def _by_id(name: str, things: Any) -> None:
    def find(_: object, info: Info, id: str) -> dict[str, Any]:
        found: dict[str, Any] | None = things().get(id)
        if found is None:
            raise not_found(name)
        return found

    query.set_field(name, find)


_by_id("contact", shop_people.contacts)
_by_id("organisation", shop_people.organisations)
_by_id("address", shop_people.addresses)


@query.field("channel")
def _channel(_: object, info: Info, id: str | None = None) -> dict[str, Any]:
    token: Token = info.context["token"]
    channel = shop.CHANNELS.get(id or token.channel_id or shop.STORE_CHANNEL)
    if channel is None:
        raise not_found("channel")
    return channel


@query.field("product")
def _product(_: object, info: Info, id: str) -> dict[str, Any]:
    for product in shop.products().values():
        if product.id == id:
            return views.product_view(product)
    raise not_found("product")


@query.field("products")
def _products(_: object, info: Info, **args: Any) -> dict[str, Any]:
    if args.get("first") is None and args.get("last") is None:
        args["first"] = 10
    page = paging.page(list(shop.products()), args)
    return paging.connection(
        [views.product_view(shop.products()[sku]) for sku in page["keys"]], page
    )


# ---------------------------------------------------------------- mutations


@mutation.field("createOrder")
def _create_order(_: object, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    order = orders.create(_of(info), input, info.context["token"])
    return {"order": views.order_view(_of(info), order)}


@mutation.field("setExpirationDateForOrder")
def _set_expiration(_: object, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    order = orders.set_expiration(_of(info), input["order_id"], input["expires_at"])
    return {"order": views.order_view(_of(info), order)}


@mutation.field("addItemsToOrder")
def _add_items(_: object, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    order = orders.add_items(_of(info), input["order_id"], input["items"])
    return {"order": views.order_view(_of(info), order)}


@mutation.field("addPaymentMethodToOrder")
def _attach(_: object, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    return {"order": views.order_view(_of(info), payments.attach_method(_of(info), input))}


@mutation.field("executePayment")
def _execute(_: object, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    payment = payments.execute(_of(info), _of(info).payment(input["payment_id"]))
    return {"payment": views.payment_view(_of(info), payment)}


@mutation.field("openOrder")
def _open(_: object, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    order = orders.open_order(_of(info), input["order_id"])
    return {"order": views.order_view(_of(info), order)}


@mutation.field("invoiceItems")
def _invoice_items(_: object, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    invoice = invoices.invoice_items(_of(info), input["items"], input.get("invoice_id"))
    return {"invoice": views.invoice_view(_of(info), invoice)}
