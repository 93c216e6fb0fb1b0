"""Cross checks: each planted contradiction is found at its place, and a sound instance is silent."""

# ruff: noqa: E501

from __future__ import annotations

import pytest

from optimizer.reading.checks import CHECKS, run_checks


def test_the_sample_is_silent(write, read):
    reading = read(write())
    assert run_checks(reading.instance) == []
    assert reading.warnings == ()


def test_every_check_says_what_it_asks():
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS)
    assert all(check.__doc__ for check in CHECKS)


BACKUP = '[sites.hub.backup]\ngenerator = "diesel"\ncritical_fraction = 0.1\nfrom_phase = "p1"\n'
STAGE = '[[sites.hub.grid_stages]]\nfrom_phase = "{}"\nmw = 30\n'


@pytest.mark.parametrize(
    ("changes", "add", "code", "path"),
    [
        ([("years = 2.0", "years = 1.9")], "", "E0401", "phases.p2.start"),
        ([("target_pflops = 100", "target_pflops = 151")], "", "E0402", "phases.p1.target_pflops"),
        ([("p1 = 50", "p1 = 151")], "", "E0403", "workloads.train.floor_pflops.p1"),
        ([], STAGE.format("p2") + STAGE.format("p1"), "E0404", "sites.hub.grid_stages.1.from_phase"),
        ([], STAGE.format("p2") * 2, "E0404", "sites.hub.grid_stages.1.from_phase"),
        ([], "[coolings.air]\ncapture_fraction = 0.9\n", "E0405", "coolings.air.capture_fraction"),
        ([], '[coolings.plates]\nresidual = "plates"\n', "E0405", "coolings.plates.residual"),
        ([], "[coolings.air]\nsupply_c = 30\n", "E0406", "coolings.air.supply_c"),
        ([], "[transformers.t20]\nlife_years = 4\n", "E0409", "transformers.t20.life_years"),
        ([], BACKUP + "[generators.diesel]\nrun_hours_max = 10\n", "E0410", "generators.diesel.test_hours_per_year"),
        (
            [("plant_m2 = 3000", "plant_m2 = 3000\nexisting_white_m2 = 4000")],
            "",
            "E0417",
            "sites.hub.building.existing_white_m2",
        ),
        (
            [],
            "[sites.hub.existing_cooling_modules]\nplates = 101\n",
            "E0417",
            "sites.hub.existing_cooling_modules.plates",
        ),
        (
            [],
            '[[sites.hub.existing_pods]]\naccelerator = "h20"\ncooling = "air"\npods = 1\ncommissioned = 2028-01-01\n',
            "E0417",
            "sites.hub.existing_pods.0.commissioned",
        ),
        (
            [],
            "[fabrics.fast]\ntiers = [{ up_to_accelerators = 9, usd_per_accelerator = 1 }, { up_to_accelerators = 9, usd_per_accelerator = 1000 }]\n",
            "E0414",
            "fabrics.fast.tiers.1.up_to_accelerators",
        ),
        ([], "[procurement.shares.s]\nmatch = { tier = 1 }\n", "E0413", "procurement.shares.s"),
        ([("p1 = 50", "")], "[phases.p1]\n", "E0202", "phases.p1"),
        ([('coolings = ["plates"]', 'coolings = ["plates", "plates"]')], "", "E0322", "sites.hub.coolings"),
    ],
)
def test_contradictions(write, findings, changes, add, code, path):
    assert (code, path) in {(d.code, d.path) for d in findings(write(*changes, add=add))}


@pytest.mark.parametrize(
    ("changes", "add", "code"),
    [
        ([], '[procurement.quotas.q]\nmax_accelerators = 5\nmatch = { vendor = "vendor" }\n', "W0606"),
        ([], '[procurement]\nexclude = ["x*"]\n', "W0606"),
        ([("price_year = 2026", "price_year = 2024")], "", "W0602"),
        (
            [
                ("target_pflops = 100", "target_pflops = 0"),
                ("target_pflops = 200", "target_pflops = 0"),
                ("p1 = 50", ""),
            ],
            "",
            "W0605",
        ),
    ],
)
def test_doubts_are_warnings(write, read, changes, add, code):
    assert code in {d.code for d in read(write(*changes, add=add)).warnings}


def test_price_years_of_catalogue_rows_are_one_warning(write, read):
    found = [
        d for d in read(write(("price_year = 2026", "price_year = 2024"))).warnings if d.path == "finance.price_year"
    ]
    assert len(found) == 1
    assert "2 accelerators of 2026" in found[0].message


def test_nothing_asked_for_is_an_error_for_lcoc_only(write, read, findings):
    nothing = [
        ("target_pflops = 100", "target_pflops = 0"),
        ("target_pflops = 200", "target_pflops = 0"),
        ("p1 = 50", ""),
    ]
    path = write(*nothing, ("demand_pflops = 150\n", ""))
    assert "E0412" in {d.code for d in findings(path)}
    assert "W0605" in {d.code for d in read(path, sets=("solve.objective=total_cost",)).warnings}


@pytest.mark.parametrize(
    ("energy", "message"),
    [
        ('[{ label = "day", price_per_kwh = 1, from_hour = 7 }]', "no price for January weekdays 00:00-07:00"),
        (
            '[{ label = "all", price_per_kwh = 1 }, { label = "noon", price_per_kwh = 2, from_hour = 12, to_hour = 13 }]',
            "12:00-13:00",
        ),
        (
            '[{ label = "most", price_per_kwh = 1, months = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }]',
            "December weekdays 00:00-24:00",
        ),
        ('[{ label = "w", price_per_kwh = 1, days = "weekday" }]', "January weekends 00:00-24:00"),
        ("[]", "and 21 more stretches"),
        ('[{ label = "x", price_per_kwh = 1, from_hour = 22, to_hour = 7 }]', "is not before to_hour"),
    ],
)
def test_tariffs_cover_every_hour_once(write, findings, energy, message):
    found = [d.message for d in findings(write(add=f"[tariffs.day_night]\nenergy = {energy}\n")) if d.code == "E0407"]
    assert any(message in text for text in found), found


def test_checks_that_rest_on_refused_values_stay_silent(write, findings):
    found = findings(write(("years = 2.0", "years = -2"), ("target_pflops = 200", 'target_pflops = "x"')))
    assert {d.code for d in found} == {"E0310", "E0312"}


def test_checks_that_rest_on_sound_values_are_heard_beside_refused_ones(write, findings):
    found = findings(
        write(("grid_mw = 20", 'grid_mw = "x"'), ("short_circuit_mva = 2000", ""), ("years = 2.0", "years = 1"))
    )
    assert {d.code for d in found} == {"E0310", "E0301", "E0401"}


@pytest.mark.parametrize("table", ["finance", "staff", "network", "export"])
def test_a_missing_table_hides_nothing_else(write, findings, table):
    path = write(("target_pflops = 100", "target_pflops = 151"))
    text = path.read_text()
    start = text.index(f"[{table}]")
    path.write_text(text[:start] + text[text.index("\n[", start + 1) + 1 :])
    assert {"E0301", "E0402"} <= {d.code for d in findings(path)}


def test_an_override_that_nothing_uses_is_said(write, read):
    assert "W0607" in {d.code for d in read(write(), sets=("batteries.lfp.max_mw=3",)).warnings}
    assert "W0607" not in {d.code for d in read(write(), sets=("accelerators.h20.price_usd=9000",)).warnings}


PODS = '[[sites.hub.existing_pods]]\naccelerator = "h20"\ncooling = "air"\npods = 1\ncommissioned = 2025-01-01\nfabric = "{}"\n'
SLOW = '[fabrics.slow]\nname = "Slow"\nkw_per_accelerator = 0.1\ntiers = [{ up_to_accelerators = 9, usd_per_accelerator = 1000 }]\n'
NETWORK = 'fabric = "fast"\ncluster_accelerators'
LISTED = 'fabrics = ["fast", "slow"]\ncluster_accelerators'


@pytest.mark.parametrize(
    ("changes", "add", "code", "path", "says"),
    [
        ([(NETWORK, 'fabrics = ["fast", "slwo"]\ncluster_accelerators')], SLOW, "E0320", "network.fabrics.1", "did you mean slow"),
        ([(NETWORK, "fabrics = []\ncluster_accelerators")], "", "E0315", "network.fabrics", None),
        ([(NETWORK, 'fabrics = ["fast", "fast"]\ncluster_accelerators')], "", "E0322", "network.fabrics", "list it once"),
        ([(NETWORK, f'fabric = "fast"\n{LISTED}')], SLOW, "E0471", "network.fabrics", "keep fabric for a given one"),
        ([(NETWORK, "cluster_accelerators")], "", "E0471", "network", "fabrics = [...] for a choice"),
        ([(NETWORK, 'fabrics = "fast"\ncluster_accelerators')], "", "E0310", "network.fabrics", None),
        ([], "[fabrics.fast]\nexponent_factor = 20\n", "E0472", "fabrics.fast.exponent_factor", "below 20"),
        ([], "[fabrics.fast]\nexponent_factor = -1\n", "E0312", "fabrics.fast.exponent_factor", None),
        ([], '[fabrics.fast]\norigins = ["US", "XX"]\n', "E0313", "fabrics.fast.origins.1", None),
        ([], PODS.format("fast"), "E0473", "sites.hub.existing_pods.0.fabric", "leave it out"),
        ([(NETWORK, LISTED)], SLOW + PODS.format("slwo"), "E0320", "sites.hub.existing_pods.0.fabric", "slow"),
    ],
)  # fmt: skip
def test_fabrics_that_cannot_be_meant(write, findings, changes, add, code, path, says):
    """Each is an error at its line, and the help says what to write."""
    found = [finding for finding in findings(write(*changes, add=add)) if finding.severity == "error"]
    assert [(finding.code, finding.path) for finding in found] == [(code, path)]
    assert found[0].line
    assert says is None or says in (found[0].help or "")


def test_a_list_of_fabrics_is_sound(write, read):
    """The list goes before the network's, and brings only the rows it names into the instance."""
    site = 'fabrics = ["slow"]\ngrid_mw'
    reading = read(write((NETWORK, 'fabric = "fast"\ncluster_accelerators'), ("grid_mw", site), add=SLOW))
    assert reading.warnings == ()
    assert reading.instance.fabrics_at("hub") == ("slow",)
    assert reading.instance.chooses_fabrics("hub")
    assert set(reading.instance.fabrics) == {"fast", "slow"}
