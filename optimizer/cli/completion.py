"""`optimizer completion`: completion scripts of the shells."""

from __future__ import annotations

import click

from optimizer.cli.console import session
from optimizer.cli.options import answer_command

SHELLS = {
    "bash": '~/.bashrc: eval "$(optimizer completion bash)"',
    "zsh": '~/.zshrc: eval "$(optimizer completion zsh)"',
    "fish": "~/.config/fish/completions/optimizer.fish: optimizer completion fish | source",
}


@answer_command(
    "completion",
    epilog="Example: optimizer completion bash > ~/.local/share/bash-completion/completions/optimizer",
    help="Print the completion script of a shell.",
)
@click.argument("shell", type=click.Choice(tuple(SHELLS)))
def command(shell: str) -> int:
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    root = click.get_current_context().find_root().command
    script = kind(root, {}, "optimizer", "_OPTIMIZER_COMPLETE").source()
    session().say(f"# {SHELLS[shell]}\n{script}")
    return session().answer({"shell": shell, "script": script})
