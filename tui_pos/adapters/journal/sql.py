"""The journal's SQL: statements by name, and numbered changes to the file's shape."""

from __future__ import annotations

import functools
import re
from pathlib import Path

_HERE = Path(__file__).parent
_NAMED = re.compile(r"^-- name: (\w+)\n-- .+\n", re.MULTILINE)


@functools.cache
def queries() -> dict[str, str]:
    """All statements of `queries.sql`, by name."""
    parts = _NAMED.split((_HERE / "queries.sql").read_text(encoding="utf-8"))
    return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


@functools.cache
def migrations() -> tuple[tuple[int, Path], ...]:
    """The numbered migrations, in order, gapless from 1."""
    found = sorted((_HERE / "migrations").glob("[0-9][0-9][0-9][0-9]_*.sql"))
    numbered = tuple((int(path.name[:4]), path) for path in found)
    if [number for number, _ in numbered] != list(range(1, len(numbered) + 1)):
        raise RuntimeError("migrations are not numbered 1, 2, 3 ...")
    return numbered


def newest() -> int:
    """The file version that this program writes."""
    return migrations()[-1][0]
