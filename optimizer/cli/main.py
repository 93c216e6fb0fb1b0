"""The command line: the table of commands, and the one place where failures become messages and exit codes."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, ClassVar

import click

from optimizer.cli.console import Session
from optimizer.version import __version__


@dataclass(frozen=True)
class CommandEntry:
    """One command: its name, the module of `optimizer.cli` that defines `command`, and its line in the help."""

    name: str
    module: str
    help: str


COMMANDS = (
    CommandEntry("init", "init", "Write a commented instance to start from."),
    CommandEntry("validate", "validate", "Check an instance and list every finding."),
    CommandEntry("show", "show", "Print the resolved instance with the origin of every value."),
    CommandEntry("plan", "plan", "Size, ranges and warnings of the model, without solving."),
    CommandEntry("solve", "solve", "Find the design, verify it and write a results folder."),
    CommandEntry("explain", "explain", "Why it is infeasible, and why a chip is excluded."),
    CommandEntry("rules", "rules", "Which accelerator may go where under which export rules, and why."),
    CommandEntry("calendar", "calendar", "What to order by when, what is paid when, and how long it can wait."),
    CommandEntry("regimes", "regimes", "The same facility under each dated export regime, in one table."),
    CommandEntry("sweep", "sweep", "Solve at many points: axes, samples, Monte Carlo; resumable."),
    CommandEntry("frontier", "frontier", "Trade one measure off against another, point by proven point."),
    CommandEntry("sensitivity", "sensitivity", "What moves the result most: tornado, Morris, Sobol."),
    CommandEntry("alternatives", "alternatives", "The cheapest designs that differ in what they buy or build."),
    CommandEntry("simplest", "simplest", "The plan with the fewest kinds and lots near the best."),
    CommandEntry("baselines", "baselines", "The best design beside baselines for the same question."),
    CommandEntry("robust", "robust", "One plan for several futures: expected cost, regret, first-stage decisions."),
    CommandEntry("import", "import_", "Chips, prices and quotations from tables into an overlay."),
    CommandEntry("bid", "bid", "Bids of suppliers: template, check, evaluate, award."),
    CommandEntry("compare", "compare", "Set runs and bids side by side, and say where their costs differ."),
    CommandEntry("export", "export", "Write a run as CSV, Parquet, JSON, workbook or Markdown."),
    CommandEntry("report", "report", "Write the HTML page of a run again."),
    CommandEntry("verify", "verify", "Check a design independently of the model that made it."),
    CommandEntry("calibration", "calibration", "The model against published facts, with the error of each."),
    CommandEntry("ui", "ui", "Serve the workbench in a browser, on this machine only."),
    CommandEntry("catalogue", "catalogue", "Browse chips, cooling, tariffs, rules and their sources."),
    CommandEntry("schema", "schema", "JSON schema of the instance file."),
    CommandEntry("doctor", "doctor", "Versions, and a self-test of the solver with known optima."),
    CommandEntry("completion", "completion", "Completion script for bash, zsh or fish."),
)
"""Every command, in the order of the help. The texts are repeated here so that the help needs no import."""


class Root(click.Group):
    """The root command: it imports a command's module when the command is asked for, and reports every failure."""

    entries: ClassVar = {entry.name: entry for entry in COMMANDS}

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

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line. Raises SystemExit with the exit code."""
        # Called with nothing at all, the program says what it can do.
        given = list(sys.argv[1:] if args is None else args) or ["--help"]
        name = prog_name or "optimizer"
        self._main_shell_completion(extra, name, complete_var)
        raise SystemExit(self._run(given, name))

    def _run(self, args: list[str], name: str) -> int:
        from optimizer.cli.failures import report_failure

        session = Session(json="--json" in args, debug="--debug" in args)
        try:
            with self.make_context(name, args, obj=session) as ctx:
                code = self.invoke(ctx)
            return int(code or 0)
        except click.exceptions.Exit as ended:
            return int(ended.exit_code)
        except BaseException as problem:
            return report_failure(session, problem)


@click.group(
    "optimizer",
    cls=Root,
    no_args_is_help=True,
    epilog="Example: optimizer init my_site.toml, then optimizer solve my_site.toml. "
    "Help on one command: optimizer solve --help.",
)
@click.version_option(__version__, message="optimizer %(version)s")
@click.option("--no-color", is_flag=True, help="No colours and no live display (as NO_COLOR does).")
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
@click.pass_context
def root(ctx: click.Context, no_color: bool, debug: bool) -> None:
    """Design the AI or HPC facility with the least levelised cost per effective FLOP, with a proof."""
    session = ctx.obj
    session.no_color = session.no_color or no_color
    session.debug = session.debug or debug
    session.command = ctx.invoked_subcommand or ""


def main() -> None:
    """Run the command of `sys.argv`; raises SystemExit with its exit code, as whoever calls this has more to do."""
    from optimizer.cli.streams import set_up

    set_up()
    # What is loaded and read stays to the end: looking for garbage every 700 objects took 7 % of a small solve.
    gc.set_threshold(100_000, 20, 50)
    root.main(prog_name="optimizer")


def program() -> None:
    """Entry point of the `optimizer` script: the command is all that this process is for."""
    try:
        main()
    except SystemExit as ended:
        _leave(ended.code)
        raise


def _leave(code: Any) -> None:
    """End the process at once, when all is written and whoever wanted to be told of its end is.

    Taking down module by module what the system frees in one go took a tenth of a small solve. Left to the interpreter:
    threads that are still at work, and output that cannot be written.
    """
    if threading.active_count() > 1 or not isinstance(code, int):
        return
    atexit._run_exitfuncs()
    with suppress(OSError, ValueError):
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
