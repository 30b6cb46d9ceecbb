"""Secrets: read when needed, never shown."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_LIMIT = 16_384


class Secret(str):
    """Text that does not show itself. `reveal` gives it in the clear."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def reveal(self) -> str:
        return str.__str__(self)


class SecretUnreadable(Exception):
    """Why a secret cannot be used; never says what is in it."""


class TokenSource:
    """Gives the token at every call, so that a renewed one counts without a restart.

    Attributes:
        path: the file it is read from.
    """

    def __init__(self, path: Path, *, is_credential: bool = False) -> None:
        self.path = path
        self._is_credential = is_credential

    def __repr__(self) -> str:
        return f"TokenSource({str(self.path)!r})"

    def __call__(self) -> Secret:
        """The token.

        Raises:
            SecretUnreadable: there is none, or others could read or change it.
        """
        descriptor = self._open()
        try:
            data = os.read(descriptor, _LIMIT + 1)
        except OSError as error:
            raise SecretUnreadable(f"{self.path}: {error.strerror}") from None
        finally:
            os.close(descriptor)
        try:
            token = data.decode("ascii").strip()
        except UnicodeDecodeError:
            token = ""
        if not token or len(data) > _LIMIT or not token.isprintable():
            raise SecretUnreadable(f"{self.path} does not hold one line with a token")
        return Secret(token)

    def check(self) -> None:
        """Whether the file may be used, without reading it.

        Raises:
            SecretUnreadable: why not.
        """
        os.close(self._open())

    def _open(self) -> int:
        try:
            # Without NONBLOCK a named pipe in its place would stop the till here.
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            what = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
            raise SecretUnreadable(f"{self.path}: {what}") from None
        try:
            self._judge(os.fstat(descriptor))  # of what was opened, wherever links led
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _judge(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise SecretUnreadable(f"{self.path} is not a plain file")
        if self._is_credential:
            return  # the service manager guards it, with an access list of its own
        if found.st_uid != os.geteuid():
            raise SecretUnreadable(f"{self.path} belongs to another user")
        mode = stat.S_IMODE(found.st_mode)
        if mode & 0o077:
            raise SecretUnreadable(
                f"{self.path} can be used by others (mode {mode:04o}); run: chmod 600 {self.path}"
            )
