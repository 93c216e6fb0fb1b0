"""Bad halls: each fault is found at its line, with its code and what to write instead."""

from __future__ import annotations

import pytest

PLAIN = (
    '[halls.plain]\nname = "Plain"\nups_redundancy_fraction = 0\ndistribution_redundancy_fraction = 0\n'
    "generator_fraction = 0\navailability = 0.99\n"
)
FIRM = (
    PLAIN.replace("plain", "firm")
    .replace("Plain", "Firm")
    .replace("generator_fraction = 0\n", "generator_fraction = 1\n")
    .replace("0.99\n", "0.999\n")
)
TRAIN = 'occupancy = 1.0\nworkload_class = "training"'
ASKS = "availability_min = {}\n" + TRAIN
SITE = "grid_mw = 20"
LISTED = 'halls = ["plain"]\n' + SITE
BOTH = 'halls = ["plain", "firm"]\n' + SITE
SET = (
    '[generators.set]\nname = "Set"\nunit_mw = 2\nusd_per_unit = 1e6\nm2_per_unit = 40\nfuel_usd_per_mwh = 300\n'
    "carbon_kg_per_mwh = 700\ntest_hours_per_year = 20\nrun_hours_max = 200\nlife_years = 20\n"
    "maintenance_fraction = 0.02\nlead_time_weeks = 50\n"
)
BACKUP = SET + '[sites.hub.backup]\ngenerator = "set"\ncritical_fraction = 1\nfrom_phase = "p1"\n'
PODS = (
    '[[sites.hub.existing_pods]]\naccelerator = "h20"\ncooling = "plates"\npods = 1\n'
    'commissioned = 2025-01-01\nhall = "{}"\n'
)


@pytest.mark.parametrize(
    ("changes", "add", "code", "path", "says"),
    [
        ([(SITE, 'halls = ["plian"]\n' + SITE)], PLAIN, "E0320", "sites.hub.halls.0", "did you mean plain"),
        ([(SITE, "halls = []\n" + SITE)], PLAIN, "E0315", "sites.hub.halls", None),
        ([(SITE, 'halls = ["plain", "plain"]\n' + SITE)], PLAIN, "E0322", "sites.hub.halls", "list it once"),
        ([], PLAIN + PODS.format("plain"), "E0474", "sites.hub.existing_pods.0.hall", 'halls = ["plain", ...]'),
        ([(SITE, BOTH)], PLAIN + FIRM, "E0475", "sites.hub.halls", "sites.hub.backup"),
        (
            [(SITE, LISTED), (TRAIN, ASKS.format(0.9995))],
            PLAIN + FIRM,
            "E0476",
            "workloads.train.availability_min",
            "availability_min = 0.99, or list a better hall",
        ),
        ([(TRAIN, ASKS.format(0.99))], PLAIN, "E0476", "workloads.train.availability_min", "list halls at a site"),
        ([(SITE, BOTH), (TRAIN, ASKS.format(0.995))], PLAIN + FIRM + BACKUP, "E0477", "sites.hub.halls", "plain out"),
        ([(SITE, LISTED)], PLAIN.replace("0.99\n", "1.2\n"), "E0312", "halls.plain.availability", None),
        ([(SITE, LISTED)], PLAIN + "space_factor = 0.5\n", "E0312", "halls.plain.space_factor", None),
    ],
)
def test_halls_that_cannot_be_meant(write, findings, changes, add, code, path, says):
    found = [finding for finding in findings(write(*changes, add=add)) if finding.severity == "error"]
    assert (code, path) in [(finding.code, finding.path) for finding in found]
    first = next(finding for finding in found if (finding.code, finding.path) == (code, path))
    assert first.line
    assert says is None or says in (first.help or "")


def test_generators_that_carry_no_hall(write, read):
    warned = [(w.code, w.path) for w in read(write((SITE, LISTED), add=PLAIN + BACKUP)).warnings]
    assert ("W0606", "sites.hub.backup") in warned


def test_a_list_of_halls_is_sound(write, read):
    """A class of its own is served by the hall that has what it asks for; rows that no site names stay out."""
    reading = read(write((SITE, BOTH), (TRAIN, ASKS.format(0.99)), add=PLAIN + FIRM + BACKUP))
    assert reading.instance.sites["hub"].halls == ("plain", "firm")
    assert set(reading.instance.halls) == {"plain", "firm"}
    assert not [w for w in reading.warnings if w.path.startswith(("halls", "sites.hub.halls"))]
