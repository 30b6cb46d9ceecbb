"""The bars that every full screen has: status at the top; what just happened, and the keys, at the bottom."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tui_pos.services.sale import Stage
from tui_pos.ui.grid import Row, Span, fit
from tui_pos.ui.keymap import Keymap
from tui_pos.ui.present import count, latency
from tui_pos.ui.widgets.frame import key_bar, spread

if TYPE_CHECKING:
    from tui_pos.ui.app import TillApp

Keep = Callable[[str, Any, Callable[[], Any]], Any]


def status_row(app: TillApp, keep: Keep, cells: int) -> Row:
    """Which till, how the backend does, what runs in the background, who, and the time."""
    till = app.till
    health = till.health
    paying = sum(
        1 for sale in till.sales.values() if sale is not till.current and sale.stage is Stage.PAYING
    )
    backend = ("", "bar-dim")
    if health.trouble:
        backend = (health.trouble, "bar-bad")
    elif health.is_reachable is False:
        backend = ("cannot be reached", "bar-bad")
    elif health.latency_ms is not None:
        backend = (latency(health.latency_ms), "bar-dim")
    time = till.now().astimezone().strftime("%H:%M")
    key = (
        till.till_id,
        till.store,
        till.backend_name,
        backend,
        paying,
        till.cashier,
        time,
        len(app.waiting),
        cells,
    )

    def make() -> Row:
        left = [Span(f" {till.till_id}", "bar-strong"), Span(f"  {till.store}", "bar")]
        right: list[Span] = []
        if app.waiting:
            right.append(Span(f"{count(len(app.waiting), 'scan')} waiting   ", "bar-warn"))
        if paying:
            right.append(Span(f"{count(paying, 'payment')} running   ", "bar-warn"))
        right += [
            Span(f"{till.backend_name} ", "bar"),
            Span(fit(backend[0], min(len(backend[0]), 30)), backend[1]),
        ]
        if till.cashier and cells >= 70:
            right.append(Span(f"   {fit(till.cashier, min(len(till.cashier), 16))}", "bar"))
        right.append(Span(f"   {time} ", "bar-strong"))
        return spread(left, right, cells, "bar")

    row: Row = keep("status", key, make)
    return row


def message_row(app: TillApp, keep: Keep, cells: int) -> Row:
    """What just happened, in one fixed place and as plain text."""
    text, style = app.notice
    row: Row = keep(
        "message",
        (text, style, cells),
        lambda: (
            (Span(fit(f" {text}", cells), style),)
            if style == "alarm"
            else (Span(f" {text}", style),)
        ),
    )
    return row


def key_row(app: TillApp, keymap: Keymap, keep: Keep, cells: int, next_step: str = "") -> Row:
    """The keys of this screen; the action `next_step` stands out."""
    extra = ("F12", "Customer") if app.customer is not None else None
    key = (id(keymap), cells, next_step)
    row: Row = keep("keys", key, lambda: key_bar(keymap, cells, next_step=next_step, extra=extra))
    return row
