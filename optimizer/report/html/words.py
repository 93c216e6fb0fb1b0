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
    ("Gap", "No design can be better than the one shown by more than this share."),
    ("VERIFIED", "A second, independent calculation recomputed every limit over 8,760 hours and every line of cost."),
    ("Binds", "A requirement used up to its limit: with more of it, a better design may exist."),
    (
        "Pod",
        "The unit that is bought: a rack of servers with one kind of accelerator and cooling, or a rack-scale system.",
    ),
    ("Phase", "A stretch of the plan. What is bought for it is in service from its first day."),
    ("Order by", "The last day to order: entry into service less lead time and licence."),
    ("PUE", "Power usage effectiveness: energy at the meter over energy of the IT equipment."),
    ("Firm capacity", "Import the substation carries with its spare transformers out of service."),
    ("White and plant space", "Floor for racks with aisles; floor for cooling, power and batteries."),
    ("NPV", "Net present value: payments of later years count less, by the discount rate."),
    ("MUSD", "Million US dollars, in real prices of the price year."),
    ("Residual value", "What the equipment is worth at the end of the plan, by straight line over its life."),
    ("Grade", "A: official or measured. B: one good secondary source. C: estimate."),
    ("TPP", "Total processing performance of a chip, the measure of the export rules."),
)
