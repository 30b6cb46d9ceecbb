"""Finding, reading and checking the settings file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tui_pos.config.check import REQUIRED, Wrong, near
from tui_pos.config.paths import config_file, state_folder
from tui_pos.config.secret import SecretUnreadable, TokenSource
from tui_pos.config.settings import (
    DEFAULT,
    Afosto,
    Backend,
    Catalogue,
    Invoices,
    Journal,
    NoSettings,
    Settings,
    SettingsError,
    Till,
)
from tui_pos.config.table import TABLE

Section = tuple[str, ...]
_LIMIT = 1_000_000


def load(path_arg: str | None, env: Mapping[str, str]) -> Settings:
    """The settings: of `path_arg`, else of $TUI_POS_CONFIG, else of the configuration folder.

    Raises:
        NoSettings: there is no such file.
        SettingsError: it cannot be used; one line says which key, where, and the nearest right one.
    """
    named = path_arg or env.get("TUI_POS_CONFIG") or ""
    path = Path(named) if named else config_file(env)
    return _File(path, env).settings()


class _File:
    def __init__(self, path: Path, env: Mapping[str, str]) -> None:
        self.path = path
        self.env = env
        self.origins: dict[tuple[str, ...], str] = {}
        try:
            with path.open("rb") as file:
                data = file.read(_LIMIT + 1)
        except FileNotFoundError:
            raise NoSettings(path) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SettingsError(f"{str(path)!r}: {reason}") from None
        if len(data) > _LIMIT:
            raise SettingsError(f"{path}: too large for a settings file")
        try:
            self.text = data.decode("utf-8-sig").replace("\r\n", "\n")
            self.data = tomllib.loads(self.text)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise SettingsError(f"{path}:{line}: not UTF-8 text") from None
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise SettingsError(_syntax(path, str(error))) from None

    def settings(self) -> Settings:
        self.section((), self.data)
        till = Till(**self.values("till"))
        backend = self.backend()
        state = state_folder(self.env, till.id)
        journal = self.values("journal")["url"]
        catalogue = self.values("catalogue")["path"]
        invoices = self.values("invoices")["folder"]
        return Settings(
            path=self.path,
            till=till,
            backend=backend,
            journal=Journal(self.journal_url(journal, state)),
            catalogue=Catalogue(self.beside(catalogue) if catalogue else state / "catalogue.db"),
            invoices=Invoices(self.beside(invoices) if invoices else state / "invoices"),
            origins=MappingProxyType(self.origins),
        )

    def values(self, *section: str) -> dict[str, Any]:
        data: Any = self.data
        for name in section:
            data = data.get(name, {})
        return self.section(section, data)

    def section(self, section: Section, data: dict[str, Any]) -> dict[str, Any]:
        """The values of a section; only those that hold no section themselves have an origin."""
        known = TABLE[section]
        for name in data:
            if name not in known:
                raise self.error(section, name, "no such setting" + near(name, list(known)))
        values: dict[str, Any] = {}
        for name, key in known.items():
            if name in data:
                try:
                    values[name] = key.read(data[name])
                except Wrong as wrong:
                    raise self.error(section, name, str(wrong)) from None
            elif key.default is REQUIRED:
                raise self.error(section, name, "is missing", is_there=False)
            else:
                values[name] = tuple(key.default) if key.kind is list else key.default
            if key.kind is not dict:
                self.origins[(*section, name)] = str(self.path) if name in data else DEFAULT
        return values

    def backend(self) -> Backend:
        values = self.values("backend")
        afosto = Afosto(**self.values("backend", "afosto"))
        given = [name for name in ("token_file", "credential", "keyring") if values[name]]
        section = ("backend",)
        if not given:
            raise self.error(
                section, "token_file", "is missing (or give credential, or keyring)", is_there=False
            )
        if len(given) > 1:
            raise self.error(section, given[1], f"give this or {given[0]}, not both")
        return Backend(
            kind=values["kind"],
            base_url=values["base_url"],
            channel_id=values["channel_id"],
            token=self.token(given[0], values[given[0]]),
            afosto=afosto,
        )

    def token(self, way: str, value: str) -> TokenSource:
        section = ("backend",)
        if way == "keyring":
            reason = "a token from the system's keyring is not available in this version"
            if find_spec("keyring") is None:
                reason = "the keyring package is not installed"
            raise self.error(section, way, f"{reason}; use token_file or credential")
        if way == "credential":
            folder = self.env.get("CREDENTIALS_DIRECTORY", "")
            if not folder:
                raise self.error(section, way, "there is no $CREDENTIALS_DIRECTORY here")
            source = TokenSource(Path(folder) / value, is_credential=True)
        else:
            source = TokenSource(self.beside(value))
        try:
            source.check()
        except SecretUnreadable as error:
            raise self.error(section, way, str(error)) from None
        return source

    def beside(self, name: str) -> Path:
        """A path as the file means it: relative to itself."""
        path = Path(name).expanduser() if name.startswith("~/") else Path(name)
        return path if path.is_absolute() else self.path.absolute().parent / path

    def journal_url(self, url: str, state: Path) -> str:
        if not url:
            return f"sqlite:///{state / 'till.journal'}"
        if url.startswith(("postgresql://", "postgres://")):
            raise self.error(("journal",), "url", "PostgreSQL is not available in this version")
        name = url.removeprefix("sqlite:///")
        if name == url or not name:
            raise self.error(("journal",), "url", "must be sqlite:/// and the path of a file")
        return f"sqlite:///{self.beside(name)}"

    def error(
        self, section: Section, name: str, reason: str, *, is_there: bool = True
    ) -> SettingsError:
        line = self.line(section, name) if is_there else self.line(section, "")
        place = f"{self.path}:{line}" if line else f"{self.path}"
        shown = _shown(name)
        if not section and (name in TABLE[()] or isinstance(self.data.get(name), dict)):
            key = f"[{shown}]"
        else:
            key = f"[{'.'.join(section)}] {shown}" if section else shown
        return SettingsError(f"{place}: {key}: {reason}")

    def line(self, section: Section, name: str) -> int:
        """The line of a key, or of a section's heading; 0 when it is written in an unusual way."""
        here: Section = ()
        for number, line in enumerate(self.text.split("\n"), 1):
            if heading := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
                here = tuple(part.strip(" \t\"'") for part in heading[1].split("."))
                if here == ((*section, name) if name else section):
                    return number
            elif name and here == section:
                found = re.match(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([\w-]+))\s*[=.]", line)
                if found and name in found.groups():
                    return number
        return 0


def _syntax(path: Path, message: str) -> str:
    found = re.search(r" \(at line (\d+), column \d+\)$", message)
    message = message.replace("\n", " ")
    if found is None:
        at_end = message.endswith("(at end of document)")
        return f"{path}: not TOML: {message if at_end or len(message) < 200 else message[:200]}"
    reason = message[: found.start()]
    return f"{path}:{found[1]}: not TOML: {reason}"


def _shown(name: str) -> str:
    return name[:60] if name.isprintable() else repr(name)[:60]
