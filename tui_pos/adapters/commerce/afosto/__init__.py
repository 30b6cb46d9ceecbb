"""Afosto: GraphQL for orders and invoices, REST for payments. Facts: guides 000 to 002 of the vendor."""

from tui_pos.adapters.commerce.afosto.adapter import Afosto
from tui_pos.adapters.commerce.afosto.options import AfostoOptions

__all__ = ["Afosto", "AfostoOptions"]
