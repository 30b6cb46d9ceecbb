"""`python -m tui_pos`."""

from tui_pos.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
