"""The sales that are not finished: put aside, or being paid."""

from __future__ import annotations

from collections.abc import Sequence

from tui_pos.services.sale import Sale, Stage
from tui_pos.ui.grid import Row, Span, fit, right
from tui_pos.ui.present import age
from tui_pos.ui.screens.chooser import Chooser

_STATES = {
    Stage.SELLING: "put aside",
    Stage.PAYING: "being paid",
    Stage.PAID: "paid, invoice follows",
    Stage.DONE: "done",
}


class RecallScreen(Chooser):
    """Closes with the id of a sale."""

    title = "Bring back a sale"

    def _sales(self) -> Sequence[Sale]:
        return self.till.open_sales()

    def size(self) -> int:
        return len(self._sales())

    def head(self, cells: int) -> Sequence[Row]:
        if not self.size():
            return ()
        return (
            (
                (
                    Span(
                        f"     {self._columns(cells - 5, 'Sale', 'Items', 'Total', 'Since', 'State')}",
                        "dim",
                    ),
                )
            ),
        )

    def label(self, place: int, cells: int) -> str:
        sale = self._sales()[place]
        first = sale.basket[0] if sale.basket else None
        name = sale.label or (first.name or first.code if first else "")
        since = age((self.till.now() - sale.opened_at).total_seconds())
        money = self.app.format.money(sale.total)
        return self._columns(cells, name, str(sale.basket.units), money, since, _STATES[sale.stage])

    @staticmethod
    def _columns(cells: int, name: str, units: str, total: str, since: str, state: str) -> str:
        state_cells = 22 if cells >= 70 else 10
        rest = cells - 6 - 13 - 10 - state_cells - 4
        left = f"{fit(name, max(4, rest))} {right(units, 6)} {right(total, 13)}"
        return f"{left}  {fit(since, 9)} {fit(state, state_cells)}"

    def empty(self) -> str:
        return "No sale is put aside"

    def chosen(self, place: int) -> None:
        self.close(self._sales()[place].sale_id)
