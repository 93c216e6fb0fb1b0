"""The bidder edition holds nothing a bidder must not see; the OCDS release and the calendar file are well formed."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer.analysis.orders import procurement
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, Result, run
from optimizer.reading.layers import leaves
from optimizer.reading.read import read_instance
from optimizer.regimes.flags import FLAGS, SUPERCOMPUTER
from optimizer.report.annex import annex_markdown
from optimizer.report.bidder_annex import bidder_annex, product_names
from optimizer.report.export import Order, export
from optimizer.report.icalendar import icalendar
from optimizer.report.ocds import release_package
from tests.tiny import EVERYTHING, ROOT, WORKING, tiny

HERE = Path(__file__).parent
INSTANCES = sorted((ROOT / "instances").glob("*.toml"))
TENDER = {
    "reference": "T-1",
    "buyer": "A university",
    "closing": date(2026, 3, 1),
    "two_envelopes": True,
    "quality_weight_fraction": 0.3141,
    "minimum_quality_marks": 43.5,
    "quality": {"service": {"name": "Service on site", "weight_fraction": 1.0, "minimum_marks": 37.5}},
}
MONEY = re.compile(r"usd|price|salvage|_musd|marks|weight_fraction|subsidy|rent")
"""Keys of an instance whose numbers are prices, budgets or marks."""


def secrets(instance: Instance) -> set[str]:
    """Every price, budget and mark of an instance as it may be written, but for small and round numbers."""
    plain = instance.model_dump(mode="json", exclude_none=True)
    found: set[str] = set()
    for path, value in leaves(plain):
        if isinstance(value, bool) or not isinstance(value, int | float) or not MONEY.search(".".join(map(str, path))):
            continue
        if value >= 1_000 or value != int(value):
            written = (f"{value:,.0f}", f"{value:.0f}") if value >= 1_000 else (f"{value}",)
            found |= {f"{value:g}", *written}
    return found


def functional(instance: Instance) -> set[str]:
    """Figures of the requirement itself and of the law, which may happen to equal a price."""
    asked = [phase.target_pflops for phase in instance.phases.values()]
    asked += [floor for load in instance.workloads.values() for floor in load.floor_pflops.values()]
    asked += [row.target_pflops for row in instance.milestones]
    asked += [c.supply_c for c in instance.coolings.values()] + [c.rack_kw_max for c in instance.coolings.values()]
    asked += [getattr(load, "job_accelerators", 0) for load in instance.workloads.values()]
    asked += [getattr(load, "context_tokens", 0) for load in instance.workloads.values()]
    asked += [getattr(load, "batch_max", 0) for load in instance.workloads.values()]
    law = tokens(" ".join(flag.clause for flag in (*FLAGS, SUPERCOMPUTER)))
    return law | {text for value in asked for text in (f"{value:g}", f"{value:,.0f}", f"{value:.0f}")}


def tokens(text: str) -> set[str]:
    return {token.strip(".,;:|()") for token in re.split(r"[\s|]+", text)}


def check_bidder_edition(instance: Instance) -> None:
    text = bidder_annex(instance)
    lowered = text.lower()
    for name in product_names(instance):
        assert not re.search(rf"(?<![a-z0-9]){re.escape(name.lower())}(?![a-z0-9])", _from_the_instance(lowered)), name
    for vendor in {chip.vendor.lower() for chip in instance.accelerators.values()} - {"example"}:
        assert not re.search(rf"(?<![a-z0-9]){re.escape(vendor)}(?![a-z0-9])", lowered), vendor
    assert not (secrets(instance) - functional(instance)) & tokens(text)
    assert not re.search(r"usd|musd|hk\$|budget|lcoc|probab|refus|rank", lowered)


def _from_the_instance(text: str) -> str:
    """Headings, tables and lists: running text is the page's own."""
    return "\n".join(line for line in text.splitlines() if line[:1] in "#|-")


@pytest.mark.parametrize("path", INSTANCES, ids=lambda path: path.stem)
def test_bidder_edition_holds_no_price_brand_vendor_budget_or_mark(path: Path) -> None:
    instance = read_instance(path).instance
    marked = instance.model_dump(exclude_none=True) | {"tender": TENDER}
    check_bidder_edition(Instance.model_validate(marked))


def law_of(**changes: Any) -> str:
    """The chapter on export law of a bidder edition for the minimal instance."""
    text = bidder_annex(tiny(changes))
    return text.split("## 5. Export law")[1].split("\n## ")[0] if "Export law" in text else ""


def test_bidder_edition_names_the_rules_an_offer_may_touch() -> None:
    """In Hong Kong those of every chip that is not denied and the machine's own; where no law is asked, none."""
    there = {"sites.paper.place": "hong_kong", "export.parent": "hong_kong", "accelerators.quick.origin": "CN"}
    told = law_of(**there, **{"export.regime": "jul_2026"})
    for label in ("supercomputer end use", "GP10", "HBM supply", "import licence"):
        assert f"| {label} |" in told
    assert "not accepted" not in told
    bound = law_of(
        **there, **{"export.regime": "jul_2026", "export.prc_3a090": "avoid", "export.supercomputer": "bind"}
    )
    assert "not accepted: accelerators that meet ECCN 3A090" in bound
    assert "below 100 PFLOPS in FP64 and 200 in FP32 within any 1,178 m3" in bound
    assert law_of(**there, **{"export.regime": "open_market"}) == ""


def test_bidder_edition_of_a_planner_who_names_products() -> None:
    changes = {
        **WORKING,
        "tender": TENDER,
        "title": "Frugal pods by Example",
        "sites.paper.name": "Hall for Quick",
    }
    text = bidder_annex(tiny(changes))
    assert "Frugal" not in text
    assert "Hall for (withheld)" in text
    assert "run run" in text
    assert "Service on site" in text
    assert "two files: one without any price" in text.replace("\n", " ")


@cache
def designed() -> Result:
    result = run(tiny({**EVERYTHING, "tender": TENDER}), HERE, Options(gap=0.01, isolated=False))
    assert result.verified
    return result


def test_internal_edition_has_lead_times_payments_and_fallbacks() -> None:
    text = annex_markdown(designed())
    assert "Lead times, payments, licence fallback" in text
    assert "100 % on 2027-01-01" in text


def test_internal_edition_grades_every_price() -> None:
    """Prices of the catalogue have its grade, those of the file are the planner's own; without origins, no column."""
    reading = read_instance(ROOT / "instances" / "minimal.toml")
    result = run(reading.instance, HERE, Options(isolated=False))
    orders = annex_markdown(result, None, reading.origins).split("## Annex A")[1].split("###")[0]
    head, *rows = [line for line in orders.splitlines() if line.startswith("|")]
    assert head.endswith("| Grade |")
    grades = {row.split("|")[3].strip(): row.split("|")[-2].strip() for row in rows[1:]}
    assert grades["accelerator pods"] == "own"
    assert set(grades.values()) <= {"A", "B", "C", "own", "?"}
    assert "Grade" not in annex_markdown(result)


# The release. No package carries the standard's own JSON schema (its tools fetch it), so what it states of the parts in
# use is written here: types, required keys, code lists, least lengths and uniqueness, release 1.1.5.


PERIOD = {"startDate": str, "endDate": str}
ORGANISATION = {"id": str, "name": str}
MILESTONE = {"id": str, "title": str, "type": str, "description": str, "dueDate": str, "status": str}
ITEM = {"id": str, "description": str, "classification": dict, "quantity": (int, float), "unit": dict}
SHAPES: dict[str, dict[str, Any]] = {
    "package": {"uri": str, "version": str, "publishedDate": str, "publisher": dict, "releases": list},
    "release": {
        "ocid": str, "id": str, "date": str, "language": str, "tag": list, "initiationType": str, "parties": list,
        "buyer": dict, "planning": dict, "tender": dict,
    },
    "planning": {"rationale": str, "budget": dict, "documents": list, "milestones": list},
    "tender": {
        "id": str, "title": str, "description": str, "status": str, "items": list, "mainProcurementCategory": str,
        "additionalProcurementCategories": list, "procurementMethod": str, "awardCriteria": str,
        "awardCriteriaDetails": str, "tenderPeriod": dict, "milestones": list,
    },
}  # fmt: skip
REQUIRED = {
    "package": {"uri", "version", "publishedDate", "publisher", "releases"},
    "release": {"ocid", "id", "date", "tag", "initiationType"},
    "tender": {"id"},
    "planning": set(),
}
CLOSED = {
    "status": {"planning", "planned", "active", "cancelled", "unsuccessful", "complete", "withdrawn"},
    "mainProcurementCategory": {"goods", "works", "services"},
    "procurementMethod": {"open", "selective", "limited", "direct"},
}
OPEN = {"awardCriteria": {"priceOnly", "costOnly", "qualityOnly", "ratedCriteria"}}
TAGS = {"planning", "tender"}
MILESTONE_TYPES = {"preProcurement", "approval", "engagement", "assessment", "delivery", "reporting", "financing"}
ROLES = {"buyer", "procuringEntity", "supplier", "tenderer", "funder", "enquirer", "payer", "payee", "reviewBody"}
MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


def holds(data: dict[str, Any], kind: str) -> None:
    assert set(data) >= REQUIRED[kind], kind
    assert set(data) <= set(SHAPES[kind]), kind
    for key, value in data.items():
        assert isinstance(value, SHAPES[kind][key]), (kind, key)


def holds_rows(rows: list[dict[str, Any]], shape: dict[str, Any]) -> None:
    ids = [row["id"] for row in rows]
    assert len(set(ids)) == len(ids)
    for row in rows:
        assert set(row) <= set(shape)
        assert all(isinstance(value, shape[key]) for key, value in row.items())


@pytest.mark.parametrize("changes", [EVERYTHING, {**EVERYTHING, "tender": TENDER}])
def test_the_release_holds_to_the_standard(changes: dict[str, Any]) -> None:
    result = designed()
    instance = tiny(changes)
    package = json.loads(json.dumps(release_package(instance, procurement(result.problem, result.design.decisions))))
    holds(package, "package")
    (release,) = package["releases"]
    holds(release, "release")
    holds(release["planning"], "planning")
    holds(release["tender"], "tender")
    assert set(release["tag"]) <= TAGS
    assert release["tag"], "one tag at least"
    assert all(release[key] for key in ("ocid", "id")), "no empty identifier"
    assert all(set(party["roles"]) <= ROLES for party in release["parties"])
    assert set(release["buyer"]) <= set(ORGANISATION)
    for row in (*release["planning"]["milestones"], *release["tender"]["milestones"]):
        assert row["type"] in MILESTONE_TYPES
    for item in release["tender"]["items"]:
        assert item["quantity"] > 0
        assert set(item["unit"]) <= {"scheme", "id", "name", "value", "uri"}
        assert set(item.get("classification", {})) <= {"scheme", "id", "description", "uri"}
    assert release["initiationType"] == "tender"
    assert re.fullmatch(r"ocds-[a-z0-9]{6}-.+", release["ocid"])
    assert "#" not in release["id"]
    holds_rows(release["tender"]["items"], ITEM)
    holds_rows(release["tender"]["milestones"], MILESTONE)
    for row in release["tender"]["milestones"]:
        assert row["status"] in {"scheduled", "met", "notMet", "partiallyMet"}
        assert MOMENT.match(row["dueDate"])
    for key, codes in {**CLOSED, **OPEN}.items():
        assert release["tender"][key] in codes
    assert {MOMENT.match(text) is not None for text in (release["date"], package["publishedDate"])} == {True}
    assert {party["id"] for party in release["parties"]} == {release["buyer"]["id"]}
    assert sum(item["quantity"] for item in release["tender"]["items"] if item["id"].startswith("computing")) == 12.0
    text = json.dumps(package).lower()
    assert not re.search(r"quick|frugal|example|usd", text)


def test_identifiers_of_the_release_are_stable() -> None:
    result = designed()
    lines = procurement(result.problem, result.design.decisions)
    one, other = (release_package(tiny(EVERYTHING), some)["releases"][0] for some in (lines, lines[:2]))
    assert (one["ocid"], one["id"]) == (other["ocid"], other["id"])


def unfolded(text: str) -> list[str]:
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(row.encode()) <= 75 for row in text.split("\r\n"))
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def test_the_calendar_file_opens_and_holds_every_order() -> None:
    result = designed()
    assert result.design is not None
    lines = procurement(result.problem, result.design.decisions)
    rows = unfolded(icalendar(result.problem.instance, lines))
    assert rows[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    depth: list[str] = []
    for row in rows:
        if row.startswith("BEGIN:"):
            depth.append(row[6:])
        elif row.startswith("END:"):
            assert depth.pop() == row[4:]
    assert not depth
    uids = [row for row in rows if row.startswith("UID:")]
    assert len(set(uids)) == len(uids) == 2 * len(lines)
    starts = {row for row in rows if row.startswith("DTSTART;VALUE=DATE:")}
    assert {f"DTSTART;VALUE=DATE:{line.order_by:%Y%m%d}" for line in lines} <= starts
    assert sum(row == "BEGIN:VALARM" for row in rows) == 2 * len(lines)


def test_the_calendar_file_opens_in_a_parser_of_others() -> None:
    parser = pytest.importorskip("icalendar", reason="an optional parser")
    result = designed()
    assert result.design is not None
    lines = procurement(result.problem, result.design.decisions)
    found = parser.Calendar.from_ical(icalendar(result.problem.instance, lines))
    events = [event for event in found.walk("VEVENT") if "Order" in str(event["SUMMARY"])]
    assert sorted(event.decoded("DTSTART") for event in events) == sorted(line.order_by for line in lines)
    assert {alarm.decoded("TRIGGER") for alarm in found.walk("VALARM")} == {timedelta(days=-28), timedelta(days=-7)}


def test_long_lines_and_special_characters_are_kept_whole() -> None:
    instance = tiny({**EVERYTHING, "title": "Ünïcode, semicolons; and \\ over and over again, " * 4})
    rows = unfolded(icalendar(instance, ()))
    (name,) = [row for row in rows if row.startswith("X-WR-CALNAME:")]
    plain = name.removeprefix("X-WR-CALNAME:").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
    assert plain == instance.title


@pytest.mark.parametrize(
    ("order", "begins"),
    [
        (Order(format="icalendar"), b"BEGIN:VCALENDAR\r\n"),
        (Order(format="ocds"), b"{"),
        (Order(format="markdown", edition="bidder"), b"# "),
    ],
)
def test_export_writes_them(order: Order, begins: bytes) -> None:
    content = export(designed(), order)
    assert content.startswith(begins)
