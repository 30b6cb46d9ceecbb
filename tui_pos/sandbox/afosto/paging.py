"""Relay paging, with `edges` as the docs have it and `nodes` as the vendor's client does.

Source: vendors.md 1.3.
"""

from __future__ import annotations

import base64
from typing import Any

from tui_pos.sandbox.afosto.errors import invalid


def page(keys: list[str], args: dict[str, Any]) -> dict[str, Any]:
    """Relay paging over keys: which ones, and whether there are more on either side."""
    low, high = 0, len(keys)
    if args.get("after"):
        low = _position(keys, args["after"], "after") + 1
    if args.get("before"):
        high = max(low, _position(keys, args["before"], "before"))
    first, last = args.get("first"), args.get("last")
    for name, value in (("first", first), ("last", last)):
        if value is not None and value < 0:
            raise invalid(name, f"{name} must not be negative")
    if last is not None:
        low = max(low, high - last)
    elif first is not None:
        high = min(high, low + first)
    return {"keys": keys[low:high], "previous": low > 0, "next": high < len(keys)}


def _position(keys: list[str], cursor: str, field: str) -> int:
    try:
        return keys.index(base64.b64decode(cursor, validate=True).decode())
    except ValueError:
        raise invalid(field, "unknown cursor") from None


def connection(nodes: list[dict[str, Any]], page: dict[str, Any]) -> dict[str, Any]:
    """`edges` and `nodes` with the same nodes, and `pageInfo`."""
    cursors = [base64.b64encode(key.encode()).decode() for key in page["keys"]]
    return {
        "edges": [{"cursor": c, "node": n} for c, n in zip(cursors, nodes, strict=True)],
        "nodes": nodes,
        "pageInfo": {
            "hasNextPage": page["next"],
            "hasPreviousPage": page["previous"],
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }
