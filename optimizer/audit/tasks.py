"""What runs and serving come to: docs/model.md section 12."""

from __future__ import annotations

from optimizer.audit.case import AuditCase
from optimizer.audit.fleet import Fleet
from optimizer.audit.serving import services
from optimizer.audit.staff import installed_accelerators, working_accelerators
from optimizer.audit.training import run_days, tasks


def task_figures(case: AuditCase, fleet: Fleet, last: int) -> dict[str, float]:
    """Figures of the last phase; those of what the instance does not have are left out."""
    runs, served = tasks(case), services(case)
    figures: dict[str, float] = {}
    if runs:
        figures["training_days_max"] = max(run_days(case, task, last) for task in runs)
        figures["training_runs_per_year"] = sum(task.spec.runs_per_year for task in runs)
    if served:
        tokens = (job.spec.input_tokens_b_per_day + job.spec.output_tokens_b_per_day for job in served)
        figures["tokens_b_per_day"] = sum(tokens)
    if runs or served or case.instance.staff.max_engineers is not None:
        figures["idle_accelerators"] = sum(
            installed_accelerators(case, fleet, site, last) - working_accelerators(case, fleet, site, last)
            for site in case.instance.sites
        )
    return figures
