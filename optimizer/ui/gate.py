"""What may come in: our own page on this machine, with the token, in small bodies. Everything else ends here."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BODY_BYTES = 200_000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with no-referrer, browsers call the origin of our own forms "null"
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
}
"""On every answer; an answer that brings its own policy keeps it."""


class TooLarge(Exception):  # noqa: N818
    """A body is longer than it may be."""


class Gate:
    """Checks host, token, origin and length before anything of ours sees a request; the token begins every path."""

    def __init__(self, app: App, token: str, port: int) -> None:
        self._app, self._token = app, token.encode()
        self._hosts = {f"127.0.0.1:{port}".encode(), f"localhost:{port}".encode()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        refused = self._refusal(scope, headers)
        if refused is not None:
            await _plain(send, *refused)
            return
        inner = {**scope, "path": "/" + scope["path"].split("/", 2)[2]} if scope["path"].count("/") > 1 else scope
        inner.pop("raw_path", None)
        body = _Body(receive)
        try:
            await self._app(inner, body.taken, _with_headers(body.unless_cut(send)))
        except TooLarge:
            await _plain(send, 413, "too much at once")

    def _refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        host = headers.get(b"host", b"")
        if host not in self._hosts:
            return 421, "this is not the host you look for"
        first = scope["path"].lstrip("/").split("/", 1)[0]
        if not hmac.compare_digest(first.encode("utf-8", "replace"), self._token) or scope["path"].count("/") < 2:
            return 404, "not found"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "not allowed"
        if scope["method"] == "POST" and headers.get(b"origin") != b"http://" + host:
            return 403, "only our own pages may change anything"
        if headers.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none"):
            return 403, "only our own pages may ask"
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MOST_BODY_BYTES:
            return 413, "too much at once"
        return None


class _Body:
    """The body, cut off where it grows too long, whatever its headers say."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._seen, self._cut = receive, 0, False

    async def taken(self) -> Message:
        """The next piece. Raises TooLarge."""
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > MOST_BODY_BYTES:
            self._cut = True
            raise TooLarge
        return message

    def unless_cut(self, send: Send) -> Send:
        """What is sent, but for the page of a failure that the framework makes of the cut: ours is the one answer."""

        async def sent(message: Message) -> None:
            if not self._cut:
                await send(message)

        return sent


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message["headers"]}
            extra = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in given]
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return sent


async def _plain(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    headers += [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
