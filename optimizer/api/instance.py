"""An instance file as a value: read, looked at, and changed without touching the file."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.api.literals import toml_literal
from optimizer.app.source import Source
from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError, UsageError
from optimizer.reading.extends import read_chain
from optimizer.reading.overrides import parse_setting
from optimizer.reading.read import Reading, ReadOptions, Variants, read_instance, resolved_rows

if TYPE_CHECKING:
    import pandas as pd

_HINT = 'such as op.read("instances/minimal.toml")'


@dataclass(frozen=True)
class FacilityInstance:
    """An instance that was read without an error, with the changes laid over it; `set` gives a new one."""

    source: Source
    """The file, scenario and changes, as a command would name them."""
    reading: Reading = field(repr=False)
    """The resolved instance with the origin of every value."""

    @property
    def name(self) -> str:
        """The instance's name."""
        return self.reading.instance.name

    @property
    def title(self) -> str:
        """The instance's title."""
        return self.reading.instance.title

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios of the file."""
        from optimizer.reading.overrides import scenario_names

        chain = read_chain(self.source.path, self.source.allow_paths, ReadOptions().max_bytes)
        return scenario_names(chain.merged())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about the instance, in words."""
        return tuple(warning.message for warning in self.reading.warnings)

    @property
    def command(self) -> str:
        """The command that solves the same question."""
        return shlex.join(["optimizer", "solve", *command_arguments(self.source)])

    @property
    def values(self) -> pd.DataFrame:
        """Every value by its dotted path, with its origin, file, line, source and grade."""
        import pandas as pd

        rows = [
            (path, value, o.kind, o.file, o.line, "; ".join(o.source), o.grade)
            for path, value, o in resolved_rows(self.reading)
        ]
        columns = ["path", "value", "origin", "file", "line", "source", "grade"]
        return pd.DataFrame(rows, columns=columns).set_index("path")

    def get(self, path: str) -> Any:
        """The value at a dotted path, such as sites.cyberport.grid_mw. Raises UsageError if there is none."""
        for known_path, value, _ in resolved_rows(self.reading):
            if known_path == path:
                return value
        raise UsageError(f'there is no value at "{clean(str(path), 120)}"', "instance.values lists every path")

    def set(self, path: str | Mapping[str, Any], value: Any = None) -> FacilityInstance:
        """The instance with one value changed, or several at once: `set({"a.b": 1, "a.c": 2})`.

        Values are in the unit of the key's suffix. Raises UsageError if there is no such path, InputError with all
        findings if the changed instance is wrong; the instance itself stays as it is.
        """
        changes = path if isinstance(path, Mapping) else {path: value}
        if not all(isinstance(key, str) for key in changes):
            raise UsageError("a path is text", 'such as set("sites.cyberport.grid_mw", 24)')
        if not changes:
            raise UsageError("there is nothing to set", 'such as set("sites.cyberport.grid_mw", 24)')
        texts = tuple(parse_setting(f"{key}={toml_literal(new)}").text for key, new in changes.items())
        return _read(replace(self.source, sets=(*self.source.sets, *texts)))

    def scenario(self, name: str | None) -> FacilityInstance:
        """The instance under a scenario of its file, below the changes made by `set`; None: under none.

        Raises InputError, which names the scenarios there are.
        """
        if name is not None and not isinstance(name, str):
            raise UsageError(f"a scenario has a name, not a {type(name).__name__}")
        return _read(replace(self.source, scenario=name))

    def variants(self) -> Variants:
        """The instance, ready to be read many times over with other values."""
        return Variants(self.source.path, self.source.options)

    def __repr__(self) -> str:
        under = f" under {self.source.scenario}" if self.source.scenario else ""
        changed = f", {len(self.source.sets)} changes" if self.source.sets else ""
        return f"<FacilityInstance {self.name} from {self.source.path}{under}{changed}>"

    def _repr_html_(self) -> str:
        rows = "".join(f"<li><code>{escape(text)}</code></li>" for text in self.source.sets)
        under = f" under <b>{escape(self.source.scenario)}</b>" if self.source.scenario else ""
        warned = "".join(f"<li>{escape(text)}</li>" for text in self.warnings)
        return (
            f"<div><b>{escape(self.title)}</b> ({escape(self.name)}){under}"
            f"<ul>{rows}</ul><ul>{warned}</ul><code>{escape(self.command)}</code></div>"
        )


def read(path: str | Path, *, scenario: str | None = None, strict: bool = False) -> FacilityInstance:
    """Read and check an instance file.

    `strict` turns warnings into errors. Raises InputError with every finding (code, file, line, remedy),
    InputOutputError if the file cannot be read, InfeasibleError if the planner's lists leave no accelerator.
    """
    if not isinstance(path, str | os.PathLike):
        raise UsageError(f"an instance is a file, not a {type(path).__name__}", _HINT)
    if not isinstance(scenario, str | None):
        raise UsageError(f"a scenario has a name, not a {type(scenario).__name__}")
    return _read(Source(Path(path), scenario, (), bool(strict), ()))


def as_instance(given: FacilityInstance | str | Path) -> FacilityInstance:
    """An instance, or the file it is in. Raises what `read` raises."""
    return given if isinstance(given, FacilityInstance) else read(given)


def as_path(given: object) -> Path:
    """The path of a folder or file. Raises UsageError for what is none."""
    if not isinstance(given, str | os.PathLike):
        raise UsageError(f"a folder or file is named by its path, not a {type(given).__name__}")
    return Path(given)


def command_arguments(source: Source) -> tuple[str, ...]:
    """The arguments with which a command reads the same instance."""
    arguments = [str(source.path)]
    arguments += ["--scenario", source.scenario] if source.scenario else []
    arguments += [word for text in source.sets for word in ("--set", text)]
    return tuple(arguments + (["--strict"] if source.strict else []))


def _read(source: Source) -> FacilityInstance:
    if source.path.is_dir():
        raise InputOutputError(
            f"cannot read {clean(str(source.path))}: it is a folder", f"give the instance's file, {_HINT}"
        )
    return FacilityInstance(source, read_instance(source.path, source.options))
