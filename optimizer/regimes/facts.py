"""What the rules ask of a chip, computed from its catalogue row and never typed in.

Total processing performance (TPP) is dense throughput times bit length, the largest over the precisions the row
gives. Performance density (PD) is TPP over the applicable die area. Units: TFLOPS * bits; per mm2; GB/s.
Source: technical notes to ECCN 3A090; the numbers reproduce the published ones (docs/export_rules.md, section 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from optimizer.inputs.compute import PEAK_FIELD, Accelerator
from optimizer.inputs.setting import Precision

BIT_LENGTHS: tuple[tuple[Precision, int], ...] = (
    ("bf16", 16),
    ("fp8", 8),
    ("int8", 8),
    ("fp4", 4),
    # TF32 operands are 19 bits wide (1 + 8 + 10); 32 would miss the published figures (H100 15,840 for 15,832).
    ("tf32", 19),
    ("fp64", 64),
)
"""Bits of an operand by precision; of equal products the first named is reported."""


class MissingFact(ValueError):  # noqa: N818 - named for what it says, as the page does
    """A rule turns on a fact the catalogue row does not give. It is never guessed."""

    def __init__(self, chip: str, field: str, clause: str) -> None:
        super().__init__(f"{chip}: {clause} turns on {field}, which its row does not give; state {field} for {chip}.")
        self.chip = chip
        self.field = field
        self.clause = clause


@dataclass(frozen=True, kw_only=True)
class ChipFacts:
    """A chip as the rules see it. `performance_density` and `die_mm2` are None together."""

    id: str
    vendor: str
    origin: Literal["US", "CN"]
    entity_listed: bool
    data_centre: bool
    tpp: float
    """TFLOPS (or TOPS) times bits, unrounded."""
    tpp_precision: str
    """The precision that gives it."""
    performance_density: float | None
    """TPP per mm2."""
    memory_bandwidth_gbs: float
    link_gbs: float
    """Bidirectional I/O bandwidth."""
    die_mm2: float | None
    launch: date
    """First day on sale; the rule of January 2026 asks for it."""


def chip_facts(chip_id: str, accelerator: Accelerator) -> ChipFacts:
    """The facts of one accelerator row; raises MissingFact if the row gives no throughput at all."""
    tpp, precision = _total_processing_performance(chip_id, accelerator)
    die = accelerator.die_mm2
    return ChipFacts(
        id=chip_id,
        vendor=accelerator.vendor,
        origin=accelerator.origin,
        entity_listed=accelerator.entity_listed,
        data_centre=accelerator.data_centre,
        tpp=tpp,
        tpp_precision=precision,
        performance_density=None if die is None else tpp / die,
        memory_bandwidth_gbs=accelerator.memory_bandwidth_gbs,
        link_gbs=accelerator.link_gbs,
        die_mm2=die,
        launch=accelerator.launch,
    )


def _total_processing_performance(chip_id: str, accelerator: Accelerator) -> tuple[float, str]:
    peaks = ((name, bits, getattr(accelerator, PEAK_FIELD[name])) for name, bits in BIT_LENGTHS)
    products = [(peak * bits, name) for name, bits, peak in peaks if peak is not None]
    if not products:
        raise MissingFact(chip_id, "a dense throughput", "total processing performance")
    # max keeps the first of equals, so ties go to the order of BIT_LENGTHS.
    return max(products, key=lambda product: product[0])
