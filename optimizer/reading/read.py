"""Reading an instance: from a TOML file to a frozen `Instance`, with the origin of every value.

Precedence: default < catalogue < parent < file < scenario < `--set`. Every finding is reported at once, as an
``InputError`` whose diagnostics carry file, line, code and hint.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from optimizer.diagnostics import Diagnostic, clean, ordered, strictly
from optimizer.errors import InfeasibleError, InputError
from optimizer.inputs.schema import Instance
from optimizer.reading.catalogue import PACKAGED, TABLES, split_provenance
from optimizer.reading.document import dotted_path
from optimizer.reading.extends import read_chain
from optimizer.reading.layers import DEFAULT, Layer, Origin, below, overlay, table_at, without
from optimizer.reading.markets import Market, market, places_of, several_markets
from optimizer.reading.messages import InputFinding, diagnose
from optimizer.reading.no_change import scenarios_without_change, setting_without_change
from optimizer.reading.overrides import Setting, apply_setting, parse_setting, scenario_findings, scenario_names
from optimizer.reading.plausibility import implausible_in_scenarios
from optimizer.reading.resolve import resolve
from optimizer.reading.schema_walk import did_you_mean
from optimizer.reading.toml_positions import KeyPath
from optimizer.reading.weather_files import check_weather_files

__all__ = ["Origin", "ReadOptions", "Reading", "Variants", "instance_sha256", "read_instance", "resolved_rows"]


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How an instance is read. `strict` turns warnings into errors; `allow_paths` widens where files may lie."""

    scenario: str | None = None
    sets: tuple[str, ...] = ()
    strict: bool = False
    allow_paths: tuple[Path, ...] = ()
    max_bytes: int = 5_000_000
    catalogue: Path = PACKAGED
    """Folder of the catalogue's tables."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """An instance and where it comes from. `files` are the files read, with their SHA-256."""

    instance: Instance
    origins: Mapping[str, Origin]
    """The origin of every value, by dotted path; arrays of plain values count as one value."""
    warnings: tuple[Diagnostic, ...]
    files: tuple[tuple[Path, str], ...]
    folder: Path
    """The instance's folder; paths of weather files are relative to it."""
    sha256: str
    """Of the canonical form of the resolved instance."""


def read_instance(path: Path, options: ReadOptions | None = None) -> Reading:
    """Read, merge, resolve and check an instance.

    Raises InputError with all findings, UsageError for a wrong `--set`, InputOutputError if the file cannot be read,
    and InfeasibleError if the planner's lists leave no accelerator.
    """
    return Variants(path, options).read()


class Variants:
    """One instance file read many times over with other settings; the files are read and merged once."""

    def __init__(self, path: Path, options: ReadOptions | None = None) -> None:
        """Read the files. Raises what `read_instance` raises."""
        self._path, self._options = path, options or ReadOptions()
        self._laid: tuple[Market, Layer] | None = None
        self._sets = [parse_setting(text) for text in self._options.sets]
        scenario = self._options.scenario
        with _nesting_refused(path):
            self._chain = read_chain(path, self._options.allow_paths, self._options.max_bytes)
            _raise_errors(self._chain.findings, self._options.strict)
            files = self._chain.merged()
            self._early = [diagnose(finding, files, self._shown) for finding in _scenario_problems(files, scenario)]
            self._user = split_provenance(_with_scenario(files, scenario))

    @property
    def _shown(self) -> str:
        return self._chain.documents[0].shown

    def read(self, settings: Sequence[Setting] = ()) -> Reading:
        """The instance with further settings laid over its own. Raises what `read_instance` raises."""
        with _nesting_refused(self._path):
            return self._resolved([*self._sets, *settings]) if settings else self._own

    @cached_property
    def _own(self) -> Reading:
        """The instance as it is: what a study asks for half a dozen times is read once."""
        return self._resolved(self._sets)

    def _laid_over(self, here: Market) -> Layer:
        """The files over the catalogue of a market: the cells of a study mostly have the same."""
        if self._laid is None or self._laid[0] is not here:
            self._laid = here, overlay(here.catalogue, self._user)
        return self._laid[1]

    def _resolved(self, settings: Sequence[Setting]) -> Reading:
        options, folder = self._options, self._chain.documents[0].path.resolve().parent
        tables = _tables_needed(self._user, settings)
        here = market(tables, options.catalogue, places_of(self._user, settings))
        layer = self._laid_over(here)
        idle = []
        for setting in settings:
            # A cell of a study may well be the instance itself; what a planner sets is meant to change something.
            warning = setting_without_change(layer, setting) if setting.text in options.sets else None
            idle += [warning] if warning else []
            layer = apply_setting(layer, setting)
        resolution = resolve(layer, here.catalogue)
        weather = check_weather_files(layer, folder, options.allow_paths)
        findings = (*idle, *resolution.findings, *several_markets(layer, here), *weather.findings)
        judged = [diagnose(finding, layer, self._shown) for finding in findings]
        diagnostics = [*self._chain.findings, *self._early, *judged, *weather.diagnostics]
        _raise_errors(diagnostics, options.strict)
        if resolution.nothing_allowed:
            raise _nothing_allowed(layer, self._shown)
        if resolution.instance is None:
            unresolved = Diagnostic(code="E0319", message="the instance cannot be resolved", file=self._shown)
            raise InputError([*diagnostics, unresolved])
        return Reading(
            instance=resolution.instance,
            origins=_LazyOrigins(resolution.instance, layer),
            warnings=tuple(ordered(diagnostics)),
            files=(*((document.path, document.sha256) for document in self._chain.documents), *weather.files),
            folder=folder,
            sha256=instance_sha256(resolution.instance),
        )


@contextmanager
def _nesting_refused(path: Path) -> Iterator[None]:
    """Tables nested so deeply that Python's stack does not reach are a finding like any other."""
    try:
        yield
    except RecursionError:
        raise InputError([Diagnostic(code="E0108", message="tables are nested too deeply", file=str(path))]) from None


def _raise_errors(diagnostics: Sequence[Diagnostic], strict: bool) -> None:
    """Raise everything found, warnings included, if there is an error among it."""
    judged = strictly(diagnostics) if strict else list(diagnostics)
    if any(diagnostic.severity == "error" for diagnostic in judged):
        raise InputError(ordered(judged))


def _scenario_problems(files: Layer, scenario: str | None) -> Iterator[InputFinding]:
    yield from scenario_findings(files)
    yield from implausible_in_scenarios(files, scenario)
    yield from scenarios_without_change(files)
    names = scenario_names(files)
    if scenario is not None and scenario not in names:
        listed = (
            f"scenarios: {', '.join(clean(name, 60) for name in names)}" if names else "the instance has no scenarios"
        )
        near = did_you_mean(scenario, names)
        hint = f"{near} {listed}" if near and near.startswith("did") else listed
        yield InputFinding(
            "E0321", ("scenarios",) if names else (), f'there is no scenario "{clean(scenario, 80)}"', hint
        )


def _with_scenario(files: Layer, scenario: str | None) -> Layer:
    base = without(files, "scenarios")
    if scenario is None or scenario not in scenario_names(files):
        return base
    return overlay(base, below(files, ("scenarios", scenario), "scenario"))


def _tables_needed(user: Layer, settings: Sequence[Setting]) -> tuple[str, ...]:
    """The catalogue tables to load: climates, the largest, only if a site or an override may name one."""
    named = any("place" in table_at(site, "weather") for site in table_at(user.tree, "sites").values())
    changed = any("weather" in s.path or s.path[0] in ("climates", "sites") for s in settings)
    if named or changed or "climates" in user.tree:
        return tuple(TABLES)
    return tuple(table for table in TABLES if table != "climates")


def _nothing_allowed(layer: Layer, shown: str) -> InfeasibleError:
    message = "no accelerator may be bought: procurement.include and procurement.exclude leave none"
    key = "exclude" if layer.value(("procurement", "exclude")) else "include"
    cause = diagnose(InputFinding("E0320", ("procurement", key), f"{key} leaves no accelerator"), layer, shown)
    return InfeasibleError(message, [cause], "widen procurement.include or shorten procurement.exclude")


def instance_sha256(instance: Instance) -> str:
    """SHA-256 of the canonical JSON of an instance: equal for equal instances.

    What is absent is left out, so that a version that knows more keys finds the same hash for an instance without them.
    """
    stated = _stated(instance, instance.model_dump(mode="json"))
    canonical = json.dumps(stated, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _stated(value: Any, dumped: Any) -> Any:
    """`dumped`, the JSON of `value`, without fields that say nothing: None, empty, 0 or false by default too."""
    if isinstance(value, BaseModel):
        defaults = _defaults(type(value))
        present = {name: getattr(value, name) for name in dumped}
        return {
            name: _stated(given, dumped[name]) for name, given in present.items() if given or given != defaults[name]
        }
    if isinstance(value, dict):
        return {key: _stated(item, dumped[key]) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_stated(item, one) for item, one in zip(value, dumped, strict=True)]
    return dumped


@cache
def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    return {name: field.get_default(call_default_factory=True) for name, field in model.model_fields.items()}


def values_of(instance: Instance) -> Iterator[tuple[KeyPath, Any]]:
    """Every value with its path; an array of plain values is one value, an empty table too."""
    return _walk(instance.model_dump(), ())


def _walk(node: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _walk(value, (*path, key))
    elif isinstance(node, tuple | list) and any(isinstance(item, dict) for item in node):
        for number, item in enumerate(node):
            yield from _walk(item, (*path, number))
    else:
        yield path, node


class _LazyOrigins(Mapping[str, Origin]):
    """The origin of every value, found when the first of them is asked for: a cell of a study asks for none."""

    def __init__(self, instance: Instance, layer: Layer) -> None:
        self._instance, self._layer = instance, layer

    def __getitem__(self, path: str) -> Origin:
        return self._found[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @cached_property
    def _found(self) -> dict[str, Origin]:
        origins = {}
        for path, _ in values_of(self._instance):
            place = self._layer.place(path) if self._layer.value(path) is not None else None
            origins[dotted_path(path)] = DEFAULT if place is None else place.origin
        return origins


def resolved_rows(reading: Reading) -> list[tuple[str, Any, Origin]]:
    """Every value of the resolved instance with its path and origin, in the order of the schema."""
    return [
        (dotted_path(path), value, reading.origins[dotted_path(path)]) for path, value in values_of(reading.instance)
    ]
