"""tui-pos: a till for shops that runs in a terminal."""

__version__ = "0.1.0"
