"""Text that attacks whatever shows, prints, logs or saves it.

Source: payment-safety.md, 4 (escape corpus).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

ESC, BEL, ST, CSI8, OSC8, ST8 = "\x1b", "\x07", "\x1b\\", "\x9b", "\x9d", "\x9c"

C0 = [chr(n) for n in range(0x20)]
C1 = [chr(n) for n in range(0x80, 0xA0)]
CONTROLS = [*C0, "\x7f", *C1]
BIDI = [*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
ZERO_WIDTH = [*"\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\u00ad\u180e\u206a\u206f"]
JOINERS = [*"\u200c\u200d"]
BLANK = [*"\u3164\u115f\u1160\uffa0\u2800\u034f"]  # letters and marks that show nothing
TAGS = ["\U000e0001", *(chr(n) for n in range(0xE0020, 0xE0080))]
SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff", "\udc1b"]
PRIVATE = ["\ue000", "\uf8ff", "\U000f0000", "\U0010fffd"]
NONCHARACTERS = ["\ufffe", "\uffff", "\ufdd0", "\U0001fffe", "\U0010ffff"]
SEPARATORS = [*"\u00a0\u1680\u2000\u2009\u2028\u2029\u202f\u205f\u3000"]

_CSI = (
    "31m 0m 1;1H 2J 3J K ?25l ?1049h ?1049l 6n 5n ?6n c >c =c >q 18t 21t 8;1;1t ?1000h ?1003h"
    " ?1006h ?2004h 200~ 201~ ?2026h >1u <u =0u $p ?2026$p 1;3r !p 4h 20h 5i 4i 2$~ 100000b"
).split()
_OSC = (
    "0;title",
    "2;title",
    "4;1;rgb:00/00/00",
    "7;file:///etc",
    "8;;http://evil.example",
    "9;notify",
    "10;?",
    "11;?",
    "52;c;ZXZpbA==",
    "133;A",
    "777;notify;a;b",
    "1337;File=inline=1:AAAA",
)
_STRINGS = {
    "DCS": ("P", "\x90", "$qm"),
    "DECRQSS": ("P", "\x90", '$q"p'),
    "sixel": ("P", "\x90", "q#0;2;0;0;0#0~~"),
    "APC": ("_", "\x9f", "Gf=24,a=T;AAAA"),
    "PM": ("^", "\x9e", "secret"),
    "SOS": ("X", "\x98", "anything"),
}
_ENDS = {"BEL": BEL, "ST": ST, "ST8": ST8, "open": ""}
_ESCAPES = ["c", "#8", "(0", ")0", "=", ">", "7", "8", "D", "E", "M", "N", "O", "Z", "n", "o", "%G"]
_PRINTER = {
    "ESC @": "\x1b@",
    "ESC p (drawer)": "\x1bp\x00\x19\xfa",
    "ESC =": "\x1b=\x01",
    "GS V (cut)": "\x1dV\x00",
    "GS ( k": "\x1d(k\x03\x001A2",
    "GS v 0": "\x1dv0\x00\x01\x00\x01\x00\xff",
    "FS p": "\x1cp\x01\x00",
    "DLE DC4 (drawer)": "\x10\x14\x01\x00\x01",
}
MARKUP = [
    "[/]",
    "[on red",
    "[@click=app.quit]x[/]",
    "[link=http://x]x",
    "[$primary 50%]",
    "\\[",
    "[[",
    "[bold]x",
    "[/bold]",
    "[](http://x)",
    "![x](http://x)",
    "<b>x</b>",
    "&lt;",
    "%s%n%1$*2$d",
    "{0.__class__}",
    "$(reboot)",
    "`reboot`",
    "'; drop table rows; --",
    '"quoted"',
]
FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "=HYPERLINK(1)"]
FILES = [
    "..",
    ".",
    "../../etc/passwd",
    "/etc/passwd",
    "..\\..\\windows",
    "C:\\x",
    "~root",
    "-rf",
    "--help",
    ".bashrc",
    "con",
    "NUL",
    "aux",
    "prn",
    "a/b",
    "a\0b",
    "x" * 300,
    "invoice\u202efdp.exe",
    "a:b",
    "*?",
    " ",
    "",
    "\n",
]
HARMLESS = [
    "Espresso beans, 250 g",
    "Café crème",
    "Œufs à la coque",
    "Žluťoučký kůň",
    "Ελληνικός καφές",
    "Кофе",
    "コーヒー豆",
    "咖啡豆",
    "커피",
    "قهوة",
    "☕ 100 % arabica ½ kg",
    "👩‍👩‍👧 family pack",
    "Tiếng Việt",
    "€ 1,00",
    "[sale] 50%",
]


def _inside() -> Iterator[tuple[str, str]]:
    groups = {
        "control": CONTROLS,
        "bidi": BIDI,
        "zero width": [*ZERO_WIDTH, *JOINERS],
        "blank": BLANK,
        "tag": TAGS,
        "surrogate": SURROGATES,
        "private": PRIVATE,
        "noncharacter": NONCHARACTERS,
        "separator": SEPARATORS,
    }
    for group, characters in groups.items():
        for char in characters:
            yield f"{group} U+{ord(char):04X}", f"Cof{char}fee"
    for char in CONTROLS:
        yield f"only U+{ord(char):04X}", char
        yield f"last U+{ord(char):04X}", f"Coffee{char}"


def _sequences() -> Iterator[tuple[str, str]]:
    for final in _CSI:
        yield f"CSI {final}", f"Cof{ESC}[{final}fee"
        yield f"CSI8 {final}", f"Cof{CSI8}{final}fee"
    for body in _OSC:
        for end, closing in _ENDS.items():
            yield f"OSC {body} {end}", f"Cof{ESC}]{body}{closing}fee"
            yield f"OSC8 {body} {end}", f"Cof{OSC8}{body}{closing}fee"
    for name, (seven, eight, body) in _STRINGS.items():
        for end, closing in _ENDS.items():
            yield f"{name} {end}", f"Cof{ESC}{seven}{body}{closing}fee"
            yield f"{name}8 {end}", f"Cof{eight}{body}{closing}fee"
    for rest in _ESCAPES:
        yield f"ESC {rest}", f"Cof{ESC}{rest}fee"
    for name, data in _PRINTER.items():
        yield f"printer {name}", f"Cof{data}fee"


def _others() -> Iterator[tuple[str, str]]:
    yield "shift out and in", "Cof\x0efee\x0f"
    yield "paste end in a paste", f"{ESC}[200~8712345000004{ESC}[201~\r"
    yield "many combining marks", "e" + "\u0301" * 200
    yield "many kinds of combining marks", "e" + "\u0300\u0315\u0327\u20dd\u0338" * 40
    yield "marks alone", "\u0301" * 50
    yield "double width at the edge", "コ" * 200
    yield "ligature that grows by NFKC", "\ufdfa" * 200
    yield "regional indicators", "\U0001f1f3\U0001f1f1" * 100
    yield "one megabyte", "x" * 1_000_000
    yield "one megabyte of escapes", f"{ESC}[31m" * 200_000
    yield "one megabyte of marks", "e" + "\u0301" * 500_000
    yield "only spaces", " " * 500
    yield "long name", "Coffee " * 100
    for group, texts in {"markup": MARKUP, "formula": FORMULAS, "file": FILES}.items():
        for n, text in enumerate(texts):
            yield f"{group} {n}", text


CORPUS: list[tuple[str, str]] = [*_inside(), *_sequences(), *_others()]


def harm(text: str) -> list[str]:
    """The characters of a text that must not reach a screen, a printer, a log or a file name."""
    return [
        f"U+{ord(char):04X}"
        for char in text
        if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")
        or (unicodedata.category(char) == "Cf" and char not in JOINERS)
        or char in BLANK
        or 0xE0000 <= ord(char) <= 0xE0FFF
    ]


def most_marks(text: str) -> int:
    """The longest run of combining marks."""
    most = run = 0
    for char in text:
        run = run + 1 if unicodedata.category(char).startswith("M") else 0
        most = max(most, run)
    return most
