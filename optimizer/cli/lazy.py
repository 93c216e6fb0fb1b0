"""A command group that imports a command's module only when the command is asked for.

The table of commands holds the short help texts as literals, so that `--help` imports nothing but click.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module

import click


@dataclass(frozen=True)
class CommandEntry:
    """One command: its name, the module of `optimizer.cli` that defines `command`, and its line in the help."""

    name: str
    module: str
    help: str


class LazyGroup(click.Group):
    """A click group over a table of entries."""

    entries: dict[str, CommandEntry]

    @classmethod
    def over(cls, entries: tuple[CommandEntry, ...], callback: click.Command) -> LazyGroup:
        """The group with these commands and the options and help of `callback`."""
        group = cls(
            name=callback.name,
            params=callback.params,
            callback=callback.callback,
            help=callback.help,
            epilog=callback.epilog,
            no_args_is_help=True,
        )
        group.entries = {entry.name: entry for entry in entries}
        return group

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = import_module(f"optimizer.cli.{entry.module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest name if there is no such command."""
        name = args[0]
        if name not in self.entries and not name.startswith("-"):
            near = get_close_matches(name, self.entries, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"There is no command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.help) for entry in self.entries.values()])
