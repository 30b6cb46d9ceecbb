"""The local product index."""

from tui_pos.adapters.catalogue.importing import BadRow, Summary, import_csv
from tui_pos.adapters.catalogue.sqlite import SqliteCatalogue
from tui_pos.adapters.catalogue.store import CatalogueError

__all__ = ["BadRow", "CatalogueError", "SqliteCatalogue", "Summary", "import_csv"]
