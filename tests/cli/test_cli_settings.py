"""Wrong use and wrong settings end with code 2 and one calm line that names the key and the place."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import GOOD, TOKEN, Program

COMMANDS = [("run",), (), ("journal", "list"), ("catalogue", "import", "list.csv")]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_settings_it_says_where_they_go_and_offers_the_demo(
    program: Program, command: tuple[str, ...]
) -> None:
    done = program(*command)
    assert done.code == 2
    assert done.out == ""
    assert f"{program.folder}/config/tui-pos/config.toml" in done.complaint
    assert "demo" in done.complaint


def test_a_named_file_that_is_not_there_is_named(program: Program) -> None:
    for arguments in (("--config", "no.toml"), ("run", "--config", "no.toml")):
        done = program(*arguments)
        assert done.code == 2
        assert "no.toml" in done.complaint
    program.env["TUI_POS_CONFIG"] = "elsewhere.toml"
    assert "elsewhere.toml" in program().complaint


def test_the_argument_counts_before_the_environment(program: Program) -> None:
    program.env["TUI_POS_CONFIG"] = "elsewhere.toml"
    assert "named.toml" in program("run", "--config", "named.toml").complaint


BAD = {
    "wrong key": ("country =", "contry =", "country", 4),
    "wrong section": ("[backend]", "[backnd]", "[backnd]", 6),
    "wrong type": ('"till-1"', "7", "[till] id", 2),
    "wrong form": ('"EUR"', '"euro"', "[till] currency", 3),
    "missing key": ('channel_id = "channel-7"\n', "", "channel_id", 6),
    "foreign http": ("https://shop.example", "http://shop.example", "base_url", 8),
    "password in the address": ("https://shop", "https://me:pw@shop", "base_url", 8),
    "another backend": ('"afosto"', '"afostoo"', "afosto", 7),
    "no such token": ('"afosto.token"', '"other.token"', "token_file", 10),
    "no token at all": ('token_file = "afosto.token"\n', "", "token_file", 6),
    "not toml": ("[till]", "[till", "not TOML", 1),
    "a control character": ('"till-1"', '"till\\u001b-1"', "[till] id", 2),
    "a folder for a token": ('"afosto.token"', '"tmp"', "token_file", 10),
    "a journal elsewhere": (
        "[backend]",
        '[journal]\nurl = "mysql://x"\n[backend]',
        "[journal] url",
        7,
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_wrong_setting_is_named_with_its_place(program: Program, what: str) -> None:
    old, new, named, line = BAD[what]
    assert old in GOOD
    path = program.settings(GOOD.replace(old, new, 1))
    done = program("run", "--config", path)
    assert done.code == 2
    assert done.out == ""
    assert named in done.complaint
    assert f"{path}:{line}: " in done.complaint
    assert TOKEN not in done.err


@pytest.mark.parametrize("command", [("journal", "list"), ("catalogue", "import", "list.csv")])
def test_every_command_that_needs_settings_checks_them(
    program: Program, command: tuple[str, ...]
) -> None:
    program.env["TUI_POS_CONFIG"] = str(program.settings(GOOD.replace("country", "contry")))
    done = program(*command)
    assert done.code == 2
    assert 'did you mean "country"' in done.complaint


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_token_that_others_can_read_is_refused(program: Program, mode: int) -> None:
    done = program("run", "--config", program.settings(mode=mode))
    assert done.code == 2
    assert "chmod 600" in done.complaint
    assert TOKEN not in done.err


def test_a_settings_file_that_is_no_text_is_refused(program: Program) -> None:
    path = program.settings()
    for data in (b"\xff\xfe[\0", b"\0", b"x" * 2_000_000):
        path.write_bytes(data)
        done = program("run", "--config", path)
        assert done.code == 2
        assert str(path) in done.complaint


def test_good_settings_without_a_console_say_that_one_is_needed(program: Program) -> None:
    done = program("run", "--config", program.settings())
    assert done.code == 2
    assert "terminal" in done.complaint
    assert not list(Path(program.folder).glob("state/**/*.journal"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("--nonsense",),
        ("demo", "--theme", "pink"),
        ("demo", "--latency-ms", "-1"),
        ("demo", "--latency-ms", "soon"),
        ("demo", "--customer-s", "nan"),
        ("demo", "--customer-s", "-1"),
        ("sandbox", "--port", "x"),
        ("sandbox", "--port", "-1"),
        ("sandbox", "--port", "65536"),
        ("sandbox", "--customer-s", "nan"),
        ("sandbox", "--customer-s", "-1"),
        ("journal",),
        ("journal", "eat"),
        ("journal", "show"),
        ("catalogue",),
        ("catalogue", "import"),
        ("run", "twice"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_the_right_one(
    program: Program, arguments: tuple[str, ...]
) -> None:
    done = program(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("usage: tui-pos")
    assert "Traceback" not in done.err


def test_the_version_and_the_help_are_told(program: Program) -> None:
    from tui_pos import __version__

    assert program("--version").out == f"tui-pos {__version__}\n"
    told = program("--help")
    assert told.code == 0
    for command in ("run", "demo", "sandbox", "journal", "catalogue"):
        assert f"\n    {command}" in told.out
