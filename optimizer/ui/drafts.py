"""Changes in hand: settings laid over an instance file, until they are solved with or become a scenario of the file."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

from optimizer.api.instance import FacilityInstance, command_arguments
from optimizer.api.literals import toml_literal
from optimizer.app.source import Source
from optimizer.diagnostics import Diagnostic
from optimizer.errors import InputError, OptimizerError, UsageError
from optimizer.reading.overrides import parse_setting
from optimizer.reading.read import ReadOptions, read_instance
from optimizer.runs.atomic import write_whole
from optimizer.runs.own_files import small_text
from optimizer.ui.folders import ID, WorkFolder, identified
from optimizer.ui.jobs import HIDDEN

_NUMBER = re.compile(r"[+-]?[0-9][0-9_]*(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LOCK = Lock()


@dataclass(frozen=True)
class Draft:
    """An instance of the folder with a scenario and settings; `sets` are as `--set` takes them, one per path."""

    name: str
    scenario: str | None = None
    sets: tuple[str, ...] = ()

    def source(self, folder: WorkFolder) -> Source:
        """What a command would be told."""
        return Source(folder.instance(self.name), self.scenario, self.sets)

    def arguments(self, folder: WorkFolder) -> tuple[str, ...]:
        """Arguments of a command, relative to the folder."""
        source = self.source(folder)
        return command_arguments(replace(source, path=source.path.relative_to(folder.path)))

    def with_set(self, path: str, text: str) -> Draft:
        """The draft with one path set anew."""
        others = tuple(one for one in self.sets if one.partition("=")[0] != path)
        return replace(self, sets=(*others, text))

    def without(self, path: str) -> Draft:
        """The draft with a path as the file has it."""
        return replace(self, sets=tuple(one for one in self.sets if one.partition("=")[0] != path))


def load(folder: WorkFolder, name: str) -> Draft:
    """The draft kept of an instance; an empty one if there is none."""
    folder.instance(name)
    with suppress(OSError, ValueError, KeyError, TypeError):
        stored: dict[str, Any] = json.loads(small_text(_home(folder), f"{name}.json", 200_000) or "")
        scenario = stored["scenario"]
        return Draft(name, None if scenario is None else str(scenario), tuple(str(one) for one in stored["sets"]))
    return Draft(name)


def keep(folder: WorkFolder, draft: Draft) -> None:
    """Keep a draft. Raises InputOutputError."""
    home = _home(folder)
    home.mkdir(parents=True, exist_ok=True)
    stored = {"scenario": draft.scenario, "sets": draft.sets}
    write_whole(home / f"{identified(draft.name)}.json", json.dumps(stored, indent=1) + "\n")


def read(folder: WorkFolder, draft: Draft) -> FacilityInstance:
    """The instance as the draft has it. Raises what reading an instance raises."""
    source = draft.source(folder)
    return FacilityInstance(source, read_instance(source.path, source.options))


def change(
    folder: WorkFolder, name: str, path: str, typed: str, current: object
) -> tuple[Draft, tuple[Diagnostic, ...]]:
    """Set one value as it was typed into a field. A value that is wrong is not kept; its findings are given back."""
    with _LOCK:
        draft = load(folder, name)
        try:
            setting = parse_setting(f"{path}={_literal(typed.strip(), current)}")
            tried = draft.with_set(path, setting.text)
            read(folder, tried)
        except InputError as problem:
            diagnostics = tuple(one for one in problem.diagnostics if one.severity == "error")
            return draft, diagnostics
        except OptimizerError as problem:
            refusal = Diagnostic(code="E0319", severity="error", message=problem.message, path=path, help=problem.help)
            return draft, (refusal,)
        keep(folder, tried)
        return tried, ()


def overtaken(path: str, now: str) -> Diagnostic:
    """What is said where a value was changed since the page was made: in another tab, or in the file."""
    text = f"this was changed meanwhile, in another window or in the file: it is {now or 'empty'} now"
    return Diagnostic(code="E0319", severity="error", message=text, path=path, help="set it again to replace that")


def reset(folder: WorkFolder, name: str, path: str | None) -> Draft:
    """Take back one change, or all of them; with all of them a scenario that the file has no more."""
    with _LOCK:
        draft = load(folder, name)
        kept = draft.without(path) if path is not None else Draft(name, draft.scenario)
        if path is None and kept.scenario is not None:
            try:
                read(folder, kept)
            except OptimizerError:
                kept = Draft(name)
        keep(folder, kept)
        return kept


def scenario_lines(draft: Draft, scenario: str) -> str:
    """What is added to the file when a draft becomes a scenario."""
    lines = [f"\n[scenarios.{scenario}]"]
    lines += [f"{key} = {value}" for key, value in (_pair(text) for text in draft.sets)]
    return "\n".join(lines) + "\n"


def become_scenario(folder: WorkFolder, name: str, scenario: str) -> str:
    """Write a draft into its file as a scenario; gives the lines added.

    The scenario has to read as the draft does. Raises UsageError for a name that is no id, is taken, or a draft that
    rests on a scenario or on rows of an array; then the file stays as it is.
    """
    with _LOCK:
        draft = load(folder, name)
        path = folder.instance(name)
        if not ID.fullmatch(scenario):
            raise UsageError("a scenario's name has 1 to 64 of the characters A-Z a-z 0-9 _ -")
        if not draft.sets or draft.scenario is not None:
            raise UsageError(
                "only changes to the file itself can become a scenario", "change something, under no scenario"
            )
        wanted = read(folder, draft)
        if scenario in wanted.scenarios:
            raise UsageError(f"there is a scenario {scenario} already", "choose another name")
        lines, text = scenario_lines(draft, scenario), path.read_text(encoding="utf-8")
        write_whole(path, text.rstrip("\n") + "\n" + lines)
        try:
            same = read_instance(path, ReadOptions(scenario=scenario)).sha256 == wanted.reading.sha256
        except OptimizerError:
            same = False
        if not same:
            write_whole(path, text)
            raise UsageError("these changes cannot be written as a scenario", "solve with them as settings instead")
        keep(folder, Draft(name, scenario))
        return lines


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key.strip(), toml_literal(parse_setting(text).value) if value else value


def _literal(typed: str, current: object) -> str:
    """What was typed, as TOML: text stays text, whatever it looks like; a number has to be one."""
    if isinstance(current, str):
        return toml_literal(typed)
    if isinstance(current, float) and re.fullmatch(r"[+-]?[0-9][0-9_]*", typed):
        return f"{typed}.0"
    if isinstance(current, int | float) and not isinstance(current, bool) and not _NUMBER.fullmatch(typed):
        return toml_literal(typed)
    return typed


def _home(folder: WorkFolder) -> Path:
    return folder.path / HIDDEN / "drafts"
