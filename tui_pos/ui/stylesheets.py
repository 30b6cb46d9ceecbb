"""The style sheets: one text from the files of `styles/`, in the order of their names."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """Where the style sheets are: in the installed package, else beside it in a checkout.

    Raises:
        FileNotFoundError: neither has them.
    """
    for candidate in (_PACKAGE / "styles", _PACKAGE.parent / "styles"):
        if (candidate / "00_tokens.tcss").is_file():
            return candidate
    raise FileNotFoundError("the styles folder is missing; install tui-pos again")


def load() -> str:
    """All style sheets as one: variables of a Textual style sheet are known to its own text only."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder().glob("*.tcss")))
