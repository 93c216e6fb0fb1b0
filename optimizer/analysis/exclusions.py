"""What may not be bought, and which export licences a design rests on."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem
from optimizer.number_format import percent
from optimizer.reading.catalogue import catalogue_rows
from optimizer.setting.matching import matches, may_be_bought

NAMES_SHOWN = 4


@dataclass(frozen=True)
class Cause:
    """Accelerators kept away for the same kind of reason; `detail` says more, such as the clause of a rule."""

    kind: str
    """life, launch, lead time, export rule, procurement list, precision, fabric, cooling, floor loading, hall, plant,
    work, the data that a ruling lacks, and the plan that is compared where that leaves it out."""
    detail: str
    accelerators: tuple[str, ...]

    def __str__(self) -> str:
        names = ", ".join(self.accelerators[:NAMES_SHOWN])
        beyond = len(self.accelerators) - NAMES_SHOWN
        more = f" and {beyond} more" if beyond > 0 else ""
        rule = f"{self.kind}, {self.detail}" if self.detail else self.kind
        return f"{rule}: {len(self.accelerators)} ({names}{more})"


def left_out_by_lists(instance: Instance) -> tuple[str, ...]:
    """Accelerators of the catalogue and the instance that procurement.include and exclude leave out, by id."""
    names = dict.fromkeys((*catalogue_rows("accelerators"), *instance.accelerators))
    return tuple(a for a in names if not may_be_bought(instance, a))


def exclusion_groups(problem: Problem) -> tuple[Cause, ...]:
    """Accelerators that cannot be bought at any site, by kind of reason and clause; largest group first."""
    offered = {a for (_, a, _), pod in problem.compute.types.items() if pod.deliverable}
    groups: dict[tuple[str, str], dict[str, None]] = {}
    for exclusion in problem.compute.exclusions:
        if exclusion.accelerator not in offered:
            groups.setdefault((exclusion.kind, exclusion.clause), {})[exclusion.accelerator] = None
    for name in left_out_by_lists(problem.instance):
        # What a list of wanted ones does not mention is no news; what is excluded by name is.
        if name not in offered and matches(name, problem.instance.procurement.exclude):
            groups.setdefault(("procurement list", ""), {})[name] = None
    ordered = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return tuple(Cause(kind, clause, tuple(names)) for (kind, clause), names in ordered)


def licences(problem: Problem, decisions: Decisions) -> tuple[str, ...]:
    """The export licences the deliveries rest on, in words."""
    sentences: dict[str, None] = {}
    for row in decisions.deliveries:
        ruling = problem.rulings.get((row.site, row.accelerator, row.phase))
        if ruling is not None and ruling.status.value == "licence":
            chance = f", probability {percent(ruling.probability, 2)}" if ruling.probability < 1 else ""
            fee = f", fee {percent(ruling.fee_fraction, 2)} of the price" if ruling.fee_fraction else ""
            sentences[f"{row.accelerator} needs an export licence ({ruling.clause}{fee}{chance})"] = None
    return tuple(sentences)
