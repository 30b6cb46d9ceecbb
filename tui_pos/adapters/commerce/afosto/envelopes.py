"""What is inside an answer: the value that was asked for, or the error that was meant.

GraphQL may refuse with HTTP 200 or 400, REST with the matching status; either may name a code, a number,
both or none. An answer in part is never used.

Source: vendors.md, 1.2 and 5 (9, 11); payment-safety.md, 3.3 F4 to F9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_pos.adapters.commerce.afosto.dialect import is_validation
from tui_pos.adapters.commerce.answers import Answer, refusal, strict_json, unproven, words
from tui_pos.domain.errors import BackendError, Malformed, MaybeDone, NotAllowed, Refused

_STATUS = {
    "UNAUTHORIZED": 401,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "CONFLICT": 409,
    "LOCKED": 423,
    "RATE_LIMITED": 429,
    "VALIDATION_ERROR": 422,
    "BAD_USER_INPUT": 422,
    "BAD_REQUEST": 400,
    "GRAPHQL_PARSE_FAILED": 400,
    "GRAPHQL_VALIDATION_FAILED": 400,
    "INTERNAL_SERVER_ERROR": 500,
}
_INVALID = (400, 422)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The value of the asked field, or an error.

    Attributes:
        schema_words: the server's words if it refused the document itself, before running anything.
    """

    value: Any = None
    error: BackendError | None = None
    schema_words: tuple[str, ...] = ()


def graphql(answer: Answer, field: str) -> Verdict:
    """Judge an answer to a document with one root field. A null value is for the caller to judge."""
    try:
        return _graphql(answer, field)
    except BackendError as error:
        return Verdict(error=_named(error, field))


def _graphql(answer: Answer, field: str) -> Verdict:
    body = _mapping(answer)
    errors, data = body.get("errors"), body.get("data")
    if not errors:
        if not answer.is_success:
            raise _rest_refusal(answer, body)
        if not isinstance(data, dict) or field not in data:
            raise Malformed("its answer does not say what was asked")
        return Verdict(data[field])
    if not isinstance(errors, list) or not all(_is_error(error) for error in errors):
        raise Malformed("its answer is not readable")
    if data is not None and (not isinstance(data, dict) or data.get(field) is not None):
        raise Malformed("it answered only in part")
    found = [_graphql_error(answer, error) for error in errors]
    worst = next((error for error in found if isinstance(error, MaybeDone)), found[0])
    is_schema = all(
        isinstance(judged, Refused) and not error.get("path") and is_validation(error["message"])
        for judged, error in zip(found, errors, strict=True)
    )
    texts = tuple(error["message"][:500] for error in errors) if is_schema else ()
    return Verdict(error=_named(worst, field), schema_words=texts)


def _is_error(error: Any) -> bool:
    return isinstance(error, dict) and isinstance(error.get("message"), str)


def _graphql_error(answer: Answer, error: Mapping[str, Any]) -> BackendError:
    extensions = error.get("extensions")
    extensions = extensions if isinstance(extensions, dict) else {}
    message, field = error["message"], extensions.get("field")
    status = _meaning(extensions.get("code"), extensions.get("status"))
    if status is None:
        if 400 <= answer.status < 500:
            status = answer.status
        elif not error.get("path") and is_validation(message):
            status = 400
        else:
            return MaybeDone(words(message) or "it answered with an error")
    if status >= 500:
        return MaybeDone(words(message) or unproven(status))
    return refusal(
        status,
        message,
        field=field if isinstance(field, str) else "",
        retry_after_s=answer.retry_after_s,
    )


def _meaning(code: Any, status: Any) -> int | None:
    """The HTTP status that a code, a number, or both stand for; 500 for a word nobody knows; None for none.

    A server error in either wins. A number says more than a plain "invalid".
    """
    numbers = [n for n in (_number(code), _number(status)) if n is not None]
    if isinstance(code, str) and code and _number(code) is None:
        known = _STATUS.get(code.strip().upper())
        if known is None and not numbers:
            return 500
        if known is not None:
            numbers = [*numbers, known] if known in _INVALID else [known, *numbers]
    if not numbers:
        return None
    return 500 if any(not 400 <= n < 500 for n in numbers) else numbers[0]


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
        return int(value)
    return value if type(value) is int else None


def rest(answer: Answer) -> Mapping[str, Any]:
    """The object of a REST answer, with or without its `data` wrapper.

    Raises:
        BackendError: the error that the answer means.
    """
    body = _mapping(answer)
    if not answer.is_success:
        raise _rest_refusal(answer, body)
    if body.get("error") is not None:
        raise Malformed("its answer is an error and a success at once")
    value = body.get("data", body)
    if not isinstance(value, dict):
        raise Malformed("its answer does not say what was asked")
    return value


def _mapping(answer: Answer) -> dict[str, Any]:
    if answer.status >= 500 or answer.status < 200 or answer.status == 408:
        raise MaybeDone(unproven(answer.status))
    if 300 <= answer.status < 400:
        raise MaybeDone(unproven(answer.status))
    body = strict_json(answer.body)
    if not isinstance(body, dict):
        raise Malformed("its answer is not readable")
    return body


def _rest_refusal(answer: Answer, body: Mapping[str, Any]) -> BackendError:
    error = body.get("error")
    if not isinstance(error, dict) or not ({"code", "message"} & set(error)):
        return Malformed(unproven(answer.status))
    code = _number(error.get("code"))
    if code is not None and code >= 500:
        return MaybeDone(unproven(code))
    details = error.get("details")
    field = details.get("field") if isinstance(details, dict) else ""
    return refusal(
        answer.status,
        error.get("message"),
        field=field if isinstance(field, str) else "",
        retry_after_s=answer.retry_after_s,
    )


def _named(error: BackendError, operation: str) -> BackendError:
    """Say for which operation a right is missing: the vendor does not list the rights a till needs."""
    if isinstance(error, NotAllowed):
        detail = f"{error.detail} ({operation})" if error.detail else operation
        return NotAllowed(detail, code=error.code)
    return error
