"""Where settings and state live on this platform."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

_NAME = "tui-pos"


def config_file(env: Mapping[str, str]) -> Path:
    """The settings file in the platform's configuration folder."""
    if (folder := _xdg(env, "XDG_CONFIG_HOME")) is not None:
        return folder / _NAME / "config.toml"
    import platformdirs

    return platformdirs.user_config_path(_NAME, appauthor=False) / "config.toml"


def state_folder(env: Mapping[str, str], till_id: str) -> Path:
    """What a till keeps, unless its settings say otherwise."""
    if (folder := _xdg(env, "XDG_STATE_HOME")) is not None:
        return folder / _NAME / till_id
    import platformdirs

    return platformdirs.user_state_path(_NAME, appauthor=False) / till_id


def _xdg(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name, "")
    is_used = sys.platform not in ("darwin", "win32") and value.startswith("/")
    return Path(value) if is_used else None
