"""The real program in a pseudo-terminal: what no test inside the process can see."""

from __future__ import annotations

import os
import re
import signal

import pytest
from pty_till import PtyTill

THIRTY = [str(4006381330000 + n * 7) for n in range(30)]
LEFT = "\x1b[?1049l"


def test_thirty_codes_in_one_write_are_thirty_lines_in_order() -> None:
    with PtyTill(size=(100, 50)) as till:
        till.send("".join(f"{code}\r" for code in THIRTY).encode())
        till.show(THIRTY[-1])
        numbered = [
            (int(match[1]), match[2])
            for row in till.rows
            if (match := re.match(r"\W*(\d+)\W+(\d{13})", row))
        ]
        assert numbered == list(enumerate(THIRTY, 1))


def test_a_scan_before_the_screen_is_up_counts() -> None:
    till = PtyTill()
    try:
        till.send(b"8712345678906\r")
        till.show("8712345678906")
        till.send(b"4006381333931\r")
        till.wait(lambda: re.search(r"2\W+4006381333931", till.text))
        assert re.search(r"1\W+8712345678906", till.text)
    finally:
        till.child.close(force=True)


@pytest.mark.parametrize(
    "junk",
    [
        b"\x1b[97:65;2;65u",
        b"\x1b[99999999999;1u",
        b"\xff\xfe\x80\xc3",
        b"\x00\x1c\x1e\x1f\x9b2J",
        b"\x03\x11\x1b\x1a\x1c",
        b"\x1b[<0;5;5M\x1b[<0;5;5m\x1b[I\x1b[O",
        b"\x1b]52;c;eA==\x07\x1b\x1b",
    ],
)
def test_no_bytes_end_the_till(junk: bytes) -> None:
    with PtyTill() as till:
        till.send(junk)
        till.read(0.3)  # longer than the wait for the rest of an escape sequence
        till.send(b"\x1b")
        till.read(0.3)
        till.send(b"\x1b")
        till.read(0.3)
        till.send(b"\x158712345678906\r")
        till.wait(lambda: re.search(r"1\W+8712345678906", till.text))


def test_a_paste_is_lines_and_a_huge_one_does_no_harm() -> None:
    with PtyTill() as till:
        till.send(b"\x1b[200~8712345678906\n4006381333931\n\x1b[201~")
        till.wait(lambda: re.search(r"2\W+4006381333931", till.text))
        till.send(b"\x1b[200~" + b"x\x1b[31m" * 2000 + b"\x1b[201~\x15")
        till.send(b"8712345678913\r")
        till.wait(lambda: re.search(r"3\W+8712345678913", till.text))


def test_the_window_may_be_any_size() -> None:
    with PtyTill() as till:
        till.send(b"8712345678906\r")
        till.show("8712345678906")
        for columns, rows in ((20, 5), (1, 1), (200, 60), (80, 24)):
            till.screen.resize(rows, columns)
            till.child.setwinsize(rows, columns)
            till.send(b"1\x15")
            till.read(0.2)
        till.wait(lambda: "F9 Pay" in till.rows[23])
        till.wait(lambda: re.search(r"1\W+8712345678906", till.text))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_till_in_good_order(number: signal.Signals) -> None:
    with PtyTill() as till:
        os.kill(till.child.pid, number)
        assert till.ended() == 0
        assert LEFT in till.raw


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTSTP, signal.SIGQUIT])
def test_signals_of_the_keyboard_do_nothing(number: signal.Signals) -> None:
    with PtyTill() as till:
        os.kill(till.child.pid, number)
        till.send(b"8712345678906\r")
        till.wait(lambda: re.search(r"1\W+8712345678906", till.text))


def test_leaving_is_asked_and_ends_with_zero() -> None:
    with PtyTill() as till:
        till.send(b"\x11")
        till.show("Leave the till?")
        till.send(b"\r\r")
        till.send(b"\x1b[20~")
        assert till.ended() == 0


def test_a_bug_ends_with_a_sentence_and_seventy() -> None:
    with PtyTill("--bug") as till:
        till.send(b"secret-4711\r")
        assert till.ended() == 70
        after = till.raw.partition(LEFT)[2]
        assert "Reference" in after
        assert "Traceback" not in after
        assert "secret-4711" not in after


def test_nothing_but_text_reaches_the_terminal() -> None:
    with PtyTill("--hostile") as till:
        start = len(till.raw)
        till.send(b"8712345678906\r")
        till.wait(lambda: re.search(r"1\W+8712345678906", till.text))
        written = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", till.raw[start:])
        assert {char for char in written if not char.isprintable()} <= set("\r\n")


def test_the_console_gets_base_colours_and_old_glyphs_only() -> None:
    with PtyTill(term="linux") as till:
        till.send(b"8712345678906\r0000123\r")
        till.show("UNKNOWN CODE")
        till.send(b"\x1b[[B")
        till.show("Find an article")
        codes = {
            code for found in re.findall(r"\x1b\[([0-9;]*)m", till.raw) for code in found.split(";")
        }
        assert codes <= {
            "",
            "0",
            "1",
            "2",
            "7",
            *map(str, range(30, 38)),
            *map(str, range(40, 48)),
            "39",
            "49",
        }
        text = re.sub(r"\x1b\[[0-9;?$]*[A-Za-z]", "", till.raw)
        for char in set(text) - set(
            "\r\n►€"
        ):  # in the code page as a sign, or in every console font
            char.encode("cp437")


def test_no_color_means_none() -> None:
    with PtyTill(NO_COLOR="1") as till:
        till.send(b"8712345678906\r")
        till.show("8712345678906")
        codes = {
            code for found in re.findall(r"\x1b\[([0-9;]*)m", till.raw) for code in found.split(";")
        }
        assert codes <= {"", "0", "1", "2", "7", "39", "49"}


def test_a_terminal_that_stands_still_holds_nothing_up() -> None:
    with PtyTill(size=(200, 60)) as till:
        for _ in range(400):  # far more frames than a terminal keeps
            till.send(b"\x1bOH\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[[A")
            till.send(b"\x1b[20~8712345678906\r\x1b")
        till.wait(lambda: "\x1b[?1049h" in till.raw)
        os.kill(till.child.pid, signal.SIGTERM)
        assert till.ended() == 0


def test_a_closed_window_ends_the_till() -> None:
    with PtyTill() as till:
        till.send(b"8712345678906\r")
        till.show("8712345678906")
        pid = till.child.pid
        till.child.ptyproc.fileobj.close()
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
