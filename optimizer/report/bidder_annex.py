"""The annex handed to bidders: what the facility must do, in functions; no price, brand, budget, ranking or mark.

It is written from the instance's requirements and from what the site offers, never from the ledger or the search; names
that a maker or a product could be known by are withheld even where a planner has typed them in. The title and the
description of the instance are the planner's own words about the plan, and stay out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf

from optimizer.analysis.legal_flags import possible_flags
from optimizer.analysis.site_steps import ACCEPTANCE_HOURS, ACCEPTANCE_RUNS
from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.inputs.work import AnyWorkload, Serving, TrainingRun
from optimizer.number_format import number, percent
from optimizer.regimes.conditions import restricted_sites
from optimizer.regimes.supercomputer import ENVELOPE_M3, LIMITS_PFLOPS
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table, to_markdown

WITHHELD = "(withheld)"
NAMED_TABLES = ("accelerators", *ASSET_TABLES, "fabrics", "stacks")
"""Tables whose names may be those of products."""


def bidder_annex(instance: Instance) -> str:
    """The document, in Markdown."""
    return to_markdown(bidder_blocks(instance))


def bidder_blocks(instance: Instance) -> list[Block]:
    """The document as blocks, names withheld."""
    blocks: list[Block] = [
        Heading(f"Functional specification, {instance.tender.reference if instance.tender else 'draft'}", 1),
        Paragraph(
            "Requirements are functions and figures. Any product or combination of products that meets them is "
            "accepted; where a standard or a precision is named, an equivalent is accepted too."
        ),
        *_capability(instance),
        *_work(instance),
        *_site(instance),
        *_acceptance(instance),
        *_law(instance),
        *_offer(instance),
    ]
    hide = _hider(instance)
    return [_hidden(block, hide) for block in blocks]


def product_names(instance: Instance) -> tuple[str, ...]:
    """Names and ids by which makers and products are known, the longest first."""
    products: set[str] = set()
    for name in NAMED_TABLES:
        for row_id, row in getattr(instance, name).items():
            products |= {row_id, row.name}
    for chip in instance.accelerators.values():
        products |= {chip.vendor, chip.architecture}
    for fabric in instance.fabrics.values():
        products |= set(getattr(fabric, "vendors", None) or ())
    products |= {offer.supplier for offer in instance.offers.values()}
    return tuple(sorted((name for name in products if len(name) > 2), key=lambda name: (-len(name), name)))


def _hider(instance: Instance) -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in product_names(instance))
    return re.compile(rf"(?<![A-Za-z0-9])(?:{names})(?![A-Za-z0-9])", re.IGNORECASE)


def _hidden(block: Block, hide: re.Pattern[str]) -> Block:
    """A block whose texts from the instance hold no product name; words of this page are common ones and stay."""
    if isinstance(block, Heading):
        return Heading(hide.sub(WITHHELD, block.text), block.level)
    if isinstance(block, Table):
        rows = tuple(tuple(hide.sub(WITHHELD, cell) for cell in row) for row in block.rows)
        return Table(block.header, rows, block.right)
    if isinstance(block, Bullets):
        return Bullets(tuple(hide.sub(WITHHELD, item) for item in block.items))
    return block


def _capability(instance: Instance) -> Iterator[Block]:
    yield Heading("1. Capability by date")
    rows = tuple(
        (phase.start.isoformat(), number(phase.target_pflops, 6), _precisions(instance))
        for phase in instance.phases.values()
    )
    yield Table(("In service on", "Effective PFLOPS, all work", "Precisions"), rows, frozenset({1}))
    floors = tuple(
        (name, load.workload_class, instance.phases[p].start.isoformat(), number(floor, 6), ", ".join(load.precisions))
        for name, load in instance.workloads.items()
        for p, floor in load.floor_pflops.items()
    )
    if floors:
        header = ("Work", "Class", "In service on", "Effective PFLOPS", "Precisions")
        yield Table(header, floors, frozenset({3}))
    if instance.milestones:
        dated = tuple((row.date.isoformat(), number(row.target_pflops, 6)) for row in instance.milestones)
        yield Table(("Milestone", "Effective PFLOPS"), dated, frozenset({1}))
    yield Paragraph(
        "Effective: what the work gets, sustained over the year, after utilisation, fabric, interruptions and "
        "software; not the peak of a data sheet. Deliveries are complete on the days above."
    )


def _precisions(instance: Instance) -> str:
    return ", ".join(dict.fromkeys(p for load in instance.workloads.values() for p in load.precisions))


def _work(instance: Instance) -> Iterator[Block]:
    yield Heading("2. Memory and fabric")
    yield Bullets(tuple(_asks(instance, name, load) for name, load in instance.workloads.items()))


def _asks(instance: Instance, name: str, load: AnyWorkload) -> str:
    """What one kind of work asks of memory and fabric."""
    if isinstance(load, TrainingRun):
        model = instance.models[load.model]
        memory = load.bytes_per_parameter * model.params_total_b
        return (
            f"{name}: one job on one cluster holds {number(memory, 6)} GB of weights, gradients and optimiser state in "
            f"accelerator memory; its fabric is non-blocking or as good for this job"
        )
    if isinstance(load, Serving):
        model = instance.models[load.model]
        context = model.kv_bytes_per_token * load.context_tokens / 1e9
        return (
            f"{name}: a replica holds {number(model.params_total_b, 6)} billion parameters at the precision offered, "
            f"and {number(context, 4)} GB for each sequence of {load.context_tokens:,} tokens, up to "
            f"{load.batch_max:g} at a time"
        )
    assert isinstance(load, Workload)
    return f"{name}: one typical job spans {load.job_accelerators:,} accelerators and keeps its rate over the fabric"


def _site(instance: Instance) -> Iterator[Block]:
    yield Heading("3. What the site offers")
    rows = []
    for site in instance.sites.values():
        loading = site.building.floor_loading_kpa
        for name in site.coolings:
            cooling = instance.coolings[name]
            liquid = percent(cooling.capture_fraction, 2)
            supply = f"{number(cooling.supply_c, 3)} to {number(cooling.return_c, 3)}"
            floor = "not limited" if loading in (None, inf) else number(loading, 3)
            rows.append((site.name, number(cooling.rack_kw_max, 4), liquid, supply, floor))
    header = ("Site", "kW a rack, at most", "Heat taken by the loop", "Supply to return, deg C", "Floor loading, kPa")
    yield Table(header, tuple(rows), frozenset({1, 2, 4}))


def _acceptance(instance: Instance) -> Iterator[Block]:
    yield Heading("4. Acceptance")
    yield Paragraph(f"A delivery is accepted when each run below, made {ACCEPTANCE_RUNS} times, reaches its figures.")
    yield Bullets(tuple(_test(instance, name, load) for name, load in instance.workloads.items()))


def _test(instance: Instance, name: str, load: AnyWorkload) -> str:
    if isinstance(load, TrainingRun):
        model = instance.models[load.model]
        tokens = load.tokens_t or model.tokens_t or 0.0
        return (
            f"run {name}: pre-training step of a model of {number(model.params_active_b, 5)} billion active parameters "
            f"at {', '.join(load.precisions)}, at a rate that finishes {number(tokens, 5)} trillion tokens in "
            f"{number(load.max_days, 4)} days"
        )
    if isinstance(load, Serving):
        return (
            f"run {name}: a day's mix of {number(load.input_tokens_b_per_day, 5)} billion input and "
            f"{number(load.output_tokens_b_per_day, 5)} billion output tokens"
        )
    return (
        f"run {name}: sustained {load.workload_class} throughput at {', '.join(load.precisions)} for "
        f"{ACCEPTANCE_HOURS} hours, at the effective PFLOPS of section 1"
    )


def _law(instance: Instance) -> Iterator[Block]:
    """Rules on export that an offer may touch, whatever it offers, and what it states so that they can be looked at."""
    raised = possible_flags(instance)
    if not raised:
        return
    yield Heading("5. Export law")
    yield Paragraph(
        "Of every accelerator, server and fabric offered: where its designer, and the designer's parent, have their "
        "headquarters; its ECCN; of accelerators also total processing performance, die area, memory bandwidth "
        "and the peaks in FP64 and FP32; and which of these rules it meets."
    )
    yield Table(("Rule", "Text"), tuple((flag.label, flag.clause) for flag in raised))
    policies = []
    if instance.export.prc_3a090 == "avoid":
        policies.append(
            "not accepted: accelerators that meet ECCN 3A090 and are designed by a company with its headquarters, or "
            "its parent's, in Country Group D:5 or Macau"
        )
    if instance.export.supercomputer == "bind" and restricted_sites(instance):
        policies.append(
            f"all that is installed at a site stays below {LIMITS_PFLOPS['fp64']:g} PFLOPS in FP64 and "
            f"{LIMITS_PFLOPS['fp32']:g} in FP32 within any {ENVELOPE_M3:,.0f} m3, racks standing evenly"
        )
    if policies:
        yield Bullets(tuple(policies))


def _offer(instance: Instance) -> Iterator[Block]:
    tender = instance.tender
    yield Heading("6. What an offer states")
    items = [
        "the bid file sent with this annex, filled in: quantities, days of delivery, terms",
        "rated power, height and weight of a server, heat to liquid and to the room, facts of the accelerator",
        "warranty, maintenance, spare parts, training, and how acceptance will be shown",
    ]
    if tender is not None:
        items += [f"evidence for: {', '.join(row.name for row in tender.quality.values())}"] if tender.quality else []
        items += [f"offers close on {tender.closing.isoformat()}"] if tender.closing else []
        if tender.two_envelopes:
            items.append("two files: one without any price, which is opened first, and one with the prices")
    yield Bullets(tuple(items))
