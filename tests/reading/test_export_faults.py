"""Bad export rules, milestones, payments and shares: each finding with its code, line and hint."""

from __future__ import annotations

import pytest

REGIME = 'regime = "open_market"'
OWN = """
[regimes.mine]
name = "Mine"
effective = 2027-01-01
source = "a memo"
based_on = "may_2026"
[[regimes.mine.tests]]
when = [{ fact = "tpp", op = ">=", value = 4800 }]
ruling = "denied"
clause = "paragraph 1"
"""


def one(found, code):
    matching = [d for d in found if d.code == code]
    assert len(matching) == 1, [(d.code, d.message) for d in found]
    return matching[0]


def test_an_own_regime_is_read(write, read):
    reading = read(write((REGIME, 'regime = "mine"'), add=OWN))
    assert reading.instance.regimes["mine"].tests[0].clause == "paragraph 1"
    assert reading.instance.regimes["mine"].tests[0].when[0].value == 4800


def test_unknown_regime_names_the_nearest_own_one(write, findings):
    found = one(findings(write((REGIME, 'regime = "mein"'), add=OWN)), "E0320")
    assert found.help == "did you mean mine?"


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ("[regimes.mine]", "[regimes.may_2026]", "E0454", "there is a regime may_2026 already"),
        ('based_on = "may_2026"', 'based_on = "mine"', "E0454", "mine is based on itself: mine -> mine"),
        ('based_on = "may_2026"', 'based_on = "may_2062"', "E0320", 'no export regime "may_2062"'),
        ("value = 4800", 'value = "4800"', "E0455", "value must be a number"),
        (
            'fact = "tpp", op = ">=", value = 4800',
            'fact = "origin", op = ">=", value = "US"',
            "E0455",
            "compares numbers",
        ),
        ('fact = "tpp", op = ">=", value = 4800', 'fact = "destination", value = "hongkong"', "E0455", "no 'hongkong'"),
        ('fact = "tpp", op = ">=", value = 4800', 'fact = "parent_group", value = "D5"', "E0455", "no country group"),
        ('fact = "tpp", op = ">=", value = 4800', 'fact = "data_centre", value = 1', "E0455", "true or false"),
        ('ruling = "denied"', 'ruling = "denied"\nfee_fraction = 0.2', "E0456", "term of a licence"),
        ('ruling = "denied"', 'ruling = "denied"\nfee = 0.2', "E0302", "fee"),
    ],
)
def test_own_regimes_that_cannot_be(write, findings, old, new, code, message):
    assert OWN.count(old) >= 1
    found = [d for d in findings(write(add=OWN.replace(old, new))) if d.code == code]
    assert any(message in d.message for d in found)
    assert all(d.line for d in found)


def test_a_misspelt_fact_gets_the_nearest(write, findings):
    found = findings(write(add=OWN.replace('"tpp"', '"ttp"')))
    assert any("tpp" in (d.help or "") + d.message for d in found)


def test_lenient_before_strict_is_a_warning(write, read):
    first = (
        '[[regimes.mine.tests]]\nwhen = [{ fact = "tpp", op = ">=", value = 9000 }]\nruling = "free"\nclause = "fast"\n'
    )
    text = OWN.replace("[[regimes.mine.tests]]", first + "[[regimes.mine.tests]]", 1)
    assert "W0641" in {d.code for d in read(write(add=text), strict=False).warnings}
    assert "W0641" not in {d.code for d in read(write(add=OWN), strict=False).warnings}


def test_a_die_area_that_is_asked_for(write, read):
    text = OWN.replace('"tpp"', '"performance_density"')
    found = [d for d in read(write(add=text), strict=False).warnings if d.code == "W0642"]
    assert found[0].help.startswith("state accelerators.h20.die_mm2")


TIMELINE = (
    'timeline = [\n  {{ from_date = {0}, regime = "oct_2022" }},\n  {{ from_date = {1}, regime = "may_2026" }},\n]'
)


def test_a_timeline_is_read(write, read):
    assert len(read(write((REGIME, TIMELINE.format("2025-01-01", "2028-01-01")))).instance.export.timeline) == 2


@pytest.mark.parametrize(
    ("dates", "code", "message"),
    [
        (("2026-06-01", "2028-01-01"), "E0453", "no regime is in force from the planning date 2026-01-01"),
        (("2025-06-01", "2025-01-01"), "E0452", "is not later than"),
        (("2025-06-01", "2025-06-01"), "E0452", "the same day"),
    ],
)
def test_timelines_with_gaps(write, findings, dates, code, message):
    path = write((REGIME, TIMELINE.format(*dates)))
    found = one(findings(path), code)
    assert message in found.message
    assert "from_date" in path.read_text().splitlines()[found.line - 1]


def test_neither_and_both(write, read, findings):
    assert "neither" in one(findings(write((REGIME + "\n", ""))), "E0451").message
    follows = 'regime = "oct_2022"\n' + TIMELINE.format("2025-01-01", "2028-01-01")
    assert read(write((REGIME, follows))).instance.export.timeline
    both = REGIME + "\n" + TIMELINE.format("2025-01-01", "2028-01-01")
    assert "both" in one(findings(write((REGIME, both))), "E0451").message


def test_unknown_regime_in_a_timeline(write, findings):
    path = write((REGIME, TIMELINE.format("2025-01-01", "2028-01-01").replace("may_2026", "may2026")))
    assert one(findings(path), "E0320").help == "did you mean may_2026?"


PAY = '\n[procurement]\npayment = [{{ at = "order", fraction = {0} }}, {{ at = "delivery", fraction = 0.7 }}]\n'


def test_payments_are_the_whole_price(write, read, findings):
    assert len(read(write(add=PAY.format(0.3))).instance.procurement.payment) == 2
    assert "add up to 1.1" in one(findings(write(add=PAY.format(0.4))), "E0457").message


@pytest.mark.parametrize(
    ("day", "pflops", "code", "message"),
    [
        ("2026-12-31", 100, "E0458", "no phase has begun by then; the first starts on 2027-01-01"),
        ("2027-06-01", 151, "E0458", "beyond the demand of p1, 150"),
    ],
)
def test_milestones_nobody_can_meet(write, findings, day, pflops, code, message):
    path = write(("[phases.p1]", f"[[milestones]]\ndate = {day}\ntarget_pflops = {pflops}\n\n[phases.p1]"))
    assert message in one(findings(path), code).message


def test_a_delivery_date_that_no_lead_time_allows(write, findings):
    path = write(
        ("[phases.p1]", "[[milestones]]\ndate = 2027-06-01\ntarget_pflops = 100\n\n[phases.p1]"),
        ("price_usd = 12000", "price_usd = 12000\nlead_time_weeks = 60\n[accelerators.mi9]\nlead_time_weeks = 70"),
    )
    found = one(findings(path), "E0459")
    assert "h20, ordered on the planning date and delivered 60 weeks later, on 2027-02-25" in found.message


def test_a_share_its_quota_forbids(write, findings):
    text = (
        '\n[procurement.quotas.few]\nmatch = { accelerator = "mi9" }\nmax_accelerators = 100\n'
        '[procurement.shares.many]\nmatch = { accelerator = "mi9" }\nmin_fraction = 0.5\n'
    )
    found = one(findings(write(add=text)), "E0460")
    assert "asks for 50 PFLOPS of mi9 in p1; quota few of 100 accelerators allows 5.92 at most" in found.message


MANY = '[procurement.shares.many]\nmatch = { accelerator = "mi9" }\nmin_fraction = 0.5\n'
"""50 PFLOPS in p1 and 100 in p2 from mi9, of which 1,000 are at most 59.2 PFLOPS."""


def quota(name, most, extra=""):
    return f'\n[procurement.quotas.{name}]\nmatch = {{ accelerator = "mi9" }}\nmax_accelerators = {most}\n{extra}'


def test_a_share_that_quotas_of_phases_forbid(write, findings):
    """What is delivered in p1 still serves in p2: each quota alone leaves room, both together do not."""
    both = quota("first", 900, 'phases = ["p1"]\n') + quota("second", 700, 'phases = ["p2"]\n')
    found = one(findings(write(add=both + MANY)), "E0460")
    assert "asks for 100 PFLOPS of mi9 in p2" in found.message
    assert "quota second of 700 accelerators and quota first of 900 accelerators allow 94.72 at most" in found.message


@pytest.mark.parametrize(
    "text",
    [
        quota("first", 900, 'phases = ["p1"]\n'),
        quota("first", 900, 'phases = ["p1"]\n') + quota("second", 800, 'phases = ["p2"]\n'),
        quota("first", 10).replace('"mi9" }', '"mi9", status = "licence" }'),
    ],
)
def test_quotas_that_leave_a_share_room(text, write, read):
    assert read(write(add=text + MANY), strict=False).instance.procurement.shares["many"].min_fraction == 0.5


def test_a_share_that_a_quota_on_free_chips_forbids(write, findings):
    free = quota("few", 10).replace('"mi9" }', '"mi9", status = "free" }')
    assert "quota few of 10 accelerators allows" in one(findings(write(add=free + MANY)), "E0460").message


def test_law_that_cannot_be_read_is_reported_once(write, findings):
    """Where no ruling can be made, quotas by status say nothing, and nothing breaks."""
    regime = (
        '\n[regimes.mine]\nname = "Mine"\neffective = 2026-01-01\nsource = "none"\n'
        '[[regimes.mine.tests]]\nruling = "denied"\nclause = "c"\nwhen = [{ fact = "tpp", op = ">", value = "much" }]\n'
    )
    free = quota("few", 10).replace('"mi9" }', '"mi9", status = "free" }')
    path = write(('regime = "open_market"', 'regime = "mine"'), add=regime + free + MANY)
    codes = {found.code for found in findings(path)}
    assert "E0455" in codes
    assert "E0460" not in codes


def test_a_share_that_supply_forbids(write, findings):
    text = '\n[accelerators.mi9]\nsupply_by_quarter = { "2026Q4" = 500, "2027Q1" = 0 }\n' + MANY
    found = one(findings(write(add=text)), "E0460")
    assert "the supply of mi9, 500 allows 29.6 at most" in found.message


@pytest.mark.parametrize("name", ["2027Q5", "27Q1", "2027-Q1", "2027q1"])
def test_a_quarter_that_is_none(name, write, findings):
    found = one(findings(write(add=f'\n[accelerators.mi9]\nsupply_by_quarter = {{ "{name}" = 5 }}\n')), "E0314")
    assert found.message == f'"{name}" is not a quarter'
    assert found.help == 'quarters are written as "2027Q3"'
    assert found.line


def test_a_negative_supply(write, findings):
    found = findings(write(add='\n[accelerators.mi9]\nsupply_by_quarter = { "2027Q1" = -5 }\n'))
    assert one(found, "E0312").path == "accelerators.mi9.supply_by_quarter.2027Q1"


def test_quarters_that_supply_nothing_or_in_vain(write, read):
    late = write(add='\n[accelerators.mi9]\nsupply_by_quarter = { "2035Q1" = 5 }\n')
    found = [d for d in read(late, strict=False).warnings if d.code == "W0645"]
    assert "gives nothing before the last phase starts, on 2029-01-01" in found[0].message
    vain = write(add="\n[accelerators.mi9]\nsupply_per_quarter = 500\nsupply_per_year = 1000\n")
    found = [d for d in read(vain, strict=False).warnings if d.code == "W0644"]
    assert "lets 1,000 through for p1, its quarters 2,000" in found[0].message


def test_shares_beyond_all(write, findings):
    text = "".join(
        f'\n[procurement.shares.of_{a}]\nmatch = {{ accelerator = "{a}" }}\nmin_fraction = 0.6\n'
        for a in ("h20", "mi9")
    )
    assert "add up to 1.2" in one(findings(write(add=text)), "E0460").message


TREE = """
[uncertainty]
{reveal}
[uncertainty.scenarios.granted]
probability = {0}
[uncertainty.scenarios.refused]
probability = 0.4
refused = ["{1}"]
"""


LICENSED = OWN.replace("value = 4800", "value = 1").replace('"denied"', '"licence"')


def licensed(write, add):
    """The instance under a regime that asks for a licence of everything."""
    return write((REGIME, 'regime = "mine"'), add=LICENSED + add)


def tree(reveal='reveal_phase = "p2"', chance="0.6", refused="h20"):
    return TREE.format(chance, refused, reveal=reveal)


def test_a_scenario_tree_is_read(write, read):
    assert read(licensed(write, tree())).instance.uncertainty.scenarios["granted"].probability == 0.6


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"chance": "0.5"}, "E0461", "add up to 0.9, not to 1"),
        ({"reveal": "reveal_date = 2025-06-01"}, "E0462", "before the planning date 2026-01-01"),
        ({"reveal": "reveal_date = 2040-01-01"}, "E0462", "no phase starts on or after it"),
        ({"reveal": 'reveal_phase = "p1"'}, "E0462", "nothing is decided before the first phase"),
        ({"reveal": "reveal_date = 2026-06-01"}, "E0462", "nothing is decided before the first phase"),
        ({"reveal": "cvar_level = 0.5"}, "E0462", "either reveal_phase or reveal_date"),
        ({"reveal": 'reveal_phase = "p3"'}, "E0320", 'no phase "p3"'),
    ],
)
def test_scenario_trees_that_cannot_be(write, findings, changes, code, message):
    assert message in one(findings(licensed(write, tree(**changes))), code).message


@pytest.mark.parametrize(
    ("branch", "message"),
    [
        ('follows = "granted"', "follows and from_phase go together"),
        ('follows = "grant"\nfrom_phase = "p2"', "there is no scenario grant"),
        ('follows = "granted"\nfrom_phase = "p2"', "must part from granted after the reveal"),
        ('follows = "refused"\nfrom_phase = "p2"', "must part from refused after the reveal"),
    ],
)
def test_branches_that_cannot_be(write, findings, branch, message):
    assert message in one(findings(licensed(write, tree() + branch)), "E0463").message


def test_a_refusal_that_refuses_nothing(write, read):
    found = [d for d in read(licensed(write, tree(refused="h200")), strict=False).warnings if d.code == "W0643"]
    assert "no accelerator fits" in found[0].message
