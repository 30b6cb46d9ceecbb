"""A value of a settings file: its type, its form, and one sentence when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

REQUIRED: Any = object()
_KINDS = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    list: "a list of texts",
    dict: "a section",
}


class Wrong(Exception):
    """What is wrong with a value, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Key:
    """What one setting may be."""

    kind: type
    default: Any = REQUIRED
    check: Callable[[Any], Any] = lambda value: value

    def read(self, value: Any) -> Any:
        """The value in the form the program uses.

        Raises:
            Wrong: it is not of this kind or form.
        """
        if type(value) is not self.kind:  # True is no number and 1 is no yes
            raise Wrong(f"must be {_KINDS[self.kind]}, not {_kind_of(value)}")
        if isinstance(value, list) and not all(type(part) is str for part in value):
            raise Wrong("must be a list of texts")
        return self.check(value)


def _kind_of(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "a number"
    return {str: "text", bool: "true or false", list: "a list", dict: "a section"}.get(
        type(value), "a date or time"
    )


def text(*, limit: int = 200, may_be_empty: bool = True) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not value.strip() and not may_be_empty:
            raise Wrong("must not be empty")
        if len(value) > limit:
            raise Wrong(f"must not be longer than {limit} characters")
        if not value.isprintable():
            raise Wrong("must be one line without control characters")
        return value.strip()

    return check


def form(pattern: str, words: str) -> Callable[[str], str]:
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise Wrong(f"must be {words}")
        return value

    return check


def one_of(*names: str, later: Sequence[str] = ()) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value in later:
            raise Wrong(f'"{value}" is not available in this version')
        if value not in names:
            *first, last = (f'"{name}"' for name in names)
            raise Wrong(
                f"must be {', '.join(first) + ' or ' if first else ''}{last}" + near(value, names)
            )
        return value

    return check


def near(name: str, known: Sequence[str]) -> str:
    """The nearest known name as the end of a sentence; "" when none is near."""
    from difflib import get_close_matches

    close = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def between(low: int, high: int) -> Callable[[int], int]:
    def check(value: int) -> int:
        if not low <= value <= high:
            raise Wrong(f"must be between {low} and {high}")
        return value

    return check


def base_url(value: str) -> str:
    """An address that a token may be sent to."""
    origin = _origin(value)
    path = urlsplit(value).path.rstrip("/")
    if "//" in path or ".." in path:
        raise Wrong("has a path that is not plain")
    return origin + path


def origins(values: list[str]) -> tuple[str, ...]:
    for value in values:
        if urlsplit(value).path not in ("", "/"):
            raise Wrong("must be a list of origins, such as https://files.example.com")
    return tuple(_origin(value) for value in values)


def _origin(value: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value or "\\" in value:
        raise Wrong("must be a plain web address")
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Wrong("must be a web address") from None
    if parts.scheme not in ("https", "http") or not host:
        raise Wrong("must be a web address that begins with https://")
    if "@" in parts.netloc:
        raise Wrong("must not hold a user name or a password")
    if "?" in value or "#" in value:
        raise Wrong('must not hold a "?" or a "#"')
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", host):
        raise Wrong("must be a plain web address")
    if parts.scheme == "http" and not _is_loopback(host):
        raise Wrong(
            "must begin with https:// (http:// is for this machine only, such as 127.0.0.1)"
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def path_with(placeholder: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        is_plain = re.fullmatch(r"(/[A-Za-z0-9._~{}-]+)+", value) is not None
        if not is_plain or ".." in value or value.startswith("//"):
            raise Wrong('must be a plain path that begins with "/"')
        if re.findall(r"\{\w+\}|[{}]", value) != [placeholder]:
            raise Wrong(f"must hold {placeholder} once, and no other braces")
        return value

    return check
