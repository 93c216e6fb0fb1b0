"""What the benchmark compares with, each a process of its own: python -m docs.bench.jobs NAME ARGUMENT...

prepare  INSTANCE.toml MODEL.npz                 the compiled model of an instance and the last trial of its search
raw      MODEL.npz ANSWER.json OPTIONS           HiGHS alone on these arrays; OPTIONS is `default` or `ours`
load     INSTANCE.toml SERIES.json               load, price and sun by hour of the energy-only instance
pypsa    SERIES.json ANSWER.json                 its least bill by PyPSA
year     INSTANCE.toml ANSWER.json               its least bill by the year's programme alone
fresh    INSTANCE.toml FOLDER KEY VALUE...       one `optimizer solve` after the other
slices   INSTANCE.toml ANSWER.json               chip mix by PuLP and CBC: 72 slices of the target, each of one chip
pods     INSTANCE.toml ANSWER.json               chip mix by PuLP and CBC: whole pods, as the optimiser is asked
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from docs.bench.cases import SLICES, SUN

CBC_LIMIT_S = 30
BATTERY_MW, BATTERY_MWH = 2.0, 8.0
SUN_MW = SUN["max_units"] * SUN["unit_mw"]
STUDY_GAP = 1e-3
HOUR_PRICE, PUMPS = 0.10, 1.05


def prepare(instance: str, out: str) -> None:
    """Solve once, and keep the matrix, the two forms, the last trial ratio and the least denominator."""
    import numpy as np

    from optimizer.model.build import build
    from optimizer.model.derive import derive
    from optimizer.pipeline import Options, run
    from optimizer.reading.read import read_instance
    from optimizer.solve.highs import Engine
    from optimizer.solve.search import compile_built

    reading = read_instance(Path(instance))
    result = run(reading.instance, reading.folder, Options())
    compiled, _ = compile_built(build(derive(reading.instance, reading.folder), "lcoc"))
    cost, eflop = compiled.forms["cost"], compiled.forms["eflop"]
    np.savez(
        out,
        start=compiled.start, index=compiled.index, value=compiled.value,
        row_lower=compiled.row_lower, row_upper=compiled.row_upper,
        column_lower=compiled.column_lower, column_upper=compiled.column_upper, is_integer=compiled.is_integer,
        cost=cost.coefficients, eflop=eflop.coefficients, constants=np.array([cost.constant, eflop.constant]),
        trial=result.steps[-1]["trial"], gap=reading.instance.solve.gap,
        least=Engine(compiled).lp_relaxation(eflop).objective,
    )  # fmt: skip


def raw(model: str, out: str, options: str) -> None:
    """One mixed-integer solve of N - r D with the ratio r of the last step given, to the gap the instance asks for."""
    import highspy
    import numpy as np

    given = np.load(model)
    trial, least, gap = float(given["trial"]), float(given["least"]), float(given["gap"])
    highs, lp = highspy.Highs(), highspy.HighsLp()
    lp.num_row_, lp.num_col_ = len(given["row_lower"]), len(given["cost"])
    lp.col_cost_ = given["cost"] - trial * given["eflop"]
    lp.offset_ = float(given["constants"] @ [1.0, -trial])
    lp.col_lower_, lp.col_upper_ = given["column_lower"], given["column_upper"]
    lp.row_lower_, lp.row_upper_ = given["row_lower"], given["row_upper"]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = lp.num_row_, lp.num_col_
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = given["start"], given["index"], given["value"]
    lp.integrality_ = [
        (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)[int(k)] for k in given["is_integer"]
    ]
    settings: dict[str, Any] = {"output_flag": False, "threads": 1, "mip_rel_gap": 0.0}
    settings["mip_abs_gap"] = gap * abs(trial) * least
    if options != "default":
        settings["mip_allow_restart"] = False
    if options == "two":
        settings |= {"threads": 2, "parallel": "on"}
    for name, setting in settings.items():
        assert highs.setOptionValue(name, setting) == highspy.HighsStatus.kOk, name
    assert highs.passModel(lp) != highspy.HighsStatus.kError
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    x = np.array(highs.getSolution().col_value)
    forms = [float(given[name] @ x + c) for name, c in zip(("cost", "eflop"), given["constants"], strict=True)]
    bound = trial + min(0.0, float(highs.getInfo().mip_dual_bound)) / least
    answer = {"value": forms[0] / forms[1], "bound": min(bound, forms[0] / forms[1]), "solve_s": highs.getRunTime()}
    _write(out, {**answer, "version": highs.version()})


def _year(path: str) -> tuple[Any, float]:
    """The energy-only site's year and the rated IT power at work."""
    from optimizer.model.derive import derive
    from optimizer.reading.read import read_instance

    reading = read_instance(Path(path))
    pods = reading.instance.phases["only"].target_pflops / 4.0
    return derive(reading.instance, reading.folder).years["paper"], pods * 0.010


def load(instance: str, out: str) -> None:
    """Load in MW, price in USD per MWh and sun in MW of every hour looked at, and the weight of an hour."""
    from optimizer.operations.coefficients import site_import

    year, mw = _year(instance)
    series = site_import(year, {year.loads[0]: mw}, 0.0)
    sun = [(SUN_MW * source.availability[year.kept.hours]).tolist() for source in year.sources.values()]
    told = {"load_mw": series.tolist(), "usd_per_mwh": year.energy_price.tolist(), "weight": year.kept.weight}
    _write(out, told | {"sun_mw": sun})


def pypsa(series: str, out: str) -> None:
    """A bus, a load, the grid at a price by hour, a storage unit, and sun that may be curtailed; HiGHS with one thread
    as in the optimiser."""
    import logging

    import pypsa as ps

    logging.disable(logging.WARNING)
    given = json.loads(Path(series).read_text("utf-8"))
    n = ps.Network()
    n.set_snapshots(range(len(given["load_mw"])))
    n.snapshot_weightings = n.snapshot_weightings.astype(float)
    n.snapshot_weightings.loc[:, ["objective", "generators"]] = given["weight"]
    n.add("Bus", "site")
    n.add("Load", "work", bus="site", p_set=given["load_mw"])
    n.add("Generator", "grid", bus="site", p_nom=20.0, marginal_cost=given["usd_per_mwh"])
    each_way = math.sqrt(0.9)
    n.add(
        "StorageUnit", "battery", bus="site", p_nom=BATTERY_MW, max_hours=BATTERY_MWH / BATTERY_MW,
        efficiency_store=each_way, efficiency_dispatch=each_way, cyclic_state_of_charge=True,
    )  # fmt: skip
    for mw in given["sun_mw"]:
        n.add("Generator", "sun", bus="site", p_nom=SUN_MW, p_max_pu=[x / SUN_MW for x in mw], marginal_cost=0.0)
    status, kind = n.optimize(solver_name="highs", solver_options={"threads": 1, "output_flag": False}, progress=False)
    assert (status, kind) == ("ok", "optimal"), (status, kind)
    offered = given["weight"] * sum(map(sum, given["sun_mw"]))
    used = given["weight"] * float(n.generators_t.p["sun"].sum()) if offered else 0.0
    traded = given["weight"] * float(n.storage_units_t.p.clip(lower=0).sum().sum())
    _write(out, {"value": n.objective * 1e-6, "sun_mwh": offered, "used_mwh": used, "discharged_mwh": traded})


def year(instance: str, out: str) -> None:
    """The year's programme at the given capacities: no choice of plant, no audit, no report."""
    from optimizer.operations.shapes import load_name, shape_of, source_name
    from optimizer.solve.parametric import compile_year, vector_of
    from optimizer.solve.year_lp import YearLp

    site, mw = _year(instance)
    shape, scale = shape_of(site, "only", ())
    x = {load_name(site.loads[0]): mw, "limit": 20.0, "free_mw": BATTERY_MW, "free_mwh": BATTERY_MWH}
    x |= {source_name(name): SUN_MW for name in site.sources}
    answer = YearLp(compile_year(shape)).answer(vector_of(shape.coordinates, x))
    assert answer.served
    _write(out, {"value": scale * answer.value * 1e-6})


def fresh(instance: str, folder: str, key: str, *values: str) -> None:
    """A process of its own for every value, one after the other: to a study's gap and, as in one, no baselines."""
    for k, told in enumerate(values):
        argv = [sys.executable, "-m", "optimizer", "solve", instance, "--set", f"{key}={told}", "--gap", str(STUDY_GAP)]
        subprocess.run([*argv, "--no-baselines", "--quiet", "--no-color", "--out", f"{folder}/cell_{k}"], check=True)


def _chips(path: str) -> tuple[list[dict[str, float]], float, float]:
    """By hand: price, yearly energy, throughput, draw and supply of a pod; target in PFLOPS; import in MW."""
    data = tomllib.loads(Path(path).read_text("utf-8"))
    rows = []
    for chip in data["accelerators"].values():
        kw = chip["server_kw"] * PUMPS
        price = chip["per_server"] * chip["price_usd"] + chip["server_rest_usd"]
        pflops = chip["per_server"] * chip["bf16_tflops"] / 1000 * chip["utilisation"]["training"]
        pods = chip["supply_per_year"] // chip["per_server"]
        rows.append({"usd": price, "energy_usd": kw * 8760 * HOUR_PRICE, "pflops": pflops, "kw": kw, "pods": pods})
    return rows, data["phases"]["only"]["target_pflops"], data["sites"]["paper"]["grid_mw"]


def slices(instance: str, out: str) -> None:
    """Which of the chips serves each slice: 0 or 1; a slice buys the whole pods its share of the target needs."""
    import pulp

    chips, target, grid_mw = _chips(instance)
    share = target / SLICES
    need = [math.ceil(share / chip["pflops"] - 1e-9) for chip in chips]
    model = pulp.LpProblem("slices", pulp.LpMinimize)
    takes = [[pulp.LpVariable(f"y_{i}_{c}", cat="Binary") for c in range(len(chips))] for i in range(SLICES)]
    usd = [need[c] * chip["usd"] + share / chip["pflops"] * chip["energy_usd"] for c, chip in enumerate(chips)]
    model += pulp.lpSum(usd[c] * y for row in takes for c, y in enumerate(row))
    for row in takes:
        model += pulp.lpSum(row) == 1
    for c, chip in enumerate(chips):
        model += need[c] * pulp.lpSum(row[c] for row in takes) <= chip["pods"]
    draws = [share / chip["pflops"] * chip["kw"] for chip in chips]
    model += pulp.lpSum(draws[c] * y for row in takes for c, y in enumerate(row)) <= 1000 * grid_mw
    _by_cbc(model, out)


def pods(instance: str, out: str) -> None:
    """How many pods of each chip, whole, and how many of them work."""
    import pulp

    chips, target, grid_mw = _chips(instance)
    model = pulp.LpProblem("pods", pulp.LpMinimize)
    bought = [pulp.LpVariable(f"n_{c}", 0, chip["pods"], "Integer") for c, chip in enumerate(chips)]
    work = [pulp.LpVariable(f"w_{c}", 0) for c in range(len(chips))]
    model += pulp.lpSum(a["usd"] * n + a["energy_usd"] * w for a, n, w in zip(chips, bought, work, strict=True))
    for n, w in zip(bought, work, strict=True):
        model += w <= n
    model += pulp.lpSum(a["pflops"] * w for a, w in zip(chips, work, strict=True)) == target
    model += pulp.lpSum(a["kw"] * w for a, w in zip(chips, work, strict=True)) <= 1000 * grid_mw
    _by_cbc(model, out)


def _by_cbc(model: Any, out: str) -> None:
    import pulp

    model.solve(pulp.PULP_CBC_CMD(msg=False, gapRel=1e-6, timeLimit=CBC_LIMIT_S, threads=1))
    proven = model.status == pulp.LpStatusOptimal and model.sol_status == pulp.LpSolutionOptimal
    status = "proven" if proven else f"stopped after {CBC_LIMIT_S} s"
    value = pulp.value(model.objective)
    _write(out, {"value": None if value is None else value * 1e-6, "status": status})


def _write(path: str, told: dict[str, Any]) -> None:
    Path(path).write_text(json.dumps(told), encoding="utf-8")


JOBS = {job.__name__: job for job in (prepare, raw, load, pypsa, year, fresh, slices, pods)}

if __name__ == "__main__":
    JOBS[sys.argv[1]](*sys.argv[2:])
