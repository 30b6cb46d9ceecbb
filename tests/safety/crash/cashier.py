"""A person at the till: sees the screen and the terminal, tells the truth, pays again only when told to."""

from __future__ import annotations

import re
import time

from crash.station import TERMINAL, Run, Till
from tui_pos.domain.errors import JournalError

F = {"F2": "\x1bOQ", "F6": "\x1b[17~", "F7": "\x1b[18~", "F9": "\x1b[20~", "F10": "\x1b[21~"}
_LINE = re.compile(r"^\W*\d+\W+(\d{8,14})\s.*?\s(\d+)(?:\s+[\d.,]+){2}\s*$", re.MULTILINE)
_APPROVED = ("approve", "answer_lost", "read_lag", "gateway_timeout", "pending_live", "cancel_late")
_DECLINED = ("decline", "abort", "died")
_QUICK_S, _SLOW_S = 0.1, 0.5  # to react to a screen that changed, and to one that did not


class Cashier:
    """Serves the one customer of a run, over as many lives of the till as it takes."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._heeded_at = int(run.shop.sandbox.call("POST", "/clock", {"advance_s": 0})["now"])
        self._acted_at, self._acted_on = 0.0, ""
        self.has_seen_paid = self.has_seen_unsaved = False

    def serve(self, till: Till, *, is_doomed: bool = False, within_s: float = 25.0) -> bool:
        """Do what there is to do until the sale is finished or the till has died; whether it is finished.

        Args:
            is_doomed: it may still die after the sale is finished.
        """
        run, linger_s = self._run, 1.5 if is_doomed else 0.8
        self._acted_on = ""
        end, finished_at = time.monotonic() + within_s, 0.0
        while (now := time.monotonic()) < end:
            if not till.look():
                return False
            self.has_seen_unsaved |= "not saved" in till.text
            if not finished_at and self.is_finished():
                finished_at = now
            if finished_at:
                if now - finished_at > linger_s or (not is_doomed and run.documents()):
                    return True
            elif self._is_time(till.text, now):
                before = till.text
                did = self._act(till)
                if did:
                    run.story.append(did)
                    self._acted_at, self._acted_on = now, before
        run.story += ["the cashier gave up. The screen:", till.text]
        return False

    def _is_time(self, text: str, now: float) -> bool:
        waited = now - self._acted_at
        is_counted = "Outcome not known" in text or "F7 Recall" in text
        return waited > (_QUICK_S if text != self._acted_on and not is_counted else _SLOW_S)

    def is_finished(self) -> bool:
        """Whether the till calls a sale of money finished, and none with goods or money is open."""
        reader = self._run.reader()
        if reader is None:
            return False
        try:
            is_paid = False
            for sale_id, is_closed in reader.recent_sales():
                attempts = reader.attempts(sale_id)
                if is_closed:
                    is_paid |= any(a.state == "closed" for a in attempts)
                elif attempts or any(r.kind == "line_added" for r in reader.rows(sale_id)):
                    return False
            return is_paid
        except JournalError:
            return False  # just being made
        finally:
            reader.close()

    def _act(self, till: Till) -> str:
        text = till.text
        if "Outcome not known" in text:
            return self._answer(till, text)
        if "A supervisor looks at the terminal" in text:
            till.send("Chef")
            till.send("\r")
            return "the supervisor signs"
        if re.search(r"Enter\b.*again", text):
            till.send("\r")
            return "pays again, as the till offers"
        if re.search(r"^\W*Paid\b", text, re.MULTILINE):
            self.has_seen_paid = True
            return ""
        if "Bring back a sale" in text:
            till.send("\r")
            return "brings the sale back"
        if "To pay" in text:
            return self._pay(till, text)
        if "F7 Recall" in text:
            return self._ring_up(till, text)
        return ""

    def _answer(self, till: Till, text: str) -> str:
        """What the terminal said, as far as a person can tell."""
        shown = self._run.shop.sandbox.terminal(TERMINAL)
        last = shown["last"]
        if shown["payment_id"]:
            key = "w"
        elif last is None or last["at"] <= self._heeded_at:
            key = "?"
        else:
            key = "a" if last["result"] in _APPROVED else "d"
        if key == "d" and re.search(r"\[D\] (in|not now)", text):
            return ""
        if re.search(rf"► \[{re.escape(key.upper())}\]", text):
            return ""  # said already
        till.send(key)
        if key == "d" and last is not None:
            self._heeded_at = last["at"]
        return f"says {key}"

    def _pay(self, till: Till, text: str) -> str:
        if "To pay: Cash" in text and "Enter takes" in text:
            till.send("\r")
            return "takes the cash"
        if "► Enter" not in text or TERMINAL not in text:
            return ""  # the ways to pay are not there yet
        if self._run.tender == "cash":
            till.send(F["F10"])
            return "chooses cash"
        till.send("\r")
        return "asks for the card"

    def _ring_up(self, till: Till, text: str) -> str:
        """What is missing on the screen, then Pay; what is set aside comes first."""
        if "put aside: F7" in text:
            till.send(F["F7"])
            return "looks at the open sales"
        rung = {code: int(units) for code, units in _LINE.findall(text)}
        missing = {c: n - rung.get(c, 0) for c, n in self._run.goods.items()}
        if any(units > 0 for units in missing.values()):
            till.send("".join(f"{code}\r" * units for code, units in missing.items()))
            return f"scans {sum(missing.values())}"
        if rung != self._run.goods:
            raise AssertionError(f"the till shows other goods than were scanned:\n{text}")
        till.send(F["F9"])
        return "Pay"
