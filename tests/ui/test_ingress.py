from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_pos.ui.ingress import (
    Act,
    Command,
    Guard,
    LineEditor,
    Nothing,
    Refuse,
    Ring,
    Search,
    SetQuantity,
    code_of,
    pasted_lines,
    understand,
)
from tui_pos.ui.keymap import SALE, Action, Keymap
from tui_pos.ui.strokes import GS, Pasted, from_text
from tui_pos.ui.widgets.frame import key_bar


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("8712345678906", Ring("8712345678906")),
        ("  8712345678906 ", Ring("8712345678906")),
        ("3*8712345678906", Ring("8712345678906", 3)),
        ("3 * 8712345678906", Ring("8712345678906", 3)),
        ("12*ABC-1", Ring("ABC-1", 12)),
        ("0*871", Ring("871", 0)),
        ("*5", SetQuantity(5)),
        ("5*", SetQuantity(5)),
        ("ABC-123", Ring("ABC-123")),
        ("coffee", Search("coffee")),
        ("coffee 250", Search("coffee 250")),
        ("/7-up", Search("7-up")),
        ("/", Search("")),
        ("3*coffee", Search("coffee")),
        ("vd", Act("vd")),
        ("VD", Act("vd")),
        ("cancel", Act("cancel")),
        ("", Nothing()),
        ("   ", Nothing()),
        ("]E08712345678906", Ring("8712345678906")),
        (f"]d201087123456789061712123110LOT{GS}21X", Ring("08712345678906")),
        (f"{GS}010871234567890610LOT", Ring("08712345678906")),
        ("10x10", Ring("10x10")),
    ],
)
def test_a_line_means_one_thing(line: str, meaning: Command) -> None:
    assert understand(line, SALE.words) == meaning


def test_a_line_that_is_too_long_is_refused() -> None:
    assert isinstance(understand("8" * 500, SALE.words), Refuse)


@given(st.text())
def test_every_line_means_something(line: str) -> None:
    assert isinstance(understand(line, SALE.words), Command)


@given(st.text(max_size=40))
def test_a_code_never_grows(text: str) -> None:
    assert len(code_of(text)) <= len(text)


def test_the_editor_stops_growing() -> None:
    editor = LineEditor()
    for _ in range(10_000):
        editor.put("8")
    assert len(editor.text) < 200


def test_a_paste_is_lines_and_a_rest() -> None:
    assert pasted_lines("1\r\n2\r3\n\n4") == (["1", "2", "3"], "4")
    assert pasted_lines("\x1b[31m12\n") == (["[31m12"], "")


class Answers:
    def __init__(self) -> None:
        self.keys: list[str] = []
        self.scans: list[str] = []
        self.guard = Guard(self.keys.append, self.scan)

    def scan(self, text: str) -> None:
        self.scans.append(text)
        self.keys.append("<scan>")

    def feed(self, *events: list[str]) -> None:
        for event in events:
            strokes = deque(event)
            while strokes:
                self.guard.feed(strokes)


def test_a_scan_in_one_piece_is_no_answer() -> None:
    answers = Answers()
    answers.feed(from_text("8712345678906\r4006381333931\r"))
    assert answers.scans == ["8712345678906", "4006381333931"]
    assert answers.keys == ["<scan>", "<scan>"]


def test_a_scan_in_single_characters_is_no_answer() -> None:
    answers = Answers()
    answers.feed(*([char] for char in from_text("8712345678906\r")))
    assert answers.scans == ["8712345678906"]
    assert "enter" not in answers.keys


def test_a_scan_behind_a_typed_number_is_the_scan_alone() -> None:
    answers = Answers()
    answers.feed(["2"], ["0"], from_text("8712345678906\r"))
    assert answers.scans == ["8712345678906"]
    answers.feed(from_text("87"), from_text("12345678906\r"))
    assert answers.scans[1:] == ["8712345678906"]


def test_keys_typed_alone_are_answers() -> None:
    answers = Answers()
    answers.feed(["f9"], ["1"], ["enter"], from_text("2\r"), ["escape"], ["enter"])
    assert answers.keys == ["f9", "1", "enter", "2", "enter", "escape", "enter"]
    assert answers.scans == []


def test_a_paste_is_no_answer() -> None:
    answers = Answers()
    answers.feed([Pasted("y\n8712345678906\n")])
    assert (answers.keys, answers.scans) == (["<scan>", "<scan>"], ["y", "8712345678906"])


@given(st.lists(st.lists(st.sampled_from([*"0123456789", "enter"]), max_size=30), max_size=6))
def test_no_line_of_a_scanner_presses_enter_in_a_dialog(events: list[list[str]]) -> None:
    answers = Answers()
    answers.feed(*events)
    typed = 0
    for key in answers.keys:
        if key in ("enter", "<scan>"):
            assert key == "<scan>" or typed < 6
            typed = 0
        else:
            typed += 1


def test_two_actions_cannot_share_a_key() -> None:
    with pytest.raises(ValueError, match="f2"):
        Keymap([Action("a", "A", "", ("f2",)), Action("b", "B", "", ("f2",))])


def test_every_action_has_a_short_label() -> None:
    with pytest.raises(ValueError, match="10 letters"):
        Action("a", "Far too long a label", "")


def test_the_keys_of_the_sale_fit_eighty_columns() -> None:
    assert "F10 More" in "".join(span.text for span in key_bar(SALE, 80))
