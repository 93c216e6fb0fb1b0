"""Serving: tokens per second of an accelerator, and tokens of every day. docs/model.md section 4c."""

from __future__ import annotations

import math
from dataclasses import dataclass

from optimizer.audit.case import AuditCase, Type, type_of
from optimizer.audit.findings import TOLERANCE, Recorder, joined
from optimizer.audit.fleet import Fleet
from optimizer.audit.pods import availability, fastest, runs
from optimizer.audit.training import accelerators_of, clusters
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.work import Model, Serving

SECONDS_PER_DAY = 86_400.0
FLOP_PER_PARAMETER_AND_TOKEN = 2.0
BYTES = {"fp64": 8.0, "tf32": 4.0, "bf16": 2.0, "fp8": 1.0, "int8": 1.0, "fp4": 0.5}
"""Of one parameter, by precision."""
CEIL_GUARD = 1e-9
"""Keeps a quotient of floats that is a whole number from being rounded up."""


@dataclass(frozen=True)
class Service:
    """A workload of kind serving with the model it serves."""

    name: str
    spec: Serving
    model: Model
    first: int
    """Position of the first phase in which it is served."""

    @property
    def input_per_day(self) -> float:
        """Input tokens of a day that are computed."""
        return self.spec.input_tokens_b_per_day * 1e9 * (1.0 - self.spec.cached_input_fraction)

    @property
    def output_per_day(self) -> float:
        """Output tokens of a day."""
        return self.spec.output_tokens_b_per_day * 1e9

    @property
    def flop_per_token(self) -> float:
        """Floating-point work of a token."""
        return FLOP_PER_PARAMETER_AND_TOKEN * self.model.params_active_b * 1e9

    @property
    def work_pflops(self) -> float:
        """Floating-point work of the tokens of a day, spread over it."""
        return self.flop_per_token * (self.input_per_day + self.output_per_day) / SECONDS_PER_DAY / 1e15

    @property
    def cache_gb(self) -> float:
        """Key-value cache of one sequence."""
        return self.model.kv_bytes_per_token * self.spec.context_tokens / 1e9


@dataclass(frozen=True, kw_only=True)
class Chip:
    """An accelerator as it serves a model: everything the roofline is made of."""

    weights_gb: float
    active_gb: float
    cache_gb: float
    memory_gb: float
    """What weights and cache may fill."""
    tokens_per_s: float
    """By its compute."""
    gb_per_s: float
    exchange_s: float
    """Between experts, for every token written."""
    replica: float
    """Accelerators of a replica; infinite if the figures are absurd."""


@dataclass(frozen=True)
class AuditedRates:
    """Tokens per second of one accelerator that does nothing else, and the accelerators of a replica."""

    prefill: float
    decode: float
    replica: float


def services(case: AuditCase) -> tuple[Service, ...]:
    """The workloads of kind serving whose model and first phase are known."""
    rows = []
    for name, work in case.instance.workloads.items():
        if isinstance(work, Serving) and _complete(case, work):
            rows.append(Service(name, work, case.instance.models[work.model], case.first_phase(work.from_phase)))
    return tuple(rows)


def _complete(case: AuditCase, work: Serving) -> bool:
    return work.model in case.instance.models and work.from_phase in (None, *case.periods.phases)


def chip_of(service: Service, accelerator: Accelerator) -> Chip | None:
    """An accelerator at its fastest admissible precision; None if it does not support serving at all."""
    precision, peak = fastest(accelerator, service.spec.precisions)
    if precision is None or not runs(accelerator, service.spec):
        return None
    spec, model = service.spec, service.model
    weights, cache = model.params_total_b * BYTES[precision], service.cache_gb
    memory = accelerator.memory_gb * spec.memory_fraction
    if not memory > 0.0:
        return None
    wanted = spec.replica_accelerators or _ceil((weights + spec.batch_max * cache) / memory)
    utilisation = model.prefill_utilisation or accelerator.utilisation[spec.workload_class]
    return Chip(
        weights_gb=weights,
        active_gb=model.params_active_b * BYTES[precision],
        cache_gb=cache,
        memory_gb=memory,
        tokens_per_s=peak * 1e12 * utilisation / service.flop_per_token,
        gb_per_s=accelerator.memory_bandwidth_gbs * model.decode_bandwidth_fraction,
        exchange_s=model.exchange_gb_per_token / accelerator.link_gbs,
        replica=max(wanted, _ceil((weights + cache) / memory), 1),
    )


def _ceil(quotient: float) -> float:
    return math.ceil(quotient - CEIL_GUARD) if math.isfinite(quotient) else math.inf


def batch_of(service: Service, chip: Chip) -> float:
    """Sequences a replica writes at once: what memory holds, and what keeps the users' speed."""
    n, cache = chip.replica, chip.cache_gb
    batch = float(service.spec.batch_max)
    if cache > 0.0:
        batch = min(batch, (n * chip.memory_gb - chip.weights_gb) / cache)
    if service.spec.user_tokens_per_s > 0.0:
        read_gb = n * chip.gb_per_s / service.spec.user_tokens_per_s
        all_weights = math.inf if read_gb >= chip.weights_gb else -math.inf
        lost_gb = cache + chip.exchange_s * chip.gb_per_s
        if lost_gb > 0.0:
            all_weights = (read_gb - chip.weights_gb) / lost_gb
        by_bandwidth = max(read_gb / (chip.active_gb + lost_gb), all_weights)
        by_compute = n / service.spec.user_tokens_per_s / (1.0 / chip.tokens_per_s + chip.exchange_s)
        batch = min(batch, by_bandwidth, by_compute)
    return batch


def roofline(service: Service, chip: Chip) -> AuditedRates | None:
    """What compute and bandwidth allow; None if not one sequence fits."""
    n = chip.replica
    try:
        batch = batch_of(service, chip)
        read_gb = min(chip.weights_gb, chip.active_gb * batch) + batch * chip.cache_gb
        step_s = max(read_gb / (n * chip.gb_per_s), batch / (n * chip.tokens_per_s)) + batch * chip.exchange_s / n
        decode = batch / step_s / n
    except ArithmeticError:
        return None  # Figures so absurd that one of them is zero.
    usable = batch >= 1.0 - TOLERANCE and math.isfinite(n) and decode > 0.0
    return AuditedRates(chip.tokens_per_s, decode, n) if usable else None


def rates_of(case: AuditCase, service: Service, accelerator: str) -> AuditedRates | None:
    """The rates that count: measured ones before the roofline. None if the accelerator cannot serve."""
    chip = chip_of(service, case.instance.accelerators[accelerator])
    if chip is None:
        return None
    measured = [
        AuditedRates(row.prefill_tokens_per_s, row.decode_tokens_per_s, chip.replica)
        for row in case.instance.measured_serving.values()
        if (row.accelerator, row.model) == (accelerator, service.spec.model)
        and row.precision in service.spec.precisions
        and row.user_tokens_per_s >= service.spec.user_tokens_per_s
    ]
    if measured:
        return min(measured, key=lambda rates: seconds_per_day(service, rates))
    return roofline(service, chip)


def seconds_per_day(service: Service, rates: AuditedRates) -> float:
    """Accelerator-seconds that the tokens of a day take."""
    return service.input_per_day / rates.prefill + service.output_per_day / rates.decode


def serving_pflops(case: AuditCase, service: Service, site: str, kind: Type, p: int) -> float:
    """Effective PFLOPS of one accelerator of a type in a phase; 0 if it cannot serve or nothing is asked for."""
    accelerator = kind.accelerator
    rates = rates_of(case, service, accelerator)
    seconds = seconds_per_day(service, rates) if rates else 0.0
    if rates is None or not seconds > 0.0:
        return 0.0
    chip = chip_of(service, case.instance.accelerators[accelerator])
    if service.spec.sessions is not None and chip is not None and chip.cache_gb > 0.0:
        in_memory = (chip.memory_gb - chip.weights_gb / chip.replica) / chip.cache_gb
        seconds = max(seconds, service.spec.sessions * SECONDS_PER_DAY / in_memory) if in_memory > 0.0 else math.inf
    up = availability(case.instance.accelerators[accelerator], rates.replica)
    return SECONDS_PER_DAY * up * case.maturity(site, kind, p) / seconds * service.work_pflops


def check_serving(case: AuditCase, fleet: Fleet, recorder: Recorder) -> None:
    """Exactly the tokens that are asked for, from the first phase on, on accelerators that can."""
    known = services(case)
    check_replicas(case, fleet, recorder)
    for name, work in case.instance.workloads.items():
        if isinstance(work, Serving):
            whole = _complete(case, work)
            recorder.holds("serving.model", name, whole, f"unknown model or phase: {work.model}, {work.from_phase}")
    for service in known:
        _check_places(case, fleet, service, recorder)
        for p in range(service.first, len(case.periods.phases)):
            served = 0.0
            for (site, q, kind, name), pods in fleet.assigned.items():
                if (q, name) == (p, service.name):
                    count = case.pod(site, kind).accelerators * pods
                    served += serving_pflops(case, service, site, kind, p) * count
            where = joined(service.name, case.periods.phases[p])
            recorder.same("serving.tokens", where, served, service.work_pflops, "PFLOPS of tokens, must be all")


def check_replicas(case: AuditCase, fleet: Fleet, recorder: Recorder) -> None:
    """Where a service whose replica exceeds a pod is served, a whole one stands beside clusters and other services.

    Counted in accelerators: what clusters hold, and of each service what is at work or, if more, one replica.
    """
    at_work: dict[tuple[str, int, Type], dict[str, float]] = {}
    for (site, p, kind, name), pods in fleet.assigned.items():
        if pods > TOLERANCE:
            at_work.setdefault((site, p, kind), {})[name] = pods * case.pod(site, kind).accelerators
    for (site, p, kind), loads in at_work.items():
        size = case.pod(site, kind).accelerators
        taken, spread = 0.0, False
        for service in services(case):
            chip = chip_of(service, case.instance.accelerators[kind[0]]) if service.name in loads else None
            if chip is not None:
                spread = spread or chip.replica > size
                taken += max(loads[service.name], chip.replica if chip.replica > size else 0.0)
        if spread:
            for (_, q), row in clusters(case).items():
                taken += accelerators_of(case, row) if (row.site, q, type_of(row)) == (site, p, kind) else 0
            there = fleet.able((site, p, kind)) * size
            where = joined(site, case.periods.phases[p], *kind)
            recorder.at_most("serving.replica", where, taken, there, "accelerators of clusters and whole replicas")


def _check_places(case: AuditCase, fleet: Fleet, service: Service, recorder: Recorder) -> None:
    """Where it is served: no phase before the first, a batch of at least one, a fabric within the replica."""
    for (site, p, kind, name), pods in fleet.assigned.items():
        if name != service.name or not pods:
            continue
        where = joined(name, case.periods.phases[p], site, *kind)
        recorder.holds("serving.from_phase", where, p >= service.first, "served before its first phase")
        able = rates_of(case, service, kind.accelerator) is not None
        recorder.holds("serving.batch", where, able, "not one sequence in memory or at the users' speed")
        _check_first_token(case, service, site, kind, recorder)
        chip = chip_of(service, case.instance.accelerators[kind.accelerator])
        if chip is not None and not case.interconnect(site, kind).spans_servers:
            per_server = case.instance.accelerators[kind.accelerator].per_server
            recorder.at_most("serving.fabric", where, chip.replica, per_server, "accelerators of a replica")


def _check_first_token(case: AuditCase, service: Service, site: str, kind: Type, recorder: Recorder) -> None:
    """A replica reads the prompt within the time that the way to the users leaves of what is promised."""
    spec, rates = service.spec, rates_of(case, service, kind.accelerator)
    if spec.first_token_s is None or rates is None:
        return
    computed = (spec.prompt_tokens or 0) * (1.0 - spec.cached_input_fraction)
    first_s = computed / rates.prefill / rates.replica + case.instance.sites[site].latency_ms / 1000.0
    where = joined(service.name, site, *kind)
    recorder.at_most("serving.first_token", where, first_s, spec.first_token_s, "seconds to the first token")
