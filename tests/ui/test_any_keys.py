"""Any keys, pastes and window sizes: the till stays up and keeps its lines."""

from __future__ import annotations

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual import events
from textual.geometry import Size
from ui_helpers import eventually, opened

from tui_pos.ui.app import TillApp
from tui_pos.ui.keymap import SALE
from tui_pos.ui.strokes import Pasted
from tui_pos.ui.terminal import Typed

_NAMES = sorted(
    {key for action in SALE for key in action.keys if key != "f9"}
    | {"enter", "tab", "backspace", "ctrl+u", "ctrl+c", "ctrl+z", "f3", "f12", "insert", "left"}
)
strokes = st.one_of(
    st.sampled_from(_NAMES),
    st.sampled_from("0123456789*/-?.abcvd \x1d漢é\u0301"),
    st.text(max_size=60).map(Pasted),
)
sizes = st.sampled_from([(20, 5), (80, 24), (1, 1), (160, 50), (40, 10), (200, 60), (79, 12)])
steps = st.lists(st.one_of(st.lists(strokes, max_size=12), sizes), max_size=12)


def resize(app: TillApp, size: tuple[int, int]) -> None:
    new = Size(*size)
    app.post_message(events.Resize(new, new))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps)
def test_nothing_that_is_typed_stops_the_till(todo: list[list[str] | tuple[int, int]]) -> None:
    async def play() -> None:
        async with opened() as (app, _, pilot):
            for step in todo:
                if isinstance(step, tuple):
                    resize(app, step)
                    await eventually(lambda step=step: app.canvas.size == step)  # type: ignore[misc]
                else:
                    app.post_message(Typed(step))
            resize(app, (80, 24))
            await eventually(lambda: app.canvas.size == (80, 24))
            await pilot.pause()
            assert app._exception is None
            assert app.return_code in (None, 0)
            assert len(app.canvas._cells) == 24
            text = app.canvas.text()
            assert all(c == "\n" or c.isprintable() for c in text.replace("\u0301", ""))

    asyncio.run(play())
