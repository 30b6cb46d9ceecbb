"""What these proofs found, each with the least that shows it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hostile_console import F, a_console, a_till
from hostile_shop import TOKEN, Handler, a_shop
from hostile_till import a_stranger, a_wired_till
from raw_output import is_harmless
from sinks import command, is_plain
from test_canary import ERROR, attempt, hits

from tui_pos.services.payment_view import Phase


def test_a_letter_that_shows_nothing_is_not_drawn_when_it_is_typed(tmp_path: Path) -> None:
    with a_shop() as shop, a_till(shop, tmp_path) as till:
        till.show("Scan an item").send("AB\u3164\uffa01\r").show("1 item")
        till.leave()
        is_harmless(till.found)


async def test_a_terminal_on_which_nothing_was_started_is_not_busy(tmp_path: Path) -> None:
    with a_shop(words={"action_url": "https://evil.example/start"}) as shop:
        async with a_wired_till(shop, tmp_path) as bench:
            sale, methods = await bench.rung_up()
            await bench.ended(bench.begin(sale, methods))
            bench.till.next_sale()
            shop.words.clear()
            sale, methods = await bench.rung_up("0000000000002")
            view = await bench.ended(bench.begin(sale, methods))
            assert view.phase is Phase.PAID


def test_a_demo_asks_no_proxy(tmp_path: Path) -> None:
    with a_stranger() as stranger:
        url = stranger.url
        env = {
            "http_proxy": url,
            "HTTP_PROXY": url,
            "all_proxy": url,
            "no_proxy": "",
            "TERM": "dumb",
        }
        program = ["-m", "tui_pos", "demo", "--customer-s", "0"]
        with a_console(program, tmp_path, env=env) as console:
            code = console.end()
        assert stranger.heard == []
        assert code == 0


async def test_a_journal_of_somebody_else_is_shown_as_text(tmp_path: Path) -> None:
    """A support desk opens what was sent to it; the rows need not be this program's own."""
    with a_shop(terminal_names=["COUNTER-X"]) as shop:
        async with a_wired_till(shop, tmp_path) as bench:
            sale, methods = await bench.rung_up()
            await bench.ended(bench.begin(sale, methods))
    path = tmp_path / "till.journal"
    with closing(sqlite3.connect(path)) as base:
        base.executescript("drop trigger journal_refuses_update")
        base.execute(
            "update journal set body = replace(body, 'COUNTER-X', ?)", (r"X\u001b[2J\u009b2J",)
        )
        base.execute("update attempts set state = state || char(27) || ']0;x' || char(7)")
        base.commit()
    for verb in ("list", "verify", "export"):
        _, out, err = command("journal", "--file", str(path), verb)
        is_plain(out)
        is_plain(err)


LEAKY = """
import sys
from pathlib import Path
from tui_pos.adapters.commerce.afosto.adapter import Afosto
async def start(self, payment):
    raise RuntimeError("headers: Bearer " + Path("token").read_text())
Afosto.start = start
from tui_pos.cli import main
sys.exit(main())
"""


def test_the_log_knows_the_token_and_leaves_it_out(tmp_path: Path) -> None:
    program = tmp_path / "leaky.py"
    program.write_text(LEAKY)
    with a_shop() as shop, a_till(shop, tmp_path, program=[str(program)]) as till:
        till.show("Scan an item").send("0000000000001\r").show("0000000000001")
        till.send(F[9]).show("card terminal").send("\r").show("Outcome not known")
        till.leave()
    logs = [path.read_text() for path in tmp_path.rglob("till.log*")]
    assert any("RuntimeError" in log for log in logs)
    assert not any(TOKEN in log for log in logs)


async def test_an_address_that_a_refusal_repeats_is_neither_shown_nor_kept(tmp_path: Path) -> None:
    """The address of a START is a secret of its own: who has it can start the payment."""

    def repeat(handler: Handler) -> None:
        body = ERROR + f"no route for GET {handler.path}".encode() + b'"}}'
        handler.wfile.write(
            b"HTTP/1.1 422 X\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(body), body)
        )

    with a_shop(raw={"start": repeat}) as shop:
        async with a_wired_till(shop, tmp_path) as bench:
            await attempt(bench, shop)
        assert shop.calls("start") == 1
    assert hits(tmp_path) == []
