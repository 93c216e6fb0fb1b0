"""The glossary: the words a reader of the page may not know."""

from __future__ import annotations

GLOSSARY = (
    (
        "LCOC",
        "Levelised cost of compute: present value of all costs, less what is left at the end, per EFLOP delivered.",
    ),
    ("EFLOP", "10^18 floating-point operations: a quantity of work, not a rate."),
    ("PFLOPS", "10^15 floating-point operations per second: a rate. One PFLOPS through a year is 31,536 EFLOP."),
    ("Effective", "What the workload gets: peak × utilisation × fabric × availability × software maturity."),
    ("Peak", "The chip's dense rate at the precision used, never sparse."),
    ("MFU", "Model operations over the dense peak while a model is trained: the utilisation a chip was measured at."),
    ("Roofline", "Tokens a second by what is scarcest: operations, memory bandwidth, or room for the batch."),
    ("Gap", "No design can be better than the one shown by more than this share."),
    ("VERIFIED", "A second, independent calculation recomputed every limit over 8,760 hours and every line of cost."),
    ("Binds", "A requirement used up to its limit: with more of it, a better design may exist."),
    (
        "Pod",
        "The unit that is bought: a rack of servers with one accelerator, cooling and fabric, or a rack-scale system.",
    ),
    ("Hall", "A class of room by the redundancy of its power: N, N+1 (one module to spare), 2N (everything twice)."),
    ("Phase", "A stretch of the plan. What is bought for it is in service from its first day."),
    ("Order by", "The last day to order: entry into service less lead time and licence."),
    ("PUE", "Power usage effectiveness: energy at the meter over energy of the IT equipment."),
    ("Firm capacity", "Import the substation carries with its spare transformers out of service."),
    ("Flexible connection", "A connection of which the utility may call a part back in some hours of the year."),
    ("Demand response", "Load that can be dropped in hours that somebody calls, and is paid for whether it is or not."),
    ("White and plant space", "Floor for racks with aisles; floor for cooling, power and batteries."),
    ("NPV", "Net present value: payments of later years count less, by the discount rate."),
    ("MUSD", "Million US dollars, in real prices of the price year."),
    ("Residual value", "What the equipment is worth at the end of the plan, by straight line over its life."),
    ("Grade", "A: official or measured. B: one good secondary source. C: estimate."),
    ("TPP", "Total processing performance of a chip, the measure of the export rules."),
)

_SHARED = ("LCOC", "EFLOP", "Effective", "Gap", "VERIFIED", "Phase", "NPV", "MUSD")
STUDY_GLOSSARY = (
    ("Cell", "One point of the study: the instance with some values changed, designed anew to a proven gap."),
    *(row for row in GLOSSARY if row[0] in _SHARED),
    ("Swing", "How far the levelised cost moves between the two ends of an axis, the instance as it is included."),
    (
        "mu*, sigma",
        "Morris: mean size of the effect of crossing an axis' range; how much it differs from place to place.",
    ),
    ("S1, ST", "Sobol: share of the variance an axis causes alone; share it causes with all others."),
    ("Frontier", "The designs that no other beats in both measures."),
    ("Regret", "What a plan costs in a scenario above the best plan for that scenario."),
    ("EVPI", "Expected value of perfect information: what knowing the scenario from the start would save."),
    (
        "VSS",
        "Value of the stochastic solution: what the robust plan saves against planning for the likeliest scenario.",
    ),
)
"""The glossary of a study's page."""
