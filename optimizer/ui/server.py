"""The workbench: a small server on this machine, for the files of one folder."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from optimizer.errors import InputOutputError, UsageError
from optimizer.ui.gate import Gate

HOST = "127.0.0.1"
MOST_CONNECTIONS = 64


def application(folder: Path, token: str, port: int) -> Gate:
    """The application, behind its gate. Raises UsageError without the extra `ui`, InputOutputError for no folder."""
    if not folder.is_dir():
        raise InputOutputError(f"{folder} is not a folder", "optimizer ui FOLDER, with your instances in it")
    try:
        from optimizer.ui.routes import routed
    except ImportError:
        raise UsageError(
            "the workbench needs Starlette and uvicorn, which are not installed", 'install the extra "ui"'
        ) from None
    return Gate(routed(folder.resolve(), f"/{token}"), token, port)


def new_token() -> str:
    """256 bits, in the alphabet of addresses."""
    return secrets.token_urlsafe(32)


def serve(folder: Path, port: int, say: Callable[[str], None]) -> None:
    """Serve until Ctrl-C. `say` is told the address, token and all. Raises InputOutputError if the port is taken."""
    import socket

    token = new_token()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as problem:
        raise InputOutputError(f"cannot serve on port {port}: {problem.strerror}", "another --port, or none") from None
    listener.listen(MOST_CONNECTIONS)
    bound = listener.getsockname()[1]
    app = application(folder, token, bound)
    import uvicorn

    config = uvicorn.Config(
        app, log_level="error", access_log=False, server_header=False, limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=5, h11_max_incomplete_event_size=32_768, lifespan="off",
    )  # fmt: skip
    say(f"http://{HOST}:{bound}/{token}/")
    uvicorn.Server(config).run(sockets=[listener])
