"""The local product index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_pos.adapters.catalogue.sqlite import SqliteCatalogue
from tui_pos.adapters.catalogue.store import CatalogueError

if TYPE_CHECKING:
    from tui_pos.adapters.catalogue.importing import BadRow, Summary, import_csv

__all__ = ["BadRow", "CatalogueError", "SqliteCatalogue", "Summary", "import_csv"]


def __getattr__(name: str) -> Any:
    """Importing price lists is loaded when it is used: a till starts without it."""
    if name in ("BadRow", "Summary", "import_csv"):
        from tui_pos.adapters.catalogue import importing

        return getattr(importing, name)
    raise AttributeError(name)
