"""What Textual reads from the environment when it is imported. Call `prepare` before that."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

_SETTINGS = {
    "TEXTUAL_FPS": "240",  # a second repaint waits 4 ms and not 17
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",  # else the terminal is asked for sizes in pixels
    "TEXTUAL_DISABLE_KITTY_KEY": "1",  # the same key names everywhere
}
_KEPT = frozenset(("TEXTUAL_COLOR_SYSTEM",))


def prepare(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set Textual up for a till, and drop every setting of it that came from outside.

    Some of them import any module, write files or let the keyboard send signals.

    Source: payment-safety.md, NW5 and SH2.
    """
    for name in [n for n in environ if n == "TEXTUAL" or n.startswith("TEXTUAL_")]:
        if name not in _KEPT:
            del environ[name]
    environ.update(_SETTINGS)
