"""Whether training runs and services can be meant: models, days, tokens, residency, precisions, prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from optimizer.inputs.compute import PEAK_FIELD
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.reading.checks_uncertainty import revealed_from
from optimizer.reading.messages import InputFinding
from optimizer.reading.toml_positions import KeyPath
from optimizer.setting.demand import RUN_DAYS_PER_YEAR, runs, servings
from optimizer.setting.occupancy import states_occupancy


def models_are_possible(instance: Instance) -> Iterator[InputFinding]:
    """No more parameters work on a token than there are."""
    for name, model in instance.models.items():
        if model.params_active_b > model.params_total_b:
            path = ("models", name, "params_active_b")
            given = f"{model.params_active_b:g}"
            message = f"params_active_b of {name}: {given} are more than params_total_b, {model.params_total_b:g}"
            uses = (("models", name, "params_total_b"),)
            yield InputFinding("E0431", path, message, "a dense model has as many active as total parameters", uses)


def scale_up_domains_rise(instance: Instance) -> Iterator[InputFinding]:
    """Rows of a model's scale-up factors rise in accelerators, and a larger domain keeps no less."""
    for name, model in instance.models.items():
        for number, (small, large) in enumerate(pairwise(model.scale_up_factors), 1):
            path = ("models", name, "scale_up_factors", number)
            if large.accelerators <= small.accelerators:
                message = (
                    f"scale_up_factors of {name}: {large.accelerators} accelerators come after {small.accelerators}"
                )
                yield InputFinding("E0440", path, message, "accelerators rise from row to row")
            elif large.fraction < small.fraction:
                message = (
                    f"scale_up_factors of {name} fall with the domain: {small.fraction:g} within {small.accelerators} "
                    f"accelerators, {large.fraction:g} within {large.accelerators}"
                )
                yield InputFinding("E0440", path, message, f"fraction = {small.fraction:g}, or more")


def runs_fit_into_a_year(instance: Instance) -> Iterator[InputFinding]:
    """Runs have tokens to train on, and together take no more than a year."""
    for w, run in runs(instance).items():
        model = instance.models.get(run.model)
        if model is not None and run.tokens_t is None and model.tokens_t is None:
            message = f"tokens_t of {w} is missing, and model {run.model} does not say how many tokens it takes"
            yield InputFinding(
                "E0432", ("workloads", w), message, "give tokens_t in trillions", (("models", run.model),)
            )
        days = run.runs_per_year * run.max_days
        if days > RUN_DAYS_PER_YEAR * (1 + 1e-9):
            path = ("workloads", w, "runs_per_year")
            message = f"{run.runs_per_year:g} runs of up to {run.max_days:g} days of {w} take {days:g} days of a year"
            least = RUN_DAYS_PER_YEAR / run.runs_per_year
            yield InputFinding("E0433", path, message, f"max_days = {least:.4g}", (("workloads", w, "max_days"),))


def services_have_tokens(instance: Instance) -> Iterator[InputFinding]:
    """A service reads or writes something."""
    for w, load in servings(instance).items():
        if load.input_tokens_b_per_day == 0 and load.output_tokens_b_per_day == 0:
            path = ("workloads", w, "output_tokens_b_per_day")
            uses = (("workloads", w, "input_tokens_b_per_day"),)
            yield InputFinding(
                "E0434", path, f"{w} has no tokens: both input and output are 0", "leave the service out", uses
            )


def first_tokens_have_a_prompt(instance: Instance) -> Iterator[InputFinding]:
    """Seconds to the first token are those of a prompt, and longer than the way to some site."""
    for w, load in servings(instance).items():
        if load.first_token_s is None:
            continue
        path: KeyPath = ("workloads", w, "first_token_s")
        if load.prompt_tokens is None:
            message = f"{w} has first_token_s, and no prompt_tokens to read before the first token"
            yield InputFinding("E0441", path, message, f"state workloads.{w}.prompt_tokens, such as 2000")
        nearest = min(site.latency_ms for site in instance.sites.values()) / 1000
        if nearest >= load.first_token_s:
            message = f"first_token_s of {w}: {load.first_token_s:g} s; the nearest site is {nearest:g} s away"
            uses = tuple(("sites", s, "latency_ms") for s in instance.sites)
            yield InputFinding("E0441", path, message, "nothing can answer in time", uses)


def residency_leaves_a_site(instance: Instance) -> Iterator[InputFinding]:
    """Every workload may run at some site."""
    places = dict.fromkeys(site.place for site in instance.sites.values())
    for w, load in instance.workloads.items():
        if load.residency is not None and not set(load.residency) & set(places):
            allowed = ", ".join(load.residency) or "nowhere"
            message = f"residency of {w} ({allowed}) excludes every site"
            uses = tuple(("sites", s, "place") for s in instance.sites)
            yield InputFinding(
                "E0435", ("workloads", w, "residency"), message, f"sites are in: {', '.join(places)}", uses
            )


def precisions_are_supported(instance: Instance) -> Iterator[InputFinding]:
    """A run or service has an admissible precision that some accelerator supports, for its class."""
    for w, load in instance.workloads.items():
        if isinstance(load, Workload):
            continue
        able = [chip for chip in instance.accelerators.values() if load.workload_class in chip.utilisation]
        if any(getattr(chip, PEAK_FIELD[name]) is not None for chip in able for name in load.precisions):
            continue
        known = dict.fromkeys(n for n, f in PEAK_FIELD.items() if any(getattr(chip, f) is not None for chip in able))
        message = (
            f"no accelerator of the instance supports {', '.join(load.precisions)} of {w} for {load.workload_class}"
        )
        help_ = f"supported: {', '.join(known)}" if known else "no accelerator can be used for this class"
        yield InputFinding("E0436", ("workloads", w, "precisions"), message, help_, (("accelerators",),))


def programmes_are_complete(instance: Instance) -> Iterator[InputFinding]:
    """A porting programme has a price and a ramp, and shortens the ramp."""
    for name, stack in instance.stacks.items():
        path = ("stacks", name, "programme_ramp_months")
        if (stack.programme_usd is None) != (stack.programme_ramp_months is None):
            message = f"{name} has only one of programme_usd and programme_ramp_months"
            yield InputFinding("E0437", ("stacks", name), message, "give both or neither")
        elif stack.programme_ramp_months is not None and stack.programme_ramp_months > stack.ramp_months:
            given = f"{stack.programme_ramp_months:g}"
            message = f"programme_ramp_months of {name}: {given} is longer than ramp_months, {stack.ramp_months:g}"
            yield InputFinding("E0437", path, message, None, (("stacks", name, "ramp_months"),))


def utilisation_stays_below_the_peak(instance: Instance) -> Iterator[InputFinding]:
    """Factors on utilisation leave it at 1 or below: nothing delivers more than its peak."""
    rates: list[tuple[float, str, str]] = [
        (u, a, c) for a, chip in instance.accelerators.items() for c, u in chip.utilisation.items()
    ]
    rates += [(m.prefill_utilisation, name, "prefill") for name, m in instance.models.items() if m.prefill_utilisation]
    best, name, what = max(rates, default=(0.0, "", ""))
    tree = instance.uncertainty
    known_from = revealed_from(instance, tree) if tree else 0
    for number, (phase_id, phase) in enumerate(instance.phases.items()):
        path: KeyPath = ("phases", phase_id, "utilisation_factor")
        factor = phase.utilisation_factor
        if best * factor <= 1 + 1e-9:
            for future_id, future in tree.scenarios.items() if tree and number >= known_from else ():
                if best * factor * future.utilisation_factor > 1 + 1e-9:
                    path = ("uncertainty", "scenarios", future_id, "utilisation_factor")
                    factor *= future.utilisation_factor
                    break
        if best * factor > 1 + 1e-9:
            message = (
                f"utilisation_factor: with it, {name} reaches {best * factor:.3g} of its peak ({what} {best:g}) in "
                f"{phase_id}; nothing delivers more than its peak"
            )
            uses: tuple[KeyPath, ...] = (("accelerators",), ("models",), ("phases", phase_id, "utilisation_factor"))
            yield InputFinding("E0438", path, message, f"the factors together may be {1 / best:.4g} at most", uses)
            return


def occupancy_is_stated_once(instance: Instance) -> Iterator[InputFinding]:
    """A class has one occupancy, or one by phase; what idles is said only where something does."""
    for w, load in instance.workloads.items():
        if not isinstance(load, Workload):
            continue
        if load.occupancy is not None and load.occupancy_by_phase:
            path: KeyPath = ("workloads", w, "occupancy")
            message = f"{w} has both occupancy and occupancy_by_phase"
            hint = "leave occupancy out: a phase that is not named has that of the last named before it"
            yield InputFinding("E0439", path, message, hint, (("workloads", w, "occupancy_by_phase"),))
        if "idle_fraction" in load.model_fields_set and not states_occupancy(load):
            path = ("workloads", w, "idle_fraction")
            message = f"idle_fraction of {w} changes nothing: without an occupancy nothing is ever idle"
            yield InputFinding("W0649", path, message, f"state workloads.{w}.occupancy, such as 0.8")


def occupancy_is_stated(instance: Instance) -> Iterator[InputFinding]:
    """One word on all classes that say nothing of their use: then every hour of the year counts as full work."""
    silent = [w for w, load in instance.workloads.items() if isinstance(load, Workload) and not states_occupancy(load)]
    if silent:
        is_are = "is" if len(silent) == 1 else "are"
        message = f"no occupancy stated: {', '.join(silent)} {is_are} taken to be at full work all year"
        hint = f"workloads.{silent[0]}.occupancy = 0.8 is what a public centre publishes; 1 says that it is meant"
        yield InputFinding("W0648", ("workloads", silent[0]), message, hint)


WORK_CHECKS: tuple[Callable[[Instance], Iterator[InputFinding]], ...] = (
    models_are_possible,
    scale_up_domains_rise,
    runs_fit_into_a_year,
    services_have_tokens,
    first_tokens_have_a_prompt,
    residency_leaves_a_site,
    precisions_are_supported,
    programmes_are_complete,
    occupancy_is_stated_once,
    occupancy_is_stated,
    utilisation_stays_below_the_peak,
)
