"""Requests to the application as a server would hand them over, without a network."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from optimizer.ui.server import application

TOKEN, PORT = "t0ken-of-a-test", 8765
HOST = f"127.0.0.1:{PORT}"


@dataclass
class Reply:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


class Client:
    """A browser of our own page, unless told otherwise."""

    def __init__(self, folder: Path) -> None:
        self.app = application(folder, TOKEN, PORT)

    def get(self, path: str, **changes: Any) -> Reply:
        return self.ask("GET", path, **changes)

    def post(self, path: str, form: dict[str, str] | None = None, **changes: Any) -> Reply:
        headers = {"origin": f"http://{HOST}", "content-type": "application/x-www-form-urlencoded"}
        body = urlencode(form or {}).encode()
        return self.ask("POST", path, headers=headers | changes.pop("headers", {}), body=body, **changes)

    def follow(self, reply: Reply) -> Reply:
        """The page a reply leads on to."""
        assert reply.status == 303, (reply.status, reply.text)
        return self.get(reply.headers["location"].removeprefix(f"/{TOKEN}").split("#")[0])

    def ask(
        self, method: str, path: str, *, token: str = TOKEN, headers: dict[str, str | None] | None = None,
        body: bytes = b"", chunks: int = 1,
    ) -> Reply:  # fmt: skip
        """`headers` of None are left out; the body comes in so many pieces, each the whole of it."""
        whole: dict[str, str | None] = {"host": HOST, "content-length": str(len(body)), **(headers or {})}
        raw, _, query = path.partition("?")
        scope = {
            "type": "http", "method": method, "path": f"/{token}{raw}" if token else raw,
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in whole.items() if v is not None], "http_version": "1.1",
            "scheme": "http", "server": ("127.0.0.1", PORT), "client": ("127.0.0.1", 5), "root_path": "",
        }  # fmt: skip
        reply, sent = Reply(), 0

        async def receive() -> dict[str, Any]:
            nonlocal sent
            sent += 1
            return {"type": "http.request", "body": body, "more_body": sent < chunks}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                assert reply.status == 0, "one answer to a request: a server sends no second one"
                reply.status = message["status"]
                reply.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            else:
                reply.body += message.get("body", b"")

        asyncio.run(self.app(scope, receive, send))
        return reply
