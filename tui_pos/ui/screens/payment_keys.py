"""The keys of each phase of a payment."""

from __future__ import annotations

from tui_pos.ui.keymap import Action, Keymap

_HELP = Action("help", "Help", "What every key does here.", ("f1",), words=("??",))
_LEAVE = Action(
    "leave",
    "Next",
    "Let this run and serve the next customer. F7 brings it back.",
    ("f6",),
    words=("lv",),
)
_ASK = Action("ask", "Ask now", "Read at the server what became of it.", ("f2",), words=("st",))

TENDER = Keymap(
    (
        Action(
            "enter",
            "Pay",
            "Pay the way that is marked, all of it or the amount typed.",
            ("enter", "f9"),
        ),
        Action("card", "Card", "Card, on the terminal used last: *", words=("cc",)),
        Action(
            "cash",
            "Cash",
            "Cash: / or F10. With an amount before it: so much is handed over.",
            ("f10",),
            words=("ca",),
        ),
        Action("ask", "Refresh", "Read the terminals again.", ("f2",)),
        Action("invoice", "Invoice", "Choose after paying what is invoiced.", ("f5",)),
        Action(
            "leave",
            "Hold",
            "Put this sale aside and serve the next customer.",
            ("f6",),
            words=("hd",),
        ),
        Action("back", "Basket", "Back to the basket; clears the amount first.", ("escape",)),
        _HELP,
        Action("up", "", "The way above.", ("up",)),
        Action("down", "", "The way below.", ("down", "tab")),
    )
)
CASH = Keymap(
    (
        Action(
            "enter",
            "Take",
            "Take what was typed; nothing typed is the exact amount.",
            ("enter", "f9", "f10"),
        ),
        Action("back", "Other ways", "Back to the list; clears the amount first.", ("escape",)),
        Action(
            "leave",
            "Hold",
            "Put this sale aside and serve the next customer.",
            ("f6",),
            words=("hd",),
        ),
        _HELP,
    )
)
WAIT = Keymap(
    (
        _ASK,
        _LEAVE,
        Action(
            "stop",
            "Stop?",
            "How a payment is stopped: on the terminal itself.",
            ("f8",),
            words=("ab",),
        ),
        _HELP,
        Action("back", "", "Says what is possible. Never stops a payment.", ("escape",)),
    )
)
CONFIRM = Keymap(
    (
        Action("next", "Next", "The customer may go: the next sale.", ("enter", "escape", "f6")),
        _ASK,
        _HELP,
    )
)
BOOKING = Keymap((_ASK, _LEAVE, _HELP, Action("back", "", "Says what is possible.", ("escape",))))
DOUBT = Keymap(
    (
        Action(
            "ask", "Look again", "Read at the server what became of it.", ("f2",), words=("st",)
        ),
        _LEAVE,
        Action(
            "supervisor",
            "Supervisor",
            "A supervisor decides what the till cannot know.",
            ("f10",),
            words=("sv",),
        ),
        _HELP,
        Action("back", "", "Says what is possible. Never gives a payment up.", ("escape",)),
    )
)
OVERRIDE = Keymap(
    (
        Action("enter", "Confirm", "The supervisor takes it on their name.", ("enter",)),
        Action("back", "Back", "Decide nothing yet.", ("escape",)),
        _LEAVE,
    )
)
BELIEVED = Keymap(
    (
        Action(
            "next",
            "Next sale",
            "The next customer. A scan does the same.",
            ("enter", "escape", "f6", "f9"),
        ),
        _ASK,
        _HELP,
    )
)
SUPERVISOR = Keymap(
    (
        Action("enter", "Confirm", "The supervisor takes it on their name.", ("enter",)),
        Action("back", "Back", "Say nothing yet.", ("escape",)),
        _LEAVE,
    )
)
RETRY = Keymap(
    (
        Action("again", "Again", "Once more, the same way.", ("enter", "f9")),
        Action("other", "Other", "Another terminal or another way to pay: T", words=("ot",)),
        Action("cash", "Cash", "Cash: C or F10.", ("f10",), words=("ca",)),
        Action(
            "leave",
            "Next",
            "Leave it as it is and serve the next customer.",
            ("f6",),
            words=("lv",),
        ),
        Action("back", "Basket", "Back to the basket; nothing was paid.", ("escape",)),
        _HELP,
    )
)
FOLLOW = Keymap(
    (
        _ASK,
        _LEAVE,
        Action("other", "Other", "Another way to pay: T", words=("ot",)),
        _HELP,
        Action("back", "", "Says what is possible.", ("escape",)),
    )
)
PAID = Keymap(
    (
        Action(
            "next",
            "Next sale",
            "The next customer. A scan does the same.",
            ("enter", "escape", "f6", "f9"),
        ),
        _HELP,
    )
)
UNITS = Keymap(
    (
        Action("enter", "Invoice", "Invoice what is chosen.", ("enter",)),
        Action("up", "", "The line above.", ("up",)),
        Action("down", "", "The line below.", ("down", "tab")),
        Action("existing", "Add to", "Add to an invoice that exists: type its id.", ("f4",)),
        Action("skip", "No invoice", "Finish without an invoice; it can be made later.", ("f8",)),
        Action(
            "leave",
            "Later",
            "Serve the next customer first. F7 brings this back.",
            ("f6",),
            words=("lv",),
        ),
        _HELP,
        Action("back", "", "Says what is possible.", ("escape",)),
    )
)
