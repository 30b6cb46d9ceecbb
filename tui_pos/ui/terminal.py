"""The terminal's side of the keyboard: bytes to strokes, everything that one read brings together, and frames out."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import termios
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import IO, Any, Protocol, cast

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui_pos.ui.strokes import Pasted, from_key, from_text

PASTE_LIMIT = 4096
_BEHIND = 8192
_LAST_WRITE_S = 0.5
_ESC = "\x1b"
_PASTE_BEGIN, _PASTE_END = "\x1b[200~", "\x1b[201~"


class Typed(events.Event, bubble=False):
    """All keys that one read of the terminal brought, in order."""

    def __init__(self, strokes: Iterable[str]) -> None:
        super().__init__()
        self.strokes = tuple(strokes)


class Reader:
    """Turns what was read into events: strokes as one `Typed`, and whatever else the terminal said.

    Text between escape sequences is taken as it is; the sequences go through Textual's parser. One
    that the parser cannot stand is dropped, and the parser begins anew.
    """

    def __init__(self) -> None:
        self._parser = XTermParser()
        self._sequence = ""
        self._pasting: list[str] | None = None
        self._pasted = 0
        self._tail = ""
        self._after_cr = False

    @property
    def is_waiting(self) -> bool:
        """Whether an escape sequence has begun that only time can end."""
        return bool(self._sequence)

    def feed(self, text: str) -> list[Message]:
        """What a read brought."""
        strokes: list[str] = []
        others: list[Message] = []
        at, end = 0, len(text)
        while at < end:
            if self._pasting is not None:
                at = self._paste(text, at, strokes)
            elif self._sequence:
                self._step(text[at], strokes, others)
                at += 1
            else:
                stop = text.find(_ESC, at)
                stop = end if stop < 0 else stop
                self._plain(text[at:stop], strokes)
                at = stop
                if at < end:
                    self._step(_ESC, strokes, others)
                    at += 1
        return [*others, Typed(strokes)] if strokes else others

    def tick(self) -> list[Message]:
        """What is known once nothing came for a while: a lone ESC was the Escape key."""
        strokes: list[str] = []
        others: list[Message] = []
        if self._sequence:
            self._sort(self._guarded(self._parser.tick), strokes, others)
        return [*others, Typed(strokes)] if strokes else others

    def _plain(self, text: str, strokes: list[str]) -> None:
        if not text:
            return
        if self._after_cr and text[0] == "\n":
            text = text[1:]
        self._after_cr = text.endswith("\r")
        strokes += from_text(text.replace("\r\n", "\r"))

    def _step(self, char: str, strokes: list[str], others: list[Message]) -> None:
        """One character of an escape sequence."""
        self._after_cr = False
        self._sequence = char if char == _ESC else self._sequence + char
        if self._sequence == _PASTE_BEGIN:
            self._restart()
            self._pasting, self._pasted, self._tail = [], 0, ""
            return
        self._sort(self._guarded(lambda: self._parser.feed(char)), strokes, others)

    def _guarded(self, produce: Callable[[], Iterable[Message]]) -> list[Message]:
        try:
            messages = list(produce())
        except Exception:  # whatever a terminal sends, the till goes on
            self._restart()
            return []
        if self._parser._awaiting.timeout is None:
            self._sequence = ""
        return messages

    def _restart(self) -> None:
        self._parser = XTermParser()
        self._sequence = ""

    @staticmethod
    def _sort(messages: Iterable[Message], strokes: list[str], others: list[Message]) -> None:
        for message in messages:
            if isinstance(message, events.Key):
                stroke = from_key(message.key, message.character)
                if stroke:
                    strokes.append(stroke)
            elif not isinstance(message, events.MouseEvent):
                others.append(message)

    def _paste(self, text: str, at: int, strokes: list[str]) -> int:
        """Take pasted text up to its end mark, wherever a read cut it; the index after it."""
        window = self._tail + text[at:]
        end = window.find(_PASTE_END)
        if end < 0:
            keep = len(_PASTE_END) - 1
            self._collect(window[:-keep])
            self._tail = window[-keep:]
            return len(text)
        self._collect(window[:end])
        consumed = end + len(_PASTE_END) - len(self._tail)
        strokes.append(Pasted("".join(self._pasting or ())))
        self._pasting = None
        self._tail = ""
        return at + consumed

    def _collect(self, text: str) -> None:
        room = PASTE_LIMIT - self._pasted
        if room > 0 and self._pasting is not None:
            self._pasting.append(text[:room])
            self._pasted += len(text[:room])


class Output:
    """Writes to the terminal without ever waiting for it; what it cannot take yet is kept.

    When the terminal is gone, what is written is dropped.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
        self._loop = loop
        self._pending = bytearray()
        self._is_waiting = self._is_gone = False
        try:
            # opened anew, since not to wait is a trait of the opening and not of the number
            flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY
            self._descriptor = os.open(os.ttyname(descriptor), flags)
        except OSError:
            self._descriptor = os.dup(descriptor)

    @property
    def behind(self) -> int:
        """How many bytes the terminal has not taken yet."""
        return len(self._pending)

    def write(self, text: str) -> None:
        if not self._is_gone:
            self._pending += text.encode("utf-8", "replace")
            if not self._is_waiting:
                self._flush()

    def _flush(self) -> None:
        while self._pending:
            try:
                written = os.write(self._descriptor, self._pending)
            except BlockingIOError:
                if not self._is_waiting:
                    self._is_waiting = True
                    self._loop.add_writer(self._descriptor, self._flush)
                return
            except OSError:
                self._is_gone = True
                self._pending.clear()
                break
            del self._pending[:written]
        if self._is_waiting:
            self._is_waiting = False
            self._loop.remove_writer(self._descriptor)

    def close(self) -> None:
        """Write the rest, for as long as the terminal takes it."""
        while self._pending and select.select([], [self._descriptor], [], _LAST_WRITE_S)[1]:
            self._flush()
        if self._is_waiting:
            self._loop.remove_writer(self._descriptor)
        self._is_gone = True
        os.close(self._descriptor)


class TillDriver(LinuxDriver):
    """Reads and writes on the event loop, without threads; survives any byte, and notices that the terminal is gone.

    A key needs no hand-over between threads this way, and an idle till no wake-up at all.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._keyboard = cast("Keyboard", app)
        self._output: Output | None = None
        self._reader = Reader()
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._tick_timer: asyncio.TimerHandle | None = None
        self._is_reading = False

    @property
    def is_behind(self) -> bool:
        """Whether the terminal is slower than what is written."""
        return self._output is not None and self._output.behind > _BEHIND

    def start_application_mode(self) -> None:
        if self._output is None:
            self._output = Output(self._loop, cast("IO[str]", self._file).fileno())
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._loop.add_reader(self.fileno, self._read)
        self._is_reading = True

    def _run_input_thread(self) -> None:
        """Nothing: Textual would read the keyboard here."""

    def write(self, data: str) -> None:
        if self._output is not None:
            self._output.write(data)

    def close(self) -> None:
        super().close()
        if self._output is not None:
            self._output.close()
            self._output = None

    def _read(self) -> None:
        if self._tick_timer is not None:
            self._tick_timer.cancel()
            self._tick_timer = None
        try:
            data = os.read(self.fileno, 16_384)
        except OSError:
            data = b""
        if not data:
            self._stop_reading()
            self._keyboard.end()
            return
        self._pass_on(self._reader.feed(self._decode(data)))
        if self._reader.is_waiting:
            self._tick_timer = self._loop.call_later(constants.ESCAPE_DELAY + 0.001, self._tick)

    def _tick(self) -> None:
        self._tick_timer = None
        self._pass_on(self._reader.tick())

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if isinstance(message, Typed):
                self._keyboard.typed(message.strokes)
            else:
                self.process_message(message)

    def _stop_reading(self) -> None:
        if self._is_reading:
            self._is_reading = False
            self._loop.remove_reader(self.fileno)
        if self._tick_timer is not None:
            self._tick_timer.cancel()

    def disable_input(self) -> None:
        self._stop_reading()
        with suppress(ValueError, OSError):
            signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        with suppress(termios.error):
            termios.tcflush(self.fileno, termios.TCIFLUSH)


class Keyboard(Protocol):
    """Who takes the keys."""

    def typed(self, strokes: Sequence[str]) -> None: ...

    def end(self) -> None:
        """The terminal is gone."""
        ...
