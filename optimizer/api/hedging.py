"""One plan for several futures."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from optimizer.api.instance import FacilityInstance, as_instance
from optimizer.api.interrupts import stoppable
from optimizer.api.options import Options, checked
from optimizer.api.tables import frame
from optimizer.app.study_pages import keep
from optimizer.app.study_runs import StudyLocation, definition_of, folder_of
from optimizer.errors import UsageError, VerificationError
from optimizer.report.document import to_text
from optimizer.solve.isolation import spawning

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.study.robust_plan import Robust


@dataclass(frozen=True)
class RobustResult:
    """What to buy before it is known which scenario comes, and what that is worth. Every design passed the audit."""

    robust: Robust = field(repr=False)

    @property
    def expected_lcoc(self) -> float:
        """Expected levelised cost, USD per EFLOP."""
        return self.robust.plan.expected_lcoc

    @property
    def perfect_information(self) -> float:
        """What it would be worth to know the scenario beforehand, USD per EFLOP."""
        return self.robust.perfect_information

    @property
    def first_stage(self) -> pd.DataFrame:
        """The decisions that are the same in every scenario: phase, what, quantity."""
        rows = [(row["phase"], row["what"], row["quantity"]) for row in self.to_dict()["here_and_now"]]
        return frame(("phase", "what", "quantity"), rows)

    @property
    def scenarios(self) -> pd.DataFrame:
        """By scenario: its probability, the plan's levelised cost in it, and the best there would have been."""
        result = self.robust
        rows = [
            (
                z,
                result.probability[z],
                result.plan.outcomes[z].lcoc,
                result.best_lcoc[z],
                result.plan.outcomes[z].cost_musd,
            )
            for z in result.scenarios
        ]
        columns = ("scenario", "probability", "lcoc_usd_per_eflop", "best_lcoc_usd_per_eflop", "cost_musd")
        return frame(columns, rows, {"probability": "1"}).set_index("scenario")

    @property
    def regret(self) -> pd.DataFrame:
        """Regret in USD per EFLOP: rows are plans (this one, and each made for one scenario), columns are scenarios."""
        import pandas as pd

        made = pd.DataFrame.from_dict(self.to_dict()["regret_usd_per_eflop"], orient="index")
        made.attrs["units"] = dict.fromkeys(made.columns, "USD/EFLOP")
        return made

    @property
    def text(self) -> str:
        """The page the command line prints."""
        from optimizer.report.robust import robust_blocks

        return to_text(robust_blocks(self.robust))

    def to_dict(self) -> dict[str, Any]:
        """Every figure as plain data (robust.json)."""
        from optimizer.report.robust import robust_json

        return robust_json(self.robust)

    def __repr__(self) -> str:
        names = ", ".join(self.robust.scenarios)
        return f"<RobustResult {self.robust.instance.name}: {self.expected_lcoc:.4g} USD/EFLOP expected over {names}>"


def robust(
    instance: FacilityInstance | str | Path,
    options: Options | None = None,
    *,
    results: str | Path | None = None,
    stop: Event | None = None,
) -> RobustResult:
    """Plan for all scenarios of [uncertainty] at once.

    results     folder of all results, to keep the answer in as `optimizer robust` does; None keeps nothing
    stop        once set, the best plan so far is returned; without it, Ctrl-C does the same

    Raises UsageError without [uncertainty], NoDesignError if no plan serves all scenarios or none was known when it was
    stopped, VerificationError if the audit does not confirm every scenario's design.
    """
    from optimizer.report.robust import robust_json
    from optimizer.study.robust import robust as planned
    from optimizer.study.scenario_models import Follower

    case, chosen = as_instance(instance), checked(options)
    if case.reading.instance.uncertainty is None:
        raise UsageError(f"{case.name} has no [uncertainty] table", "see instances/hong_kong_licence_risk.toml")
    with stoppable(stop) as event, spawning():
        follower = Follower(stop=event)
        if results is None:
            hedged = planned(case.reading.instance, case.reading.folder, chosen, follower)
        else:
            request = {"search": {"gap": chosen.gap, "time_limit_s": chosen.time_limit_s}}
            definition = definition_of("robust", case.source, case.reading, request)
            with folder_of(StudyLocation(results=Path(results)), definition) as folder:
                hedged = planned(case.reading.instance, case.reading.folder, chosen, follower)
                if hedged.verified:
                    keep(folder, "robust", robust_json(hedged))
    if not hedged.verified:
        raise VerificationError("the audit does not confirm every scenario's design; the plan is withheld")
    return RobustResult(hedged)
