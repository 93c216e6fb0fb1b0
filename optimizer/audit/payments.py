"""When accelerators are paid, and milestones: docs/model.md section 10."""

from __future__ import annotations

import math
from datetime import timedelta

from optimizer.audit.case import AuditCase, type_of
from optimizer.audit.findings import Recorder
from optimizer.audit.purchases import chip_price_usd
from optimizer.audit.throughput import Throughput
from optimizer.inputs.design import PodRow
from optimizer.inputs.quantity import DAYS_PER_YEAR, USD_PER_MUSD


def prepayment_musd(case: AuditCase, row: PodRow, p: int) -> float:
    """Value at the start of the phase of paying on the days agreed instead of on delivery."""
    parts = case.instance.accelerators[row.accelerator].payment or case.instance.procurement.payment
    if not parts:
        return 0.0
    chip, pod = case.instance.accelerators[row.accelerator], case.pod(row.site, type_of(row))
    usd = row.pods * (pod.accelerators * chip_price_usd(case, row.accelerator, p) + pod.servers * chip.server_rest_usd)
    lead_weeks = chip.lead_time_weeks + case.ruling(row.site, row.accelerator, p).extra_lead_weeks
    delivery, worth = case.periods.starts[p], 0.0
    for part in parts:
        day = delivery + timedelta(days=math.floor(7.0 * part.after_weeks + 0.5))
        if part.at == "order":
            day -= timedelta(days=math.floor(7.0 * lead_weeks + 0.5))
        years = (day - delivery).days / DAYS_PER_YEAR
        worth += part.fraction * (1.0 + case.periods.discount_rate) ** -years
    return usd * (worth - 1.0) / USD_PER_MUSD


def check_milestones(case: AuditCase, throughput: tuple[Throughput, ...], recorder: Recorder) -> None:
    """Each milestone in the phase that is under way on its day."""
    for milestone in case.instance.milestones:
        begun = [p for p, start in enumerate(case.periods.starts) if start <= milestone.date]
        there = sum(row.effective_pflops for row in throughput if begun and row.p == begun[-1])
        where = milestone.date.isoformat()
        recorder.at_least("throughput.milestone", where, there, milestone.target_pflops, "effective PFLOPS")
