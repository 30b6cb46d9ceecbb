"""The shell: one widget, one stack of screens, one place where keys come in and frames go out."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.timer import Timer

from tui_pos.domain.errors import PosError
from tui_pos.domain.events import Event, Level, Noticed
from tui_pos.services.sale import Sale, Stage
from tui_pos.services.tasks import new_reference
from tui_pos.ui import stylesheets, themes
from tui_pos.ui.grid import Row
from tui_pos.ui.present import Format, count
from tui_pos.ui.screens.base import TillScreen
from tui_pos.ui.strokes import Pasted, from_key
from tui_pos.ui.terminal import TillDriver, Typed
from tui_pos.ui.widgets.canvas import OLD_GLYPHS, Canvas
from tui_pos.ui.widgets.frame import box, over

if TYPE_CHECKING:
    from tui_pos.ports.customer import Customer
    from tui_pos.services.recovery import Recovered
    from tui_pos.services.till import Till

log = logging.getLogger("tui_pos")

BUG = 70
CUSTOMER_KEY = "f12"
_CLOSE_S = 8.0
_FRAME_S = 1 / 60
_WAITING_LIMIT = 500

OnReady = Callable[[], Awaitable[None] | None]


class TillApp(App[int]):
    """Shows screens and hands them keys.

    Args:
        till: the facade of the services; `till.start()` is called after the first frame.
        theme: `till-dark` or `till-contrast`; terminals without colours get their own.
        note: a sentence of the shop for the empty sale.
        on_ready: called after the first frame, in order.
        on_close: called before the till ends, with a few seconds' time.
        customer: somebody who presses the keys of simulated terminals, in the demo.
        recovered: what was open when the till last stopped.
        first: another first screen than the sale.
    """

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS = []
    CSS = stylesheets.load()

    def __init__(
        self,
        till: Till,
        *,
        theme: str = themes.DARK,
        note: str = "",
        on_ready: Sequence[OnReady] = (),
        on_close: Callable[[], Awaitable[None]] | None = None,
        customer: Customer | None = None,
        recovered: Recovered | None = None,
        first: TillScreen | None = None,
    ) -> None:
        wanted = themes.choose(theme, os.environ)
        super().__init__(driver_class=TillDriver, ansi_color=wanted == themes.CONSOLE or None)
        self.till = till
        self.note = note
        self.customer = customer
        self._recovered = recovered
        self.format = Format(till.locale)
        self.notice: tuple[str, str] = ("", "message")
        self.waiting: deque[str] = deque()
        self._early: list[str] = []
        self.canvas = Canvas(self._draw)
        self._stack: list[TillScreen] = []
        self._first = first
        self._on_ready, self._on_close = tuple(on_ready), on_close
        self._timers_of: dict[TillScreen, Timer] = {}
        self._tasks_of: dict[asyncio.Task[Any], TillScreen | None] = {}
        self._is_taking = self._is_shown = self._is_ending = False
        self._bell = False
        self._frame_timer: asyncio.TimerHandle | None = None
        self._painted_at = 0.0
        self._unsubscribe: Callable[[], None] | None = None
        self._disable_notifications = self._disable_tooltips = True
        self._bindings.key_to_bindings.clear()
        self.register_theme(themes.theme(wanted))
        self.theme = wanted
        self.set_class(wanted == themes.CONSOLE, "-plain")
        if themes.is_console(os.environ):
            self.add_class("-console")
            self.canvas.glyphs = OLD_GLYPHS

    def compose(self) -> ComposeResult:
        yield self.canvas

    # Screens ---------------------------------------------------------------------------------------

    @property
    def top(self) -> TillScreen | None:
        """The screen that keys go to."""
        return self._stack[-1] if self._stack else None

    @property
    def stack(self) -> Sequence[TillScreen]:
        return tuple(self._stack)

    def open_screen(
        self, screen: TillScreen, on_result: Callable[[Any], None] | None = None
    ) -> None:
        """Put a screen on top; it draws and takes keys from now on. `on_result` gets what it closes with."""
        screen.app = self
        screen.on_result = on_result
        self._stack.append(screen)
        if screen.tick_s:
            self._timers_of[screen] = self.set_interval(screen.tick_s, lambda: self._tick(screen))
        screen.opened()
        self.repaint()

    def close_screen(self, screen: TillScreen, result: Any = None) -> None:
        """Take a screen, and what lies above it, off the stack. The first screen stays."""
        if screen not in self._stack[1:]:
            return
        while self._stack[-1] is not screen:
            self._drop(self._stack[-1])
        self._drop(screen)
        self._stack[-1].resumed()
        if screen.on_result is not None:
            screen.on_result(result)
        self.repaint()

    def _drop(self, screen: TillScreen) -> None:
        self._stack.remove(screen)
        timer = self._timers_of.pop(screen, None)
        if timer is not None:
            timer.stop()
        for task, owner in list(self._tasks_of.items()):
            if owner is screen:
                task.cancel()
        screen.closed()

    def open_payment(self, sale: Sale | None = None) -> None:
        """The payment screen for a sale, by default the current one."""
        from tui_pos.ui.screens.payment import PaymentScreen  # type: ignore[import-not-found,import-untyped,unused-ignore]

        self.open_screen(PaymentScreen(self.till, sale or self.till.current))

    def _tick(self, screen: TillScreen) -> None:
        screen.tick()
        self.repaint()

    # Telling ---------------------------------------------------------------------------------------

    def say(self, text: str, style: str = "message") -> None:
        """Put a sentence into the message line."""
        self.notice = (text, style)
        self.repaint()

    def alarm(self, text: str) -> None:
        """A sentence that must not be overlooked, with the bell."""
        self._bell = True
        self.say(text, "alarm")

    def hush(self) -> None:
        """Empty the message line."""
        if self.notice[0]:
            self.say("")

    def why_not_quit(self) -> str:
        """What must be finished before the till may be left; "" for nothing."""
        till = self.till
        if any(sale.stage is Stage.PAYING for sale in till.sales.values()):
            return "A payment is running. Wait for it, then leave"
        if till.current.basket or till.open_sales():
            return "There are open sales. Pay or cancel them, then leave (F7 shows them)"
        return ""

    def queue_scan(self, line: str) -> None:
        """Keep a scan until the sale screen is back."""
        if len(self.waiting) >= _WAITING_LIMIT:
            self.alarm("Too many scans are waiting. Finish this first; the last scan was not kept")
            return
        self.waiting.append(line)
        self.repaint()

    def hear(self, event: Event) -> None:
        """Something that a service said."""
        if isinstance(event, Noticed):
            if event.level is Level.ALARM:
                self.alarm(event.text)
            else:
                self.say(event.text, "good" if event.level is Level.GOOD else "message")
        for screen in tuple(self._stack):
            screen.told(event)
        self.repaint()

    def spawn(
        self, work: Coroutine[Any, Any, Any], name: str, *, owner: TillScreen | None = None
    ) -> None:
        """Run something for a screen; what it refuses is said, what it did not expect ends the till."""
        task = asyncio.create_task(work, name=name)
        self._tasks_of[task] = owner
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks_of.pop(task, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, PosError):
            self.alarm(error.sentence)
        elif isinstance(error, Exception):
            self._handle_exception(error)
        self.repaint()

    # Keys ------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """The one place where keys come in; they are handled here and now, and nothing bubbles."""
        if isinstance(event, Typed):
            self.take(event.strokes)
        elif isinstance(event, events.Key):
            stroke = from_key(event.key, event.character)
            self.take((stroke,) if stroke else ())
        elif isinstance(event, events.Paste):
            self.take((Pasted(event.text),))
        elif not isinstance(event, events.MouseEvent):
            await super().on_event(event)

    def typed(self, strokes: Sequence[str]) -> None:
        """Keys from the terminal, straight from the read; those that come before there is a screen wait for it."""
        if self.top is None:
            self._early += strokes
            return
        try:
            self.take(strokes)
        except Exception as error:
            self._handle_exception(error)

    def take(self, strokes: Iterable[str]) -> None:
        """Hand keys to the screens, in order, and show what became of them in one frame."""
        if self._is_ending:
            return
        pending: deque[str] = deque()
        self._is_taking = True
        try:
            for stroke in strokes:
                if stroke == CUSTOMER_KEY and self.customer is not None:
                    self._hand_on(pending)
                    self._be_customer(self.customer)
                else:
                    pending.append(stroke)
            self._hand_on(pending)
        finally:
            self._is_taking = False
        self.paint()

    def _hand_on(self, pending: deque[str]) -> None:
        while pending and self.top is not None:
            self.top.take(pending)

    def _be_customer(self, customer: Customer) -> None:
        """Go round the counter, or back: only where the terminals are simulated."""
        from tui_pos.ui.screens.customer import CustomerScreen

        if isinstance(self.top, CustomerScreen):
            self.top.close()
        else:
            self.open_screen(CustomerScreen(customer))

    # Frames ----------------------------------------------------------------------------------------

    def _draw(self, width: int, height: int) -> list[Row]:
        rows: list[Row] = []
        caret = (0, 0)
        first = max((n for n, s in enumerate(self._stack) if not s.is_dialog), default=0)
        for screen in self._stack[first:]:
            if screen.is_dialog:
                inner, room = max(1, min(width - 6, 100)), max(1, height - 5)
                content = screen.draw(inner, room)[:room]
                frame = box(screen.title, content, screen.keymap, inner)
                rows, x, y = over(rows, frame, width, height)
                place = screen.caret
                caret = (x + 2 + place[0], y + 2 + place[1]) if place else (x + 2, y + 2)
            else:
                rows = screen.draw(width, height)
                caret = screen.caret or (0, 0)
        self.cursor_position = Offset(
            min(caret[0], max(0, width - 1)), min(caret[1], max(0, height - 1))
        )
        return rows

    def repaint(self) -> None:
        """Show what changed: at the end of the keys at hand, else soon, and at most once per frame."""
        if self._is_taking or self._frame_timer is not None or not self._running:
            return
        loop = asyncio.get_running_loop()
        due = max(loop.time(), self._painted_at + _FRAME_S)
        self._frame_timer = loop.call_at(due, self._paint_safely)

    def _paint_safely(self) -> None:
        self._frame_timer = None
        try:
            self.paint()
        except Exception as error:
            self._handle_exception(error)

    def paint(self) -> None:
        """Show what changed, now."""
        if self._frame_timer is not None:
            self._frame_timer.cancel()
            self._frame_timer = None
        driver, canvas = self._driver, self.canvas
        if not canvas.is_mounted or driver is None or not self._running:
            return
        is_direct = self._is_shown and not self._batch_count and isinstance(driver, TillDriver)
        if is_direct and isinstance(driver, TillDriver) and driver.is_behind:
            self._painted_at = asyncio.get_running_loop().time()
            self.repaint()  # a slow line gets fewer frames, and nobody waits for it
            return
        found = canvas.compute()
        if found and is_direct:
            caret = self.cursor_position
            driver.write(canvas.frame(found, (caret.x, caret.y), synchronized=self._sync_available))
            self._painted_at = asyncio.get_running_loop().time()
        else:
            canvas.through_textual(found)
        if self._bell:
            self._bell = False
            self.bell()

    def post_display_hook(self) -> None:
        if not self._is_shown and self._dom_ready and not self._batch_count:
            self._is_shown = True
            self.spawn(self._start_services(), "start")

    async def _start_services(self) -> None:
        await asyncio.sleep(0)
        await self.till.start()
        if not self.is_headless:
            gc.freeze()  # what is loaded stays; going through it again and again would take 20 ms each time
        for ready in self._on_ready:
            result = ready()
            if result is not None:
                await result

    # Life ------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.end)
            for number in (signal.SIGTSTP, signal.SIGINT, signal.SIGQUIT):
                signal.signal(number, signal.SIG_IGN)
        self._unsubscribe = self.till.subscribe(self.hear)
        if self._first is None:
            from tui_pos.ui.screens.sale import SaleScreen

            self._first = SaleScreen()
        self.open_screen(self._first)
        if self._recovered is not None:
            self._tell_recovered(self._recovered)
        self._next_minute()
        self.take(self._early)

    def _tell_recovered(self, recovered: Recovered) -> None:
        if recovered.unresolved:
            payments = count(len(recovered.unresolved), "payment")
            self.alarm(f"{payments} from before the restart must be looked at: F7")
        elif recovered.sales:
            self.say(
                f"{count(len(recovered.sales), 'sale')} from before the restart: F7 shows them"
            )

    def _next_minute(self) -> None:
        """The clock of the status bar: one wake-up a minute."""
        now = self.till.now()
        self.set_timer(60.05 - now.second - now.microsecond / 1e6, self._next_minute, name="clock")
        self.repaint()

    def end(self) -> None:
        """Take no more keys, let the services finish what they must, and leave."""
        if self._is_ending:
            return
        self._is_ending = True
        task = asyncio.get_running_loop().create_task(self._end(), name="end")
        self._tasks_of[task] = None

    async def _end(self) -> None:
        code = 0
        try:
            if self._on_close is not None:
                async with asyncio.timeout(_CLOSE_S):
                    await self._on_close()
        except Exception:
            log.exception("the till did not close well")
            code = BUG
        self.exit(code, return_code=code)

    def _on_unmount(self) -> None:
        if callable(self._unsubscribe):
            self._unsubscribe()
        if self._frame_timer is not None:
            self._frame_timer.cancel()
        for task in list(self._tasks_of):
            if task is not asyncio.current_task():
                task.cancel()

    def _handle_exception(self, error: Exception) -> None:
        """A bug: the log gets the trace, without the values of variables; people get a sentence."""
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
            reference = new_reference()
            log.critical("%s: the till stopped", reference, exc_info=error)
            self._stop_with(reference)

    def panic(self, *renderables: Any) -> None:
        self._stop_with(new_reference())

    def _fatal_error(self) -> None:
        self._stop_with(new_reference())

    def _stop_with(self, reference: str) -> None:
        self._return_code = BUG
        self._is_ending = True
        self._exit_renderables[:] = [
            Text(
                "The till stopped because of an error of its own. What was rung up and every payment are in the "
                f"journal: start it again. Reference: {reference}"
            )
        ]
        self._close_messages_no_wait()

    async def action_quit(self) -> None:
        """Taken away from Textual: the till has its own way to leave."""

    def action_suspend_process(self) -> None:
        """Never: a shell must not appear."""

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Never: links are shown, not opened."""


def run(app: TillApp) -> int:
    """Run the till in this terminal; the exit code."""
    with suppress(KeyboardInterrupt):
        app.run(mouse=False)
    return BUG if app.return_code is None else app.return_code
