"""The commands. Each loads what it needs and no more: Textual only for the till itself."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui_pos import __version__

if TYPE_CHECKING:
    from tui_pos.config.settings import Settings

DONE, FAILED, WRONG, HELD, BUG = 0, 1, 2, 3, 70


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and answer its exit code (architecture.md, "The outside")."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
    try:
        code = _main(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:
        _silence()
        return FAILED
    except OSError as error:
        _complain(f"{error.filename or 'this machine'}: {error.strerror or error}")
        return FAILED
    except Exception:
        return _bug()


def _main(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    try:
        given = parser.parse_args(arguments)
    except SystemExit as end:
        sys.stdout.flush()
        return int(end.code or DONE)
    command = given.command or _run
    return int(command(given))


def _silence() -> None:
    """Nobody reads standard output any more; the interpreter must not complain about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _bug() -> int:
    """A bug: the log gets the trace, without the values of variables; people get a sentence."""
    import logging
    import uuid

    reference = uuid.uuid4().hex[:8]
    log = logging.getLogger("tui_pos")
    if log.hasHandlers():
        log.critical("%s: a command failed", reference, exc_info=True)
    else:
        log.addHandler(logging.NullHandler())
    _complain(f"this command stopped because of an error of its own. Reference {reference}.")
    return BUG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tui-pos", description="A till that runs in a terminal.")
    parser.add_argument("--version", action="version", version=f"tui-pos {__version__}")
    parser.add_argument("--config", metavar="FILE", help="the settings file")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    run = commands.add_parser(
        "run", help="the till, with the settings file (also without a command)"
    )
    run.add_argument(
        "--config", metavar="FILE", default=argparse.SUPPRESS, help="the settings file"
    )
    run.set_defaults(command=_run)

    demo = commands.add_parser("demo", help="the till on a simulated shop: no settings, no network")
    demo.add_argument("--data", type=Path, metavar="DIR", help="keep journal and shop here")
    demo.add_argument("--theme", choices=("dark", "contrast"), default="dark")
    demo.add_argument(
        "--latency-ms", type=_natural, default=0, help="of each of the shop's answers"
    )
    demo.add_argument("--customer-s", type=_seconds, default=4.0, help="how long a customer takes")
    demo.set_defaults(command=_demo)

    sandbox = commands.add_parser("sandbox", help="the simulated shop alone")
    sandbox.add_argument("--port", type=_port, default=0, help="0 takes a free one")
    sandbox.add_argument("--data", type=Path, metavar="DIR", help="keep the shop's state here")
    sandbox.add_argument("--latency-ms", type=_natural, default=0, help="of each answer")
    sandbox.add_argument(
        "--customer-s", type=_seconds, default=4.0, help="how long a customer takes"
    )
    sandbox.add_argument("--until-stdin-closes", action="store_true", help="end with the parent")
    sandbox.add_argument("--listener", type=_natural, help="a listening socket's descriptor")
    sandbox.set_defaults(command=_sandbox)

    journal = commands.add_parser("journal", help="unfinished and past payments")
    journal.add_argument(
        "--config", metavar="FILE", default=argparse.SUPPRESS, help="the settings file"
    )
    journal.add_argument("--file", type=Path, help="a journal file, in place of the settings' one")
    verbs = journal.add_subparsers(title="verbs", metavar="VERB", required=True)
    verbs.add_parser("list", help="payments, newest first").set_defaults(
        command=_journal, verb="list"
    )
    show = verbs.add_parser("show", help="all that is known of a sale or a payment")
    show.add_argument("id", help="the id, or its first characters")
    show.set_defaults(command=_journal, verb="show")
    verbs.add_parser("verify", help="check the chain").set_defaults(command=_journal, verb="verify")
    verbs.add_parser("export", help="every row as a line of JSON").set_defaults(
        command=_journal, verb="export"
    )

    catalogue = commands.add_parser("catalogue", help="the local product index")
    catalogue.add_argument(
        "--config", metavar="FILE", default=argparse.SUPPRESS, help="the settings file"
    )
    verbs = catalogue.add_subparsers(title="verbs", metavar="VERB", required=True)
    load = verbs.add_parser("import", help="fill it from a CSV file: sku,gtin,name,price,vat")
    load.add_argument("file", type=Path, metavar="FILE.csv")
    load.set_defaults(command=_catalogue)
    return parser


def _natural(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("not below 0")
    return number


def _port(text: str) -> int:
    number = _natural(text)
    if number > 65_535:
        raise argparse.ArgumentTypeError("a port is at most 65535")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 3_600:
        raise argparse.ArgumentTypeError("from 0 to 3600 seconds")
    return number


def _settings(given: argparse.Namespace) -> Settings | None:
    """The settings, or None after one line that says what is wrong."""
    from tui_pos.config.load import load
    from tui_pos.config.settings import NoSettings, SettingsError

    try:
        return load(getattr(given, "config", None), os.environ)
    except NoSettings as error:
        _complain(
            f'there are no settings at {error.path}. README.md, "Settings", shows a file to begin '
            "with; `tui-pos demo` needs none."
        )
    except SettingsError as error:
        _complain(str(error))
    return None


def _complain(words: str) -> None:
    from tui_pos.domain.text import clean

    print(f"tui-pos: {clean(words, limit=1_000)}", file=sys.stderr)


def _is_console() -> bool:
    return bool(sys.stdin and sys.stdout) and sys.stdin.isatty() and sys.stdout.isatty()


def _run(given: argparse.Namespace) -> int:
    settings = _settings(given)
    if settings is None:
        return WRONG
    if not _is_console() or os.environ.get("TERM", "dumb") == "dumb":
        _complain("the till needs a terminal to draw on; run it in one, or by ssh with -t.")
        return WRONG
    from tui_pos.bootstrap import run

    return run(settings)


def _demo(given: argparse.Namespace) -> int:
    from tui_pos import demo

    pace = demo.Pace(given.latency_ms / 1000, given.customer_s)
    if not _is_console() or os.environ.get("TERM", "dumb") == "dumb":
        return demo.play(given.data, pace)
    return demo.run(given.data, pace, given.theme)


def _sandbox(given: argparse.Namespace) -> int:
    import socket

    from tui_pos.sandbox.serve import serve
    from tui_pos.sandbox.settings import Settings

    settings = Settings.for_people()
    settings.update({"duration_s": given.customer_s})
    listener = None if given.listener is None else socket.socket(fileno=given.listener)
    return serve(
        given.port,
        given.data,
        settings=settings,
        latency_s=given.latency_ms / 1000,
        token=os.environ.get("TUI_POS_SANDBOX_TOKEN") or None,
        until_stdin_closes=given.until_stdin_closes,
        listener=listener,
    )


def _journal(given: argparse.Namespace) -> int:
    from tui_pos import journal_report
    from tui_pos.domain.errors import PosError

    url = f"sqlite:///{given.file.resolve()}" if given.file else ""
    if not url:
        settings = _settings(given)
        if settings is None:
            return WRONG
        url = settings.journal.url
    try:
        return journal_report.report(url, given.verb, getattr(given, "id", ""), sys.stdout)
    except PosError as error:
        _complain(error.sentence)
        return FAILED


def _catalogue(given: argparse.Namespace) -> int:
    settings = _settings(given)
    if settings is None:
        return WRONG
    from tui_pos.bootstrap import import_catalogue

    return import_catalogue(settings, given.file)
