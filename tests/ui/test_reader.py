from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_pos.ui import terminal_env

terminal_env.prepare()

from tui_pos.ui.strokes import GS, Pasted  # noqa: E402
from tui_pos.ui.terminal import PASTE_LIMIT, Reader, Typed  # noqa: E402


def read(*chunks: str, tick: bool = True) -> list[str]:
    reader = Reader()
    events = [event for chunk in chunks for event in reader.feed(chunk)]
    if tick and reader.is_waiting:
        reader._parser._timeout_time = 0
        events += reader.tick()
    return [stroke for event in events if isinstance(event, Typed) for stroke in event.strokes]


@pytest.mark.parametrize(
    ("sent", "strokes"),
    [
        ("12\r", ["1", "2", "enter"]),
        ("12\n", ["1", "2", "enter"]),
        ("12\r\n", ["1", "2", "enter"]),
        ("\r\r", ["enter", "enter"]),
        ("1\t", ["1", "tab"]),
        ("\x7f\b", ["backspace", "backspace"]),
        (f"01{GS}2", ["0", "1", GS, "2"]),
        ("\x1bOP\x1b[[A\x1b[11~", ["f1", "f1", "f1"]),
        ("\x1b[20~", ["f9"]),
        ("\x1b[A\x1b[B\x1b[5~\x1b[6~", ["up", "down", "pageup", "pagedown"]),
        ("\x1bOj\x1bOk\x1bOm\x1bOo", ["*", "+", "-", "/"]),
        ("\x1bOM", ["enter"]),
        ("é€漢", ["é", "€", "漢"]),
        ("\x03\x11\x1a\x15", ["ctrl+c", "ctrl+q", "ctrl+z", "ctrl+u"]),
        ("\x1b", ["escape"]),
        ("\x00\x80\x9b", []),
    ],
)
def test_bytes_become_strokes(sent: str, strokes: list[str]) -> None:
    assert read(sent) == strokes


def test_one_read_is_one_event_in_order() -> None:
    sent = "".join(f"{code}\r" for code in range(1000, 1030)) + "\x1b[20~9"
    events = [event for event in Reader().feed(sent) if isinstance(event, Typed)]
    assert len(events) == 1
    assert "".join(s if len(s) == 1 else f"<{s}>" for s in events[0].strokes) == (
        "".join(f"{code}<enter>" for code in range(1000, 1030)) + "<f9>9"
    )


def test_cr_and_lf_in_two_reads_end_one_line() -> None:
    assert read("12\r", "\n3\r", "\n") == ["1", "2", "enter", "3", "enter"]


PASTE = "\x1b[200~871\r\n872\x1b[201~"


@given(st.integers(0, len(PASTE)), st.integers(0, len(PASTE)))
def test_a_paste_is_one_stroke_wherever_it_is_cut(one: int, two: int) -> None:
    one, two = sorted((one, two))
    assert read("1" + PASTE[:one], PASTE[one:two], PASTE[two:] + "2") == [
        "1",
        Pasted("871\r\n872"),
        "2",
    ]


def test_a_large_paste_is_capped() -> None:
    (pasted,) = read("\x1b[200~" + "8" * 100_000 + "\x1b[201~")
    assert len(pasted) == PASTE_LIMIT


@pytest.mark.parametrize(
    "junk",
    ["\x1b[97:65;2;65u", "\x1b[;;;u", "\x1b[9999999999999999;1u", "\x1b[<1;1M", "\x1b]0;x\x07"],
)
def test_a_malformed_sequence_does_no_harm(junk: str) -> None:
    assert read(junk, "12\r")[-3:] == ["1", "2", "enter"]


@given(
    st.lists(
        st.text(st.sampled_from("\x1b[;:0127~uOPM<?$ \r\n\tqé\x00\x9b"), max_size=20), max_size=8
    )
)
def test_no_bytes_stop_the_reader(chunks: list[str]) -> None:
    reader = Reader()
    for chunk in chunks:
        reader.feed(chunk)
    for _ in range(3):
        reader._parser._timeout_time = 0
        reader.tick()
    reader.feed("\x1b[201~")
    reader._parser._timeout_time = 0
    reader.tick()
    typed = [s for e in reader.feed("12\r") if isinstance(e, Typed) for s in e.strokes]
    assert typed[-3:] == ["1", "2", "enter"]
