"""What can go wrong, in words for people and with what is proven about the other side.

PosError
├── BackendError            a call to the backend did not do what was asked
│   ├── NotSent             proven: no byte left; repeating is safe
│   ├── MaybeDone           no proof either way: read before anything is repeated
│   │   └── Malformed       answered, but not in the contract's words
│   └── Refused             the backend answered and said no
│       ├── NotAllowed      the token is missing, wrong or too narrow
│       ├── NotFound
│       ├── Conflict        busy, or in another state than asked for
│       └── RateLimited
├── ForeignAddress          an answer points to another server: nothing was sent there
├── JournalError            a durable write failed: nothing that needs it is sent
├── JournalHeld             another process holds this till
└── InvalidTransition       a payment was asked to do what its state forbids: a bug
"""

from __future__ import annotations


class PosError(Exception):
    """An error for people.

    Attributes:
        title: what happened, in a few words.
        advice: what is safe and which step is next.
    """

    title = "Something went wrong"
    advice = "Nothing is lost. Try again."

    def __init__(self, detail: str = "", *, title: str = "", advice: str = "") -> None:
        self.detail = detail
        if title:
            self.title = title
        if advice:
            self.advice = advice
        super().__init__(f"{self.title}: {detail}" if detail else self.title)

    @property
    def sentence(self) -> str:
        """What happened, and what is safe or next, as one line."""
        return f"{self}. {self.advice}"


class BackendError(PosError):
    """A call to the backend did not do what was asked."""

    title = "The shop's server did not do this"
    advice = "The basket is kept. Try again."


class NotSent(BackendError):
    """Proven: the request never left. Repeating it is safe."""

    title = "The shop's server cannot be reached"
    advice = "Nothing was sent and the basket is kept. Check the network, then try again."


class MaybeDone(BackendError):
    """The request may have been carried out. Only reading tells."""

    title = "The shop's server did not answer"
    advice = "The basket is kept. The till is checking what happened."


class Malformed(MaybeDone):
    """An answer came, but not one that the contract knows."""

    title = "The shop's server answered in a way the till cannot read"


class Refused(BackendError):
    """The backend answered and said no; nothing was done.

    Attributes:
        code: the backend's own word or HTTP status, as text.
        field: which part of the input it named, or "".
    """

    title = "The shop's server refused this"
    advice = "The basket is kept."

    def __init__(self, detail: str = "", *, code: str = "", field: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.field = field


class NotAllowed(Refused):
    """The token is missing, wrong, or lacks a right."""

    title = "The shop's server does not accept this till's token"
    advice = "The basket is kept. Ask the person who looks after the till to renew the token."


class NotFound(Refused):
    """The backend does not know the thing that was named."""

    title = "The shop's server does not know this"


class Conflict(Refused):
    """The thing exists, but is busy or in another state."""

    title = "The shop's server is busy with this already"


class RateLimited(Refused):
    """Too many calls.

    Attributes:
        retry_after_s: seconds to wait, when the backend said so.
    """

    title = "The shop's server asks to slow down"
    advice = "The basket is kept. The till goes on by itself in a moment."

    def __init__(self, detail: str = "", *, code: str = "", retry_after_s: float = 1.0) -> None:
        super().__init__(detail, code=code)
        self.retry_after_s = retry_after_s


class ForeignAddress(PosError):
    """The backend named an address on another server. The till neither calls it nor sends its token."""

    title = "The shop's server points to a foreign address"
    advice = "Nothing was sent there. Take another means of payment and report this."


class JournalError(PosError):
    """The journal could not be written."""

    title = "The till's journal cannot be written"
    advice = "No payment is started until it can. Free some disk space, then try again."


class JournalHeld(PosError):
    """Another process works with this till's journal."""

    title = "Another process holds this till"
    advice = "Close it first."


class InvalidTransition(PosError):
    """A payment attempt was asked to do what its state forbids."""

    title = "The till stopped itself"
    advice = "No money was moved by this. Report the reference."
