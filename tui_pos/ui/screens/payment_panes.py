"""The phases of a payment that only watch and ask: waiting, in doubt, over without money, by link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_pos.services.payment_view import Choice, PaymentView
from tui_pos.ui.grid import Row
from tui_pos.ui.ingress import LINE_LIMIT, is_scan
from tui_pos.ui.keymap import Keymap
from tui_pos.ui.screens import payment_draw as draw
from tui_pos.ui.screens import payment_keys as keys
from tui_pos.ui.screens import payment_words as words
from tui_pos.ui.screens.payment_parts import Space

if TYPE_CHECKING:
    from tui_pos.ui.screens.payment import PaymentScreen


class Pane:
    """What the payment screen shows and takes in one phase.

    Attributes:
        text: what was typed since the last named key.
        has_field: whether it is shown, and kept until it is cleared.
        is_typing: whether any character is text for a field, and none an answer.
        is_over: whether the next scan belongs to the next sale.
        caret: where attention is, in the pane; None for nowhere.
    """

    keymap: Keymap = keys.WAIT
    is_typing = False
    has_field = False
    is_over = False

    def __init__(self, screen: PaymentScreen) -> None:
        self.screen = screen
        self.text = ""
        self.caret: tuple[int, int] | None = None

    @property
    def note(self) -> str:
        """What is said when the next customer is served from here."""
        return "This sale is put aside. F7 brings it back"

    @property
    def view(self) -> PaymentView:
        view = self.screen.view
        assert view is not None  # noqa: S101  these phases are phases of an attempt
        return view

    def draw(self, space: Space) -> list[Row]:
        raise NotImplementedError

    def shown(self) -> None:
        """It became what the screen shows."""
        self.text = ""

    # Characters: an answer is one that nothing follows; all others make a line.

    def is_answer(self, char: str) -> bool:
        """Whether this character, alone, asks for something."""
        return False

    def answer(self, char: str) -> None:
        """Do what a character alone asks for."""

    def put(self, char: str) -> None:
        if len(self.text) < LINE_LIMIT:
            self.text += char

    def retracted(self) -> None:
        """What was typed was a scan."""
        self.text = ""

    def settle(self) -> None:
        """A named key came: what was typed before it stands."""

    def is_scan(self, text: str, at_once: bool) -> bool:
        return is_scan(text, at_once=at_once)

    # What every phase has

    def do_ask(self) -> None:
        self.screen.till.payments.ask(self.view.attempt_id)
        self.screen.say("Asking the shop's server")

    def do_back(self) -> None:
        self.screen.say(words.STAYS)


class WaitPane(Pane):
    """Enter does nothing here, on purpose."""

    keymap = keys.WAIT

    def draw(self, space: Space) -> list[Row]:
        return draw.draw_waiting(self.view, space, self.screen.app.format, self.screen.waiting)

    def do_stop(self) -> None:
        if not self.screen.till.payments.stop_waiting(self.view.attempt_id):
            self.screen.say(words.STOP)


class BookingPane(Pane):
    keymap = keys.BOOKING

    def draw(self, space: Space) -> list[Row]:
        return draw.draw_booking(self.view, space, self.screen.app.format, self.screen.waiting)


class DoubtPane(Pane):
    """One question. Only a single letter answers it, never a line; and never Enter."""

    keymap = keys.DOUBT

    def __init__(self, screen: PaymentScreen) -> None:
        super().__init__(screen)
        self.said: dict[str, Choice] = {}

    def draw(self, space: Space) -> list[Row]:
        view, app = self.view, self.screen.app
        said, held = self.said.get(view.attempt_id), self.screen.held_choice
        return draw.draw_doubt(view, space, app.format, self.screen.waiting, said=said, held=held)

    def choice(self, char: str) -> Choice | None:
        return next((c for key, c, _ in words.STATEMENTS if key == char.upper()), None)

    def is_answer(self, char: str) -> bool:
        return self.choice(char) is not None

    def answer(self, char: str) -> None:
        choice, view = self.choice(char), self.view
        if choice is None:
            return
        if choice is Choice.SAY_DECLINED and choice not in view.choices:
            if view.declined_after_s:
                self.screen.say(
                    "Declined can be said a little later: the request may still be on its way.",
                    "warn",
                )
            return
        if choice is Choice.SAY_DECLINED and view.needs_supervisor:
            self.screen.ask_supervisor()
            return
        self.screen.till.payments.say(view.attempt_id, choice)
        self.said[view.attempt_id] = choice
        self.screen.app.hush()

    def do_supervisor(self) -> None:
        self.screen.ask_override()


class SupervisorPane(Pane):
    """The second `declined` in one sale needs a second name."""

    keymap = keys.SUPERVISOR
    is_typing = has_field = True

    def draw(self, space: Space) -> list[Row]:
        return draw.draw_supervisor(self.view, space, self.screen.app.format, self.text)

    def is_scan(self, text: str, at_once: bool) -> bool:
        return any(not (c.isalpha() or c in " .'-") for c in text)

    def do_enter(self) -> None:
        name = self.text.strip()
        if len(name) < 2:
            self.screen.say("Type the supervisor's name, then Enter", "warn")
            return
        view = self.view
        self.screen.supervisor_done()
        self.screen.till.payments.say(view.attempt_id, Choice.SAY_DECLINED, supervisor=name)

    def do_back(self) -> None:
        self.screen.supervisor_done()


class RetryPane(Pane):
    keymap = keys.RETRY

    def draw(self, space: Space) -> list[Row]:
        return draw.draw_retry(self.view, space, self.screen.app.format, self.screen.waiting)

    def is_answer(self, char: str) -> bool:
        return char.lower() in ("t", "c")

    def answer(self, char: str) -> None:
        if char.lower() == "t":
            self.do_other()
        else:
            self.do_cash()

    def do_again(self) -> None:
        view = self.view
        if Choice.AGAIN not in view.choices:
            return
        if not self.screen.sale.is_total_certain:
            self.screen.go_on("list")  # the order is being made anew: its amount may be another one
            return
        self.screen.till.payments.again(view.attempt_id)
        self.screen.app.hush()

    def do_other(self) -> None:
        self.screen.go_on("list")

    def do_cash(self) -> None:
        self.screen.go_on("cash")

    def do_back(self) -> None:
        self.screen.go_on("basket")


class FollowPane(Pane):
    keymap = keys.FOLLOW

    def draw(self, space: Space) -> list[Row]:
        view = self.view
        code = self.screen.code_for(view.link)
        return draw.draw_follow(view, space, self.screen.app.format, code, self.screen.waiting)

    def is_answer(self, char: str) -> bool:
        return char.lower() == "t"

    def answer(self, char: str) -> None:
        self.do_other()

    def do_other(self) -> None:
        if Choice.OTHER in self.view.choices:
            self.screen.go_on("list")
