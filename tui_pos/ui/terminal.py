"""The terminal's side of the keyboard: bytes to strokes, and everything one read brings in one event."""

from __future__ import annotations

import os
import selectors
import signal
import termios
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO, Any, cast

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui_pos.ui.strokes import Pasted, from_key, from_text

PASTE_LIMIT = 4096
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


class TillDriver(LinuxDriver):
    """Reads the keyboard without polling, survives any byte, and notices that the terminal is gone."""

    _wake: tuple[int, int] | None = None

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._file = cast("Any", _Output(cast("IO[str]", self._file)))

    @property
    def frames_behind(self) -> int:
        """How many writes the terminal has not taken yet."""
        return self._writer_thread._queue.qsize() if self._writer_thread is not None else 0

    def run_input_thread(self) -> None:
        reader = Reader()
        decode = getincrementaldecoder("utf-8")("replace").decode
        selector = selectors.DefaultSelector()
        wake, _ = self._wake = os.pipe()
        with selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = selector.select(constants.ESCAPE_DELAY if reader.is_waiting else None)
                if self.exit_event.is_set():
                    break
                if not ready:
                    self._pass_on(reader.tick())
                    continue
                try:
                    data = os.read(self.fileno, 16_384)
                except OSError:
                    data = b""
                if not data:
                    self._loop.call_soon_threadsafe(self._app.post_message, HungUp())
                    break
                self._pass_on(reader.feed(decode(data)))

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if isinstance(message, Typed):
                self._loop.call_soon_threadsafe(self._app.post_message, message)
            else:
                self.process_message(message)

    def disable_input(self) -> None:
        if self.exit_event.is_set():
            return
        with suppress(ValueError, OSError):
            signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        self.exit_event.set()
        if self._wake is not None:
            os.write(self._wake[1], b"x")
        if self._key_thread is not None:
            self._key_thread.join()
        if self._wake is not None:
            for descriptor in self._wake:
                os.close(descriptor)
            self._wake = None
        with suppress(termios.error):
            termios.tcflush(self.fileno, termios.TCIFLUSH)


class _Output:
    """The terminal's output, for a thread of its own: when the terminal is gone, what is written is dropped."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._is_gone = False

    def write(self, text: str) -> None:
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        self._try(self._file.flush)

    def fileno(self) -> int:
        return self._file.fileno()

    def _try(self, output: Callable[[], object]) -> None:
        if not self._is_gone:
            try:
                output()
            except OSError:
                self._is_gone = True


class HungUp(events.Event, bubble=False):
    """The terminal is gone."""
