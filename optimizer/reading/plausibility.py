"""Values that are allowed and probably not meant: outside the usual range, twice the catalogue's peak, upside down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from optimizer.inputs.compute import Accelerator
from optimizer.inputs.quantity import Plausible
from optimizer.inputs.usual_rates import USUAL_RATES
from optimizer.reading.layers import Layer, below, leaves, overlay, table_at
from optimizer.reading.messages import InputFinding, label
from optimizer.reading.schema_walk import NumberKey, key_at, shape_at
from optimizer.reading.slips import meant
from optimizer.reading.toml_positions import KeyPath

_LARGEST = 1e300
"""Whole numbers beyond this are no floats; the schema refuses them."""
_NOT_A_LIMIT = 1e5
"""A value so many times the upper end of its range says "no limit", and spoils the numbers of the model."""
_RATE_FACTOR = 1.5
"""Exchange rates further from the usual one than this are doubted."""
_RATE_NOISE = 1.1
"""Within this factor two rates are the same: one nearer to the inverse of the usual rate is upside down."""
_PEAKS = tuple(key for key in Accelerator.model_fields if key.endswith(("_tflops", "_tops")))


def implausible_in_scenarios(files: Layer, chosen: str | None) -> Iterator[InputFinding]:
    """The same for the scenarios that are not chosen: who validates a file wants to know of all of them."""
    for name in table_at(files.tree, "scenarios"):
        if name == chosen:
            continue
        changes = below(files, ("scenarios", name), "scenario")
        for finding in implausible_values(overlay(files, changes), Layer(), changes):
            yield replace(finding, path=("scenarios", name, *finding.path))


def implausible_values(layer: Layer, catalogue: Layer, given: Layer | None = None) -> Iterator[InputFinding]:
    """Values the planner gave that lie outside the range where such values are normally found.

    `given` are the values to judge, where these are not all of the layer.
    """
    for path, value in leaves((given or layer).tree):
        place = layer.place(path)
        if isinstance(value, bool) or not isinstance(value, int | float) or value == 0 or not abs(value) <= _LARGEST:
            continue
        if place is None or place.origin.kind in ("catalogue", "default"):
            continue
        finding = _rate(path, value) or _sparse(path, value, catalogue) or _outside(path, value, layer)
        if finding is not None:
            yield finding


def implausible(path: KeyPath, value: float) -> InputFinding | None:
    """A single number as if it stood at a path of an instance; None if such values are usual there."""
    return _outside(path, value, Layer())


def usual_values(path: KeyPath) -> str | None:
    """What such numbers usually are, as the remedy for one that cannot be; None where no range is known."""
    number = key_at(path)
    if number is None or number.usual is None:
        return None
    usual, _ = _in_currency(path, number.usual, Layer())
    return None if usual is None else f"such values are usually from {usual.low:.4g} to {usual.high:.4g}"


def _outside(path: KeyPath, value: float, layer: Layer) -> InputFinding | None:
    number = key_at(path)
    if number is None or number.usual is None:
        return None
    usual, currency = _in_currency(path, number.usual, layer)
    if usual is None or usual.holds(value):
        return None
    hint = meant(number.key, float(value), usual)
    if hint is None and value > _NOT_A_LIMIT * usual.high:
        return _no_limit(path, value, usual, number)
    unit = f" in {currency}" if currency else ""
    message = f"{label(path)} = {value:g} is outside the usual range {usual.low:.4g} to {usual.high:.4g}{unit}"
    return InputFinding("W0601", path, message, hint)


def _no_limit(path: KeyPath, value: float, usual: Plausible, number: NumberKey) -> InputFinding:
    message = f"{label(path)} = {value:g} is no value a plan can have; usual are {usual.low:.4g} to {usual.high:.4g}"
    shape = shape_at(path[:-1])
    fields = [
        model.model_fields[number.key] for model in (shape.models if shape else ()) if number.key in model.model_fields
    ]
    may_be_left_out = any(not field.is_required() for field in fields)
    hint = f"for no limit, leave {label(path)} out" if may_be_left_out else f"write at most {usual.high:g}"
    if number.key == "demand_block_kva":
        hint = "for no limit, leave demand_block_kva and demand_above_block_per_kva_month out"
    return InputFinding("E0318", path, message, hint)


def _in_currency(path: KeyPath, usual: Plausible, layer: Layer) -> tuple[Plausible | None, str | None]:
    """The range in the currency of the tariff a value belongs to; None if its exchange rate is not known."""
    if not usual.in_usd or len(path) < 2:
        return usual, None
    tariff = ("tariffs", str(layer.value((*path[:2], "tariff")))) if path[0] == "sites" else path[:2]
    currency = layer.value((*tariff, "currency"))
    if not isinstance(currency, str):
        return None, None
    if currency == "USD":
        return usual, currency
    rate: Any = layer.value(("exchange_rates", currency, "per_usd"))
    usual_rate = USUAL_RATES.get(currency)
    if type(rate) not in (int, float) or rate <= 0 or (usual_rate is not None and _far(rate, usual_rate)):
        rate = usual_rate
    if rate is None:
        return None, None
    return Plausible(usual.low * rate, usual.high * rate), currency


def _far(rate: float, usual: float, factor: float = _RATE_FACTOR) -> bool:
    return not usual / factor <= rate <= usual * factor


def _upside_down(rate: float, usual: float) -> bool:
    """Whether a rate is the inverse of the usual one, of a currency that is not so near to the dollar itself."""
    return _far(rate, usual, _RATE_NOISE) and not _far(1 / rate, usual, _RATE_NOISE)


def _rate(path: KeyPath, value: float) -> InputFinding | None:
    """An exchange rate far from the usual one of its currency, upside down perhaps."""
    if len(path) != 3 or path[0] != "exchange_rates" or path[2] != "per_usd" or value <= 0:
        return None
    usual = USUAL_RATES.get(str(path[1]))
    if usual is None or not (_far(value, usual) or _upside_down(value, usual)):
        return None
    message = f"per_usd = {value:g} is far from the usual {usual:g} {path[1]} for one USD"
    inverse = _upside_down(value, usual) or not _far(1 / value, usual)
    hint = f"did you mean {1 / value:.6g} (USD for one {path[1]} given?)?" if inverse else "check the rate"
    return InputFinding("W0601", path, message, hint)


def _sparse(path: KeyPath, value: float, catalogue: Layer) -> InputFinding | None:
    """A peak that is exactly twice the catalogue's: data sheets print it with sparsity."""
    if len(path) != 3 or path[0] != "accelerators" or path[2] not in _PEAKS:
        return None
    dense = catalogue.value(path)
    if type(dense) not in (int, float) or abs(value - 2 * dense) > 1e-6 * value:
        return None
    message = f"{path[2]} of {path[1]} = {value:g} is exactly twice the catalogue's {dense:g}: peaks are dense"
    return InputFinding("W0601", path, message, f"did you mean {dense:g} (a peak with sparsity given?)?")
