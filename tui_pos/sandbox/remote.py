"""Steering a sandbox that runs in another process, with the standard library only."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

# The sandbox is on this machine: a proxy of the environment would see, and answer, what is meant for it.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class RefusedByControl(Exception):
    """The control API said no; `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class RemoteSandbox:
    """The control API of `control.py`, blocking. `control` is the URL that `serve` prints."""

    def __init__(self, control: str, control_token: str | None = None) -> None:
        if not control.startswith("http://127.0.0.1:"):
            raise ValueError("the control API is on loopback only")
        self._base = control
        self._headers = {"content-type": "application/json"}
        if control_token is not None:
            self._headers["x-sandbox-control"] = control_token

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One control request, for what has no method here; `path` starts with a slash."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - loopback http, checked above
            self._base + urllib.parse.quote(path, safe="/?=&"), data, self._headers, method=method
        )
        try:
            with _DIRECT.open(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise RefusedByControl(error.code, json.load(error)["error"]) from None

    def ledger(self) -> list[dict[str, Any]]:
        """Every charge, oldest first."""
        charges: list[dict[str, Any]] = self.call("GET", "/ledger")["charges"]
        return charges

    def calls(self, operation: str | None = None, *, since: int = 0) -> list[dict[str, Any]]:
        """Requests with a `seq` above `since`, of one operation or of all."""
        found: list[dict[str, Any]] = self.call("GET", f"/calls?since={since}")["calls"]
        return [c for c in found if operation is None or operation in c["operation"].split(",")]

    def terminals(self) -> list[dict[str, Any]]:
        """What every terminal shows now."""
        shown: list[dict[str, Any]] = self.call("GET", "/terminals")["terminals"]
        return shown

    def state(self) -> dict[str, Any]:
        """Everything."""
        state: dict[str, Any] = self.call("GET", "/state")
        return state

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change settings by name; all of them as they are then."""
        settings: dict[str, Any] = self.call("POST", "/settings", changes)
        return settings

    def fault(self, operation: str, kind: str, **details: Any) -> None:
        """Plan a fault, see faults.py."""
        self.call("POST", "/faults", {"operation": operation, "kind": kind, **details})

    def clear_faults(self) -> None:
        """No faults and no latency any more."""
        self.call("DELETE", "/faults")

    def latency(self, operation: str, latency_s: float, jitter_s: float = 0.0) -> None:
        """Hold up an operation (or `*`) from now on."""
        body = {"operation": operation, "latency_s": latency_s, "jitter_s": jitter_s}
        self.call("POST", "/latency", body)

    def terminal(self, name_or_id: str, **changes: Any) -> dict[str, Any]:
        """Change properties of a terminal and look at it."""
        shown: dict[str, Any] = self.call("POST", f"/terminals/{name_or_id}", changes)
        return shown

    def press(self, name_or_id: str, key: str) -> None:
        """Press a key: approve, decline, abort, silent, partial; 409 when it shows nothing."""
        self.call("POST", f"/terminals/{name_or_id}/press", {"key": key})

    def advance(self, seconds: float) -> int:
        """Move the backend's clock; returns its time in Unix ms."""
        return int(self.call("POST", "/clock", {"advance_s": seconds})["now"])
