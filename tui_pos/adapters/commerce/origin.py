"""Where a call may go: exact origins, checked before anything is sent. Source: payment-safety.md, 5.2 NW1, NW3."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from tui_pos.domain.errors import ForeignAddress

_PORTS = {"https": 443, "http": 80}
# No backslash, space, quote, control or non-ASCII character: parsers disagree about those.
_PLAIN = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()*+,;=%\[\]]{1,2048}")


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port, all in lower case and without defaults."""

    scheme: str
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse(url: str) -> tuple[Origin, str]:
    """The origin and the path of an absolute address.

    Raises:
        ValueError: it is not plain http or https, names a user, or hides a step upwards in its path.
    """
    if not _PLAIN.fullmatch(url):
        raise ValueError("not a plain address")
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError("not a plain address")
    if any(unquote(step) in (".", "..") for step in parts.path.split("/")):
        raise ValueError("its path goes upwards")
    port = parts.port or _PORTS[parts.scheme]
    return Origin(parts.scheme, parts.hostname, port), parts.path or "/"


def trusted(url: str) -> Origin:
    """The origin of an address from the settings.

    Raises:
        ValueError: it is neither https nor http on this machine, or carries more than an origin and a path.
    """
    origin, _ = parse(url)
    if "?" in url:
        raise ValueError("an address in the settings has no query")
    if origin.scheme != "https" and not origin.is_loopback:
        raise ValueError("only https, or http on this machine")
    return origin


def require(url: str, allowed: Collection[Origin], *, prefix: str = "") -> Origin:
    """The origin of an address that the backend named, if it is one of `allowed`.

    Args:
        prefix: what its path must begin with; whole steps only.

    Raises:
        ForeignAddress: it is another server, another port, or another part of the server.
    """
    try:
        origin, path = parse(url)
    except ValueError:
        raise ForeignAddress("it is not a plain address") from None
    if origin not in allowed:
        raise ForeignAddress("it is not on the shop's own server")
    root = prefix.rstrip("/")
    if root and path != root and not path.startswith(root + "/"):
        raise ForeignAddress("it is not in the part of the server that starts payments")
    return origin
