"""Keeping out what a library would bring along."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(module: str) -> Iterator[None]:
    """Imports inside behave as on a machine that has not got this optional module.

    Where click is installed, httpx loads its own command line with it: 3 MB and 40 ms that a till never uses.
    """
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]
