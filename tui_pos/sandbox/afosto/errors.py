"""The two error bodies of the contract: GraphQL `errors[]` and REST `error`.

Source: vendors.md 1.2.
"""

from __future__ import annotations

from typing import Any

STATUS_OF = {
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "VALIDATION_ERROR": 422,
    "RATE_LIMITED": 429,
    "INTERNAL_SERVER_ERROR": 500,
}


class ApiError(Exception):
    """A refusal the backend explains: nothing was done.

    `code` is the GraphQL code, `status` the REST status (and `extensions.status`), `field` the
    dotted path of the input at fault, for example `items.1.sku`.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        status: int | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.status = status if status is not None else STATUS_OF[code]
        self.retry_after_s = retry_after_s

    def extensions(self) -> dict[str, Any]:
        """The `extensions` object of a GraphQL error."""
        found: dict[str, Any] = {"code": self.code, "status": self.status}
        if self.field is not None:
            found["field"] = self.field
        return found

    def rest_body(self) -> dict[str, Any]:
        """`{"error": {code, message, details}, "meta": null}`."""
        details = {"field": self.field} if self.field is not None else None
        return {
            "error": {"code": self.status, "message": self.message, "details": details},
            "meta": None,
        }

    def graphql_body(self, path: list[str] | None = None) -> dict[str, Any]:
        """A whole GraphQL answer for a request refused before it ran."""
        error: dict[str, Any] = {"message": self.message, "extensions": self.extensions()}
        if path:
            error["path"] = path
        return {"data": None, "errors": [error]}


def not_found(what: str, *, field: str | None = None) -> ApiError:
    """`<what> not found`, 404."""
    return ApiError("NOT_FOUND", f"{what} not found", field=field)


def invalid(field: str | None, message: str) -> ApiError:
    """VALIDATION_ERROR, 422, naming the input."""
    return ApiError("VALIDATION_ERROR", message, field=field)


def conflict(message: str) -> ApiError:
    """The thing is in another state or in use: 409."""
    return ApiError("VALIDATION_ERROR", message, status=409)
