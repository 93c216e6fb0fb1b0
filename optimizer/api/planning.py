"""What would be solved, without solving it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.api.instance import FacilityInstance, as_instance
from optimizer.api.tables import exclusion_frame, frame
from optimizer.app.planning import Planned, planned

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PlanResult:
    """Size of the model, what is on offer, and what already rules out every design."""

    planned: Planned = field(repr=False)

    @property
    def size(self) -> dict[str, int | str]:
        """Rows, columns, integers, nonzeros, and the fingerprint of the matrix."""
        return asdict(self.planned.size)

    @property
    def possible(self) -> bool:
        """False if a single requirement is known to rule out every design; True is no promise."""
        return not self.planned.obstacles

    @property
    def obstacles(self) -> pd.DataFrame:
        """Reasons that rule out any design, with the key of the instance behind each."""
        return frame(("group", "path", "reason"), [(o.group, o.path, o.reason) for o in self.planned.obstacles])

    @property
    def pod_types(self) -> pd.DataFrame:
        """What may be built: one row per site, accelerator, cooling (fabric, hall), with the phases it can be had."""
        rows = [
            (pod.site, pod.accelerator, pod.cooling, pod.fabric, pod.hall, ", ".join(pod.deliverable), pod.size.racks)
            for pod in self.planned.problem.compute.types.values()
        ]
        return frame(("site", "accelerator", "cooling", "fabric", "hall", "phases", "racks"), rows)

    @property
    def rulings(self) -> pd.DataFrame:
        """Export rulings by site, accelerator and phase: free, licence or denied, with the clause."""
        rows = [(*key, ruling.status.value, ruling.clause) for key, ruling in self.planned.problem.rulings.items()]
        return frame(("site", "accelerator", "phase", "status", "clause"), rows)

    @property
    def exclusions(self) -> pd.DataFrame:
        """What is not offered, and why, with the clause and the date it came into force."""
        return exclusion_frame(self.planned.problem)

    def __repr__(self) -> str:
        size = self.planned.size
        suffix = "" if self.possible else f", {len(self.planned.obstacles)} reasons against any design"
        return (
            f"<PlanResult {self.planned.problem.instance.name}: {size.rows:,} rows, {size.columns:,} columns{suffix}>"
        )


def plan(instance: FacilityInstance | str | Path) -> PlanResult:
    """Build the model and describe it; nothing is solved. Raises what `read` raises, and UnsoundError."""
    return PlanResult(planned(as_instance(instance).reading))
