"""Measures the real till from outside: real settings, sandbox, journal and catalogue, over HTTP.

    python tests/bench/run.py TILLBENCH_FOLDER [MEASURES] [-- OPTIONS FOR tillbench ...]

It starts a sandbox, writes a till's settings into a throwaway folder and calls tillbench for the till, alone and
with a START running (`busy`), beside the leanest Textual program and bare curses. The ratios are the result.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from console import World  # noqa: E402

from tui_pos.sandbox import shop  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tillbench", type=Path, help="the folder of the bench")
    parser.add_argument("measures", nargs="?", default="start,mem,keys,scan,flood,idle")
    parser.add_argument("--alone", action="store_true", help="only the till, not the floors")
    parser.add_argument("--busy", action="store_true", help="also with a START running")
    parser.add_argument("--latency-ms", default="0", help="of each of the shop's answers")
    given, rest = parser.parse_known_args()
    bench = given.tillbench.resolve()
    with tempfile.TemporaryDirectory(prefix="tui-pos-bench-") as name:
        folder = Path(name)
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tui_pos", "sandbox", "--until-stdin-closes"),
                *("--latency-ms", given.latency_ms),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            world = World(folder, json.loads(process.stdout.readline()))
            for terminal in world.sandbox.terminals():
                world.sandbox.terminal(terminal["id"], mode="manual", is_online=True)
            gtins = [product.gtin for product in shop.products().values()]
            (folder / "codes.txt").write_text("\n".join(g for g in gtins if len(g) == 13))
            scenarios = [scenario(folder, "till.toml", "tui-pos")]
            if given.busy:
                scenarios.append(scenario(folder, "busy.toml", "tui-pos busy"))
            if not given.alone:
                floors = bench / "scenarios"
                scenarios += [str(floors / "lean_textual.toml"), str(floors / "bare_curses.toml")]
                rest = [*rest, "--base", "textual-lean"]
            command = [sys.executable, "-m", "tillbench", given.measures, *scenarios]
            return subprocess.run(
                [*command, "--set", f"python={sys.executable}", *[r for r in rest if r != "--"]],
                cwd=bench,
                check=False,
            ).returncode
        finally:
            process.communicate()


def scenario(folder: Path, template: str, name: str) -> str:
    """A scenario for this folder, made of a template beside this file."""
    program = Path(sys.executable).parent / "tui-pos"
    text = (HERE / template).read_text(encoding="utf-8")
    text = text.replace("@NAME@", name).replace("@BIN@", str(program))
    path = folder / template
    path.write_text(text.replace("@FOLDER@", str(folder)), encoding="utf-8")
    return str(path)


if __name__ == "__main__":
    raise SystemExit(main())
