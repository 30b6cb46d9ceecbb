"""Foreign text becomes one harmless, bounded line, or a plain file name.

Source: payment-safety.md, 5.1 (TX1, TX5) and 4 (E1, S4).
"""

from __future__ import annotations

import re
import unicodedata

import pytest
from corpus import (
    BIDI,
    BLANK,
    CONTROLS,
    CORPUS,
    HARMLESS,
    JOINERS,
    NONCHARACTERS,
    PRIVATE,
    SEPARATORS,
    SURROGATES,
    TAGS,
    ZERO_WIDTH,
    harm,
    most_marks,
)
from hypothesis import example, given
from hypothesis import strategies as st

from tui_pos.domain.text import MARK, clean, file_name

NAMES = [name for name, _ in CORPUS]
HOSTILE = st.sampled_from(
    [
        *CONTROLS,
        *BIDI,
        *ZERO_WIDTH,
        *BLANK,
        *TAGS,
        *SURROGATES,
        *PRIVATE,
        *NONCHARACTERS,
        *SEPARATORS,
    ]
)
TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=()), HOSTILE, st.sampled_from("e\u0301\u0327\u200dコ[]")
    ),
    max_size=300,
)


def test_the_corpus_is_large_and_each_of_it_has_its_own_name() -> None:
    assert len(CORPUS) >= 600
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("text", [text for _, text in CORPUS], ids=NAMES)
def test_nothing_of_the_corpus_gets_through(text: str) -> None:
    for limit in (200, 20):
        shown = clean(text, limit=limit)
        assert harm(shown) == []
        assert len(shown) <= limit
        assert most_marks(shown) <= 4
        assert shown == shown.strip()
        shown.encode("utf-8")


@pytest.mark.parametrize("text", [text for _, text in CORPUS], ids=NAMES)
def test_no_file_gets_a_name_of_the_corpus(text: str) -> None:
    name = file_name(text, fallback="document")
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}", name)
    assert name.upper() not in {"CON", "PRN", "AUX", "NUL"}


@pytest.mark.parametrize("text", HARMLESS)
def test_plain_names_are_unchanged(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("text", ["Espresso [250 g]", "50% off", "x" * 200, "~!@#$%^&*()_+"])
def test_plain_ascii_is_unchanged(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cafe\u0301", "café"),
        ("A\u030angstro\u0308m", "Ångström"),
        ("\u212bngstrom", "Ångstrom"),
        ("  edge  ", "edge"),
        ("a\tb", "a b"),
        ("a\r\nb", "a b"),
        ("a\u00a0b\u2028c", "a b c"),
        ("a\u3000b", "a b"),
        ("pass\u00adword", "password"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\u200bb", "ab"),
        ("e\u200b\u0301", "é"),
        ("\x1b[31mred", f"{MARK}[31mred"),
        ("a\x9bb", f"a{MARK}b"),
        ("a\ud800b", f"a{MARK}b"),
        ("a\ue000b", f"a{MARK}b"),
        ("a\ufffeb", f"a{MARK}b"),
        ("a\U000e0041b", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # noqa: RUF001  a script that needs it
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("Cof\u200dfee", "Coffee"),
        ("e" + "\u0328\u0329\u032a\u032b\u032c", "ę\u0329\u032a\u032b\u032c"),
        ("", ""),
        ("\u200b\u202e", ""),
    ],
)
def test_the_examples(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("char", [*JOINERS, *ZERO_WIDTH, *BLANK], ids=ascii)
def test_what_is_not_seen_does_not_let_more_marks_through(char: str) -> None:
    assert clean("e" + ("\u0301" * 4 + char) * 20) == "é" + "\u0301" * 4


@pytest.mark.parametrize("char", BLANK, ids=ascii)
def test_a_blank_letter_makes_no_other_name(char: str) -> None:
    assert clean(f"a{char}b") == "ab"
    assert clean(char) == ""


@pytest.mark.parametrize("char", ["x", "é", "コ", "☕"])
def test_a_longer_text_ends_in_an_ellipsis(char: str) -> None:
    assert clean(char * 50, limit=50) == char * 50
    assert clean(char * 51, limit=50) == char * 49 + "…"
    assert clean(char * 1_000_000, limit=1) == "…"


@given(TEXT, st.integers(1, 300))
@example("a\x1b]0;title\x07b", 200)
def test_whatever_comes_is_one_harmless_bounded_line(text: str, limit: int) -> None:
    shown = clean(text, limit=limit)
    assert harm(shown) == []
    assert len(shown) <= limit
    assert shown == shown.strip()
    assert most_marks(shown) <= 4
    assert not set(shown) & {*BIDI, *ZERO_WIDTH, *TAGS}
    assert set(shown) & set(JOINERS) <= set(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=60) | TEXT)
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(TEXT)
def test_a_file_name_is_plain_whatever_comes(text: str) -> None:
    name = file_name(text, fallback="document")
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}", name)
    assert file_name(name, fallback="document") == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2026-0001", "2026-0001"),
        ("INV_7", "INV_7"),
        ("../../etc/passwd", "etc-passwd"),
        ("-rf", "rf"),
        (".bashrc", "bashrc"),
        ("Café", "Caf"),
        ("con", "document"),
        ("nul-", "document"),
        ("com1", "document"),
        ("LPT9", "document"),
        ("com10", "com10"),
        ("...", "document"),
        ("", "document"),
        ("x" * 300, "x" * 80),
    ],
)
def test_file_names(text: str, name: str) -> None:
    assert file_name(text, fallback="document") == name
