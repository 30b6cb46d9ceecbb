"""Where invoices are kept."""

from __future__ import annotations

from typing import Protocol


class Documents(Protocol):
    """A folder of the shop's own."""

    async def save(self, name: str, data: bytes) -> str:
        """Keep a document; never over another one.

        Args:
            name: what to call it, made of foreign text; no path can be made of it.

        Returns:
            The path, for people.

        Raises:
            PosError: it could not be kept.
        """
        ...
