"""Good settings are read; each bad one gives one line with the key, the place and the nearest right name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tui_pos.config import NoSettings, Settings, SettingsError, load

GOOD = """\
[till]
id = "till-1"
store = "Utrecht"
locale = "nl_NL"
currency = "EUR"
country = "NL"

[backend]
kind = "afosto"
base_url = "https://afosto.app"
channel_id = "channel-7"
token_file = "afosto.token"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    token = tmp_path / "afosto.token"
    token.write_text("t0k3n\n", encoding="ascii")
    token.chmod(0o600)
    return tmp_path


def read(folder: Path, text: str, **env: str) -> Settings:
    path = folder / "config.toml"
    path.write_bytes(text.encode())
    return load(str(path), {"XDG_STATE_HOME": str(folder / "state"), **env})


def refusal(folder: Path, text: str, **env: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(folder, text, **env)
    line = str(caught.value)
    assert "\n" not in line
    prefix = str(folder / "config.toml")
    assert line.startswith(prefix)
    return line.removeprefix(prefix)


def test_good_settings_are_read_with_their_defaults_and_origins(folder: Path) -> None:
    settings = read(folder, GOOD)
    assert (settings.till.id, settings.till.locale, settings.till.theme) == (
        "till-1",
        "nl_NL",
        "dark",
    )
    assert settings.backend.token().reveal() == "t0k3n"
    assert settings.backend.afosto.pay_path.endswith("/{payment_id}/pay")
    assert settings.backend.afosto.document_origins == ()
    state = folder / "state" / "tui-pos" / "till-1"
    assert settings.journal.url == f"sqlite:///{state}/till.journal"
    assert settings.catalogue.path == state / "catalogue.db"
    assert settings.invoices.folder == state / "invoices"
    assert settings.origins["till", "id"] == str(folder / "config.toml")
    assert settings.origins["till", "theme"] == "default"
    assert settings.origins["backend", "afosto", "start"] == "default"


def test_every_setting_can_be_given_and_paths_are_relative_to_the_file(folder: Path) -> None:
    settings = read(
        folder,
        GOOD.replace(
            "[backend]",
            'cashier = "anna"\nnote = "Bags 0.25"\nterminal_id = "t1"\ncash_rounding = true\n'
            'invoicing = "choose"\ntheme = "contrast"\n[backend]',
        )
        + """
[backend.afosto]
start = "execute"
start_timeout_s = 60
quarantine_s = 900
payment_options_path = "options.methods"
action_ids_field = "items"
drawer_id = "d1"
document_origins = ["https://files.afosto.app"]
create_payment_path = "/v2/{order_id}/pay"
[journal]
url = "sqlite:///data/till-1.journal"
[catalogue]
path = "/var/lib/products.db"
[invoices]
folder = "invoices"
""",
    )
    assert settings.till.cash_rounding
    assert settings.backend.afosto.document_origins == ("https://files.afosto.app",)
    assert settings.journal.url == f"sqlite:///{folder}/data/till-1.journal"
    assert settings.catalogue.path == Path("/var/lib/products.db")
    assert settings.invoices.folder == folder / "invoices"
    assert "default" not in {settings.origins["backend", "afosto", "start"]}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            'currency = "EUR"',
            'currancy = "EUR"',
            ':5: [till] currancy: no such setting; did you mean "currency"?',
        ),
        ("[backend]", "[bakend]", ':8: [bakend]: no such setting; did you mean "backend"?'),
        ('channel_id = "channel-7"', "channel_id = 7", "must be text, not a number"),
        (
            'id = "till-1"',
            'id = "../x"',
            ":2: [till] id: must be letters, digits, dots, dashes and underscores, 63 at most",
        ),
        ('id = "till-1"\n', "", ":1: [till] id: is missing"),
        ("[till]", "", ":2: id: no such setting"),
        (
            'country = "NL"',
            'country = "nl"',
            ':6: [till] country: must be a country code, such as "NL"',
        ),
        (
            'locale = "nl_NL"',
            'locale = "dutch"',
            ':4: [till] locale: must be a locale, such as "nl_NL"',
        ),
        (
            'store = "Utrecht"',
            'store = "\\u001b[2J"',
            ":3: [till] store: must be one line without control characters",
        ),
        (
            'store = "Utrecht"',
            "store = 2026-11-21",
            ":3: [till] store: must be text, not a date or time",
        ),
        (
            'store = "Utrecht"',
            "cash_rounding = 1",
            ":3: [till] cash_rounding: must be true or false, not a number",
        ),
        (
            'store = "Utrecht"',
            'theme = "drak"',
            ':3: [till] theme: must be "dark" or "contrast"; did you mean "dark"?',
        ),
        (
            'kind = "afosto"',
            'kind = "gridline"',
            ':9: [backend] kind: "gridline" is not available in this version',
        ),
        (
            'kind = "afosto"',
            'kind = "kwik"',
            ':9: [backend] kind: "kwik" is not available in this version',
        ),
        (
            'kind = "afosto"',
            'kind = "afsto"',
            ':9: [backend] kind: must be "afosto"; did you mean "afosto"?',
        ),
        ('channel_id = "channel-7"', 'channel_id = ""', "channel_id: must not be empty"),
        (
            'token_file = "afosto.token"',
            "",
            ":8: [backend] token_file: is missing (or give credential, or keyring)",
        ),
        (
            'token_file = "afosto.token"',
            'token_file = "afosto.token"\ncredential = "x"',
            ":13: [backend] credential: give this or token_file, not both",
        ),
        (
            'token_file = "afosto.token"',
            'credential = "x"',
            "credential: there is no $CREDENTIALS_DIRECTORY here",
        ),
        ('token_file = "afosto.token"', 'credential = "../x"', "the name of a credential"),
        (
            'token_file = "afosto.token"',
            'keyring = "x"',
            "keyring: the keyring package is not installed; use token_file or credential",
        ),
        ('token_file = "afosto.token"', 'token_file = "none"', "no such file"),
        ('token_file = "afosto.token"', 'token_file = "."', "is not a plain file"),
        (
            'id = "till-1"',
            'id = "till-1',
            ":2: not TOML: Illegal character '\\n'",
        ),
        ('id = "till-1"', 'id = "a"\nid = "b"', ":3: not TOML: Cannot overwrite a value"),
    ],
)
def test_a_bad_setting_gives_one_line(folder: Path, old: str, new: str, line: str) -> None:
    found = refusal(folder, GOOD.replace(old, new, 1))
    assert line in found, found


@pytest.mark.parametrize(
    ("section", "line"),
    [
        (
            "[backend.afosto]\nstart_timeout_s = 59",
            ":14: [backend.afosto] start_timeout_s: must be",
        ),
        ("[backend.afosto]\nquarantine_s = 901", "quarantine_s: must be between 60 and 900"),
        ("[backend.afosto]\nquarantine_s = 250.0", "must be a whole number, not a number"),
        ("[backend.afosto]\nquarantine_s = true", "must be a whole number, not true or false"),
        ("[backend.afosto]\nstart = 'block'", 'must be "blocking" or "execute"'),
        ("[backend.afosto]\nquarantine = 1", 'did you mean "quarantine_s"?'),
        ("[backend.afosto]\npay_path = '/x'", "must hold {payment_id} once"),
        ("[backend.afosto]\npay_path = '/{payment_id}/{x}'", "no other braces"),
        ("[backend.afosto]\npay_path = '//evil/{payment_id}'", "plain path"),
        ("[backend.afosto]\npay_path = '/{payment_id}?a=b'", "plain path"),
        ("[backend.afosto]\npay_path = '/../{payment_id}'", "plain path"),
        ("[backend.afosto]\ndocument_origins = 'x'", "must be a list of texts, not text"),
        ("[backend.afosto]\ndocument_origins = [1]", "must be a list of texts"),
        ("[backend.afosto]\ndocument_origins = ['https://a.b/c']", "must be a list of origins"),
        ("[journal]\nurl = 'postgresql://db/till'", "PostgreSQL is not available in this version"),
        ("[journal]\nurl = 'till.journal'", "must be sqlite:///"),
        ("[journal]\nurl = ''", ":14: [journal] url: must not be empty"),
        ("[journal]\npath = 'x'", ":14: [journal] path: no such setting"),
        ("[[journal]]\nurl = 'x'", "[journal]: must be a section, not a list"),
        ("[catalogue]\npath = 3", "[catalogue] path: must be text, not a number"),
        ("[printer]\nx = 1", "[printer]: no such setting"),
    ],
)
def test_a_bad_section_gives_one_line(folder: Path, section: str, line: str) -> None:
    found = refusal(folder, GOOD + section + "\n")
    assert line in found, found


@pytest.mark.parametrize(
    "url",
    [
        "http://afosto.app",
        "ftp://afosto.app",
        "afosto.app",
        "https://",
        "https://user@afosto.app",
        "https://user:pw@afosto.app",
        "https://afosto.app?x=1",
        "https://afosto.app/#x",
        "https://afosto.app:99999",
        "https://afosto.app\\\\@evil.example",
        "https://\u0430fosto.app",
        "https://afosto.app/../x",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://[::2]",
        "https:// afosto.app",
        "http://0.0.0.0",
    ],
)
def test_an_address_that_must_not_get_the_token_is_refused(folder: Path, url: str) -> None:
    assert "[backend] base_url: " in refusal(folder, GOOD.replace("https://afosto.app", url))


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://afosto.app/", "https://afosto.app"),
        ("HTTPS://Afosto.app/v2/", "https://afosto.app/v2"),
        ("http://127.0.0.1:8800", "http://127.0.0.1:8800"),
        ("http://127.8.9.10", "http://127.8.9.10"),
        ("http://[::1]:8800", "http://[::1]:8800"),
        ("http://localhost:8800/", "http://localhost:8800"),
    ],
)
def test_an_address_is_kept_in_one_form(folder: Path, url: str, kept: str) -> None:
    assert read(folder, GOOD.replace("https://afosto.app", url)).backend.base_url == kept


def test_a_file_that_is_no_text_names_the_line(folder: Path) -> None:
    path = folder / "config.toml"
    path.write_bytes(GOOD.encode() + b"\n# \xff\n")
    with pytest.raises(SettingsError, match=r":14: not UTF-8 text$"):
        load(str(path), {})


@pytest.mark.parametrize("break_", ["\r\n", "\n"])
def test_a_byte_order_mark_and_windows_line_ends_are_fine(folder: Path, break_: str) -> None:
    assert read(folder, "\ufeff" + GOOD.replace("\n", break_)).till.id == "till-1"


def test_the_file_is_the_named_one_then_the_variable_then_the_folder(folder: Path) -> None:
    home = folder / "xdg" / "tui-pos"
    home.mkdir(parents=True)
    (home / "afosto.token").write_text("x")
    (home / "afosto.token").chmod(0o600)
    for path, till in (
        (folder / "a.toml", "a"),
        (folder / "b.toml", "b"),
        (home / "config.toml", "c"),
    ):
        path.write_text(GOOD.replace("till-1", till))
    env = {"XDG_CONFIG_HOME": str(folder / "xdg"), "TUI_POS_CONFIG": str(folder / "b.toml")}
    assert load(str(folder / "a.toml"), env).till.id == "a"
    assert load(None, env).till.id == "b"
    del env["TUI_POS_CONFIG"]
    assert load(None, env).till.id == "c"


def test_without_a_file_it_says_where_it_looked(folder: Path) -> None:
    with pytest.raises(NoSettings, match=r"there is no settings file") as caught:
        load(None, {"XDG_CONFIG_HOME": str(folder)})
    assert caught.value.path == folder / "tui-pos" / "config.toml"
    with pytest.raises(SettingsError):
        load(str(folder), {})
    with pytest.raises(SettingsError):
        load("a\0b", {})


@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_is_good_or_gives_one_line(folder: Path, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(GOOD)))
    cut = data.draw(st.integers(0, 12))
    put = data.draw(st.text(max_size=6))
    line = "good"
    try:
        read(folder, (GOOD[:at] + put + GOOD[at + cut :]).encode("utf-8", "replace").decode())
    except SettingsError as error:
        line = str(error)
    assert len(line.splitlines()) == 1
