"""The one widget: it shows rows of spans and repaints exactly the cells that changed.

A frame goes to the terminal at once and in one write, past Textual's queues, timers and compositor,
which a key would else wait for. Whatever Textual asks for itself (first paint, a new size, a new
theme) is answered by `render_line` from the same cells, so that both ways show the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui_pos.ui.grid import Cell, Row, Run, cells_of, changes, pieces

Draw = Callable[[int, int], Sequence[Row]]
Changes = list[tuple[int, Run]]

STYLES = frozenset(
    # on the ground
    "text dim strong title accent good warn bad head rule selected refused total typed prompt cursor "
    # bars at the top and the bottom
    "bar bar-dim bar-strong bar-warn bar-bad key key-label key-next message alarm "
    # dialogs, and what lies under them
    "box box-dim box-strong box-title box-accent box-good box-warn box-bad box-selected box-key "
    "box-typed shade paper".split()
)
_SYNC_BEGIN, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"


OLD_GLYPHS = {"…": "."}  # where only the old code page is sure to be there


class Canvas(Widget, can_focus=False):
    """Shows what `draw` gives for its size."""

    COMPONENT_CLASSES = set(STYLES)
    ALLOW_SELECT = False

    def __init__(self, draw: Draw) -> None:
        super().__init__()
        self._draw = draw
        self._rows: list[Row] = []
        self._cells: list[list[Cell]] = []
        self._drawn = (0, 0)
        self._prefixes: dict[str, str] = {}
        self._styles_of = -1
        self.glyphs: dict[str, str] = {}

    def compute(self) -> Changes:
        """Draw anew; the runs of cells that changed."""
        width, height = self.size
        if not width or not height:
            return []
        rows = list(self._draw(width, height))[:height]
        rows += [()] * (height - len(rows))
        if self._drawn != (width, height):
            self._rows, self._drawn = rows, (width, height)
            self._cells = [self._cells_of(row) for row in rows]
            return [(y, (0, width)) for y in range(height)]
        found: Changes = []
        for y, row in enumerate(rows):
            old_row = self._rows[y]
            if row is old_row or row == old_row:
                continue
            self._rows[y] = row
            cells = self._cells_of(row)
            found += [(y, run) for run in changes(self._cells[y], cells)]
            self._cells[y] = cells
        return found

    def _cells_of(self, row: Row) -> list[Cell]:
        cells = cells_of(row, self._drawn[0])
        if self.glyphs:
            return [(self.glyphs.get(char, char), style) for char, style in cells]
        return cells

    def through_textual(self, found: Changes) -> None:
        """Let the compositor repaint these cells when it can."""
        if found:
            self.refresh(*(Region(x, y, end - x, 1) for y, (x, end) in found))

    def frame(self, found: Changes, caret: tuple[int, int], *, synchronized: bool) -> str:
        """What to write to the terminal to show the changed cells, with the cursor left at `caret`."""
        self._styles_cache.clear()
        prefix = self._prefix
        out = [_SYNC_BEGIN] if synchronized else []
        style = ""
        for y, (start, end) in found:
            out.append(f"\x1b[{y + 1};{start + 1}H")
            for piece in pieces(self._cells[y][start:end]):
                if piece.style != style:
                    style = piece.style
                    out.append(prefix(style))
                out.append(piece.text)
        out.append(f"\x1b[m\x1b[{caret[1] + 1};{caret[0] + 1}H")
        if synchronized:
            out.append(_SYNC_END)
        return "".join(out)

    def _prefix(self, name: str) -> str:
        """The escape sequence that switches to a style and to nothing else."""
        if self._styles_of != self.app._css_update_count:
            self._prefixes.clear()
            self._styles_of = self.app._css_update_count
        found = self._prefixes.get(name)
        if found is None:
            background = self.background_colors[1]
            segments = [Segment(" ", self.style_of(name))]
            for line_filter in self.app.get_line_filters():
                segments = line_filter.apply(segments, background)
            style = segments[0].style
            sequence = (
                style.render(" ", color_system=self.app.console._color_system) if style else ""
            )
            codes = sequence.partition("m ")[0].removeprefix("\x1b[") if "m " in sequence else ""
            found = self._prefixes[name] = f"\x1b[0;{codes}m" if codes else "\x1b[m"
        return found

    def style_of(self, name: str) -> Style:
        """The Rich style of a style name; plain text for a name that nobody defined."""
        return self.get_component_rich_style(name if name in STYLES else "text")

    def render_line(self, y: int) -> Strip:
        if self._drawn != tuple(self.size):
            self.compute()
        if y >= len(self._cells):
            return Strip.blank(self.size.width, self.style_of("text"))
        segments = [Segment(text, self.style_of(style)) for text, style in pieces(self._cells[y])]
        return Strip(segments, self.size.width)

    def _on_resize(self, event: events.Resize) -> None:
        self.compute()
        self.refresh()

    def text(self) -> str:
        """What is shown, without styles."""
        return "\n".join("".join(char for char, _ in row).rstrip() for row in self._cells)
