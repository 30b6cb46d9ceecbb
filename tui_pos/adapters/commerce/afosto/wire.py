"""Calls in the vendor's two styles, over the one client. Loads what it needs at the first call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin

from tui_pos.adapters.commerce import answers, origin
from tui_pos.adapters.commerce.afosto import envelopes
from tui_pos.adapters.commerce.afosto.dialect import Dialect
from tui_pos.adapters.commerce.afosto.options import AfostoOptions
from tui_pos.adapters.commerce.lean import without
from tui_pos.adapters.commerce.limits import Kind
from tui_pos.domain.errors import BackendError, Malformed, MaybeDone, NotAllowed, NotSent
from tui_pos.ports.commerce import Health

if TYPE_CHECKING:
    from tui_pos.adapters.commerce.http import Http, OnCall

T = TypeVar("T")


class Wire:
    """GraphQL, REST and documents of one backend, with the till's view of its health."""

    def __init__(
        self, options: AfostoOptions, token: Callable[[], str], on_call: OnCall | None
    ) -> None:
        self.health = Health()
        self.dialect = Dialect(
            methods_path=options.payment_options_path, action_ids=options.action_ids
        )
        self._options, self._token, self._on_call = options, token, on_call
        self._http: Http | None = None
        self._loading = asyncio.Lock()

    async def ready(self) -> Http:
        """The client; made in a thread the first time: imports and certificates take long."""
        if self._http is None:
            async with self._loading:
                if self._http is None:
                    self._http = await asyncio.to_thread(self._load)
        return self._http

    def _load(self) -> Http:
        with without("click"):
            from tui_pos.adapters.commerce import http
        from tui_pos.adapters.commerce.afosto import mapping

        del mapping  # loaded for its first use
        self.dialect.load()
        allowed = self._options.document_allow_list
        context = http.tls_context(
            ca_file=self._options.ca_file,
            is_needed=any(each.scheme == "https" for each in allowed),
        )
        return http.Http(
            self._options.origin,
            self._token,
            self._options.limits,
            context=context,
            health=self.health,
            on_call=self._on_call,
        )

    async def query(self, operation: str, variables: Mapping[str, Any], *, root: str) -> Any:
        """The value of a query's root field; repeated while nothing is proven."""
        return await self.reading(
            lambda: self._graphql(Kind.READ, operation, variables, root=root, key="")
        )

    async def mutate(
        self, operation: str, value: Mapping[str, Any], *, key: str, kind: Kind = Kind.READ
    ) -> Mapping[str, Any]:
        """The payload of a mutation, sent once; {} if the server told nothing about it."""
        payload = await self._graphql(kind, operation, {"input": value}, root=operation, key=key)
        if payload is None:
            return {}
        if not isinstance(payload, Mapping):
            raise self._noted(Malformed("its answer does not say what was asked"), kind)
        return payload

    async def _graphql(
        self, kind: Kind, operation: str, variables: Mapping[str, Any], *, root: str, key: str
    ) -> Any:
        await self.ready()  # documents are loaded with the client
        while True:
            seen = self.dialect.version
            body = {
                "query": self.dialect.render(operation),
                "operationName": operation,
                "variables": variables,
            }
            answer = await self._send(kind, operation, "POST", "/graphql", body=body, key=key)
            verdict = envelopes.graphql(answer, root)
            if verdict.error is None:
                self._well()
                return verdict.value
            if not self.dialect.adapt(verdict.schema_words, seen):
                raise self._noted(verdict.error, kind)

    async def rest(
        self,
        kind: Kind,
        name: str,
        method: str,
        url: str,
        *,
        body: Mapping[str, Any] | None = None,
        key: str = "",
    ) -> Mapping[str, Any]:
        """The object that a REST call answers, sent once. `url` is a path, or a whole address that was checked."""
        if body is not None and self._options.wraps_rest:
            body = {"data": body}
        answer = await self._send(kind, name, method, url, body=body, key=key)
        try:
            value = envelopes.rest(answer)
        except BackendError as error:
            raise self._noted(error, kind) from None
        self._well()
        return value

    async def document(self, url: str) -> bytes:
        """The bytes behind an address of the allow-list, after at most one redirect inside it.

        Raises:
            ForeignAddress: the address, or where it points to, is not on the list.
            Malformed: it is not a PDF.
        """
        allowed = self._options.document_allow_list
        for _ in range(2):
            origin.require(url, allowed)
            answer = await self._send(Kind.DOCUMENT, "document", "GET", url)
            if not (300 <= answer.status < 400 and answer.location):
                break
            url = urljoin(url, answer.location)
        if 400 <= answer.status < 500:
            raise answers.refusal(answer.status, "")
        if not answer.is_success:
            raise MaybeDone(answers.unproven(answer.status))
        if not answer.body.startswith(b"%PDF-"):
            raise Malformed("the document is not a PDF")
        return answer.body

    async def reading(self, call: Callable[[], Awaitable[T]]) -> T:
        """A call that changes nothing, repeated as the limits say while nothing is proven."""
        await self.ready()
        from tui_pos.adapters.commerce.http import repeating

        return await repeating(call, self._options.limits)

    async def _send(
        self, kind: Kind, name: str, method: str, url: str, *, body: Any = None, key: str = ""
    ) -> answers.Answer:
        http = await self.ready()
        if url.startswith("/"):
            url = self._options.url(url)
        try:
            return await http.send(kind, name, method, url, body=body, key=key)
        except BackendError as error:
            if not isinstance(error, NotAllowed) and kind is not Kind.DOCUMENT:
                if kind is not Kind.START or isinstance(error, NotSent):
                    self.health.is_reachable = False
            self._noted(error, kind)
            raise

    def _noted(self, error: BackendError, kind: Kind) -> BackendError:
        """Put an error's lasting part into the status bar; a terminal that takes long is none."""
        if kind in (Kind.READ, Kind.MONEY) or isinstance(error, NotSent):
            self.health.trouble = answers.trouble(error)
        return error

    def _well(self) -> None:
        self.health.trouble = ""

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
