"""`optimizer ui`: the workbench in a browser, on this machine only."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.console import session
from optimizer.cli.options import PATH, answer_command


@answer_command(
    "ui",
    epilog="Example: optimizer ui my_projects --open",
    help="Serve the workbench for the instances and results of FOLDER [default: here]: change assumptions in forms, "
    "watch a search, compare, study. It answers on 127.0.0.1 only, to whoever has the address it prints. The files "
    "stay what they are, and every search is a command of its own that goes on without it. Needs the extra [ui].",
)
@click.argument("folder", required=False, default=Path(), type=PATH)
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port to serve on [any that is free].")
@click.option("--open", "opens", is_flag=True, help="Open the address in your browser.")
def command(folder: Path, port: int, opens: bool) -> int:
    from optimizer.ui.server import serve

    here = session()

    def say(address: str) -> None:
        here.say(f"{address}\n(Ctrl-C ends the workbench; searches go on)")
        here.answer({"address": address})
        if opens:
            import webbrowser

            webbrowser.open(address)

    serve(folder, port, say)
    return 0
