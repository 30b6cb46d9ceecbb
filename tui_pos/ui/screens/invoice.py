"""Earlier invoices: the last one is offered first, any other one by its id."""

from __future__ import annotations

import asyncio

from tui_pos.domain.errors import PosError
from tui_pos.services.till import Till
from tui_pos.ui.grid import Row
from tui_pos.ui.ingress import LINE_LIMIT, pasted_lines
from tui_pos.ui.keymap import Action, Keymap
from tui_pos.ui.qr import QrCode, qr_code
from tui_pos.ui.screens.bars import key_row, message_row, status_row
from tui_pos.ui.screens.base import TillScreen
from tui_pos.ui.screens.invoice_view import Shown, draw_invoice
from tui_pos.ui.screens.payment_parts import Space
from tui_pos.ui.screens.sale_view import Memo
from tui_pos.ui.strokes import Pasted, Strokes, is_text

KEYS = Keymap(
    (
        Action(
            "read",
            "Read",
            "Read the invoice whose id was typed; nothing typed is the last one.",
            ("enter",),
        ),
        Action("back", "Back", "Back to the sale; clears the id first.", ("escape",)),
    )
)


class InvoiceScreen(TillScreen):
    """Shows an invoice with its link and code."""

    title = "Invoices"
    keymap = KEYS

    def __init__(self, till: Till | None = None) -> None:
        super().__init__()
        self.text = ""
        self.shown: Shown | None = None
        self.is_reading = False
        self._wanted = ""
        self._memo = Memo()
        self._codes: dict[str, QrCode | None] = {}

    def opened(self) -> None:
        """The last invoice is there at once."""
        self.app.hush()
        last = self.till.last_done
        if last is not None and last.invoice is not None:
            self.shown = Shown(last.invoice, last.invoice_path)

    @property
    def last_id(self) -> str:
        last = self.till.last_done
        return last.invoice.invoice_id if last is not None and last.invoice is not None else ""

    def draw(self, width: int, height: int) -> list[Row]:
        space = Space(width, max(1, height - 3))
        link = self.shown.invoice.pdf_url if self.shown else ""
        body, place = draw_invoice(
            self.shown,
            self.text,
            space,
            self.app.format,
            self._code(link),
            is_reading=self.is_reading,
            last=self.last_id,
        )
        body = body[: space.height]
        if height < 4:
            return body
        self.caret = (place[0], place[1] + 1)
        return [
            status_row(self.app, self._memo, width),
            *body,
            *[()] * (space.height - len(body)),
            message_row(self.app, self._memo, width),
            key_row(self.app, self.keymap, self._memo, width),
        ]

    def _code(self, link: str) -> QrCode | None:
        if link and link not in self._codes:
            self._codes[link] = None
            self.spawn(self._make_code(link), "QR code")
        return self._codes.get(link)

    async def _make_code(self, link: str) -> None:
        self._codes[link] = await asyncio.to_thread(qr_code, link)

    # Keys ------------------------------------------------------------------------------------------

    def take(self, strokes: Strokes) -> None:
        while strokes and self.is_top:
            if isinstance(strokes[0], Pasted):
                lines, rest = pasted_lines(strokes.popleft())
                self.text = (self.text + (lines[0] if lines else rest)).strip()[:LINE_LIMIT]
            else:
                self._guard.feed(strokes)

    def is_scan(self, text: str, at_once: bool) -> bool:
        """An id is as long as a code: here a code of digits is a scan, and waits."""
        return text.isdecimal() and len(text) in (8, 12, 13, 14)

    def retracted(self) -> None:
        self.text = ""

    def key(self, key: str) -> None:
        if is_text(key) and len(self.text) < LINE_LIMIT:
            self.text += key
        elif key == "backspace":
            self.text = self.text[:-1]
        elif key == "ctrl+u":
            self.text = ""

    def do_read(self) -> None:
        invoice_id = self.text.strip() or self.last_id
        if not invoice_id:
            self.say("No sale was finished yet. Type the id of an invoice, then Enter")
        else:
            self.is_reading, self.text = True, ""
            self._wanted = invoice_id
            self.spawn(self._read(invoice_id), "invoice")

    async def _read(self, invoice_id: str) -> None:
        try:
            invoice = await self.till.finisher.retrieve(invoice_id)
        except PosError as error:
            if self._wanted != invoice_id:
                return
            self.app.alarm(error.sentence)
            self.text = self.text or invoice_id
            return
        finally:
            self.is_reading = self.is_reading and self._wanted != invoice_id
        if self._wanted != invoice_id:  # another one was asked for meanwhile
            return
        last = self.till.last_done
        is_last = last is not None and invoice.invoice_id == self.last_id
        self.shown = Shown(invoice, last.invoice_path if last is not None and is_last else "")
        self.app.hush()

    def do_back(self) -> None:
        if self.text:
            self.text = ""
        else:
            self.close()
