"""Chips, trades and shortcuts the tests of the regimes share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from optimizer.regimes.facts import ChipFacts, chip_facts
from optimizer.regimes.places import place
from optimizer.regimes.ruling import Ruling, RulingStatus, Trade
from optimizer.regimes.table import regime

LAW = ("before_oct_2022", "oct_2022", "oct_2023", "apr_2025", "aug_2025", "jan_2026", "may_2026", "jul_2026")
DELIVERY = date(2027, 1, 1)


def trade(destination: str, parent: str | None = None, delivery: date = DELIVERY) -> Trade:
    return Trade(place(destination), place(parent or destination), delivery)


HK = trade("hong_kong")
SG = trade("singapore")
HK_ABROAD = trade("singapore", "hong_kong")


F, L, D = RulingStatus.FREE, RulingStatus.LICENCE, RulingStatus.DENIED


@dataclass(frozen=True)
class Row:
    """As much of a catalogue row as the rules read."""

    vendor: str = "NVIDIA"
    origin: str = "US"
    entity_listed: bool = False
    data_centre: bool = True
    launch: date = date(2024, 6, 1)
    fp64_tflops: float | None = None
    tf32_tflops: float | None = None
    bf16_tflops: float | None = None
    fp8_tflops: float | None = None
    int8_tops: float | None = None
    fp4_tflops: float | None = None
    memory_bandwidth_gbs: float = 1000.0
    link_gbs: float = 64.0
    die_mm2: float | None = None


def us(peaks: tuple[float | None, ...], memory_bandwidth_gbs: float, link_gbs: float, die_mm2: float | None) -> Row:
    """Peaks in the order fp64, tf32, bf16, fp8, int8, fp4 (dense TFLOPS)."""
    return Row("NVIDIA", "US", False, True, date(2024, 6, 1), *peaks, memory_bandwidth_gbs, link_gbs, die_mm2)


def cn(vendor: str, peaks: tuple[float | None, ...], die_mm2: float | None = None) -> Row:
    """A Chinese design on the Entity List; bandwidths do not matter to it."""
    return Row(vendor, "CN", True, True, date(2024, 6, 1), *peaks, die_mm2=die_mm2)


X = None
ROWS: dict[str, Row] = {
    "h100_sxm": us((67, 495, 989, 1979, 1979, X), 3350, 900, 814),
    "h200_sxm": us((67, 495, 989, 1979, 1979, X), 4800, 900, 814),
    "b200_hgx": us((40, 1125, 2250, 4500, 4500, 9000), 8000, 1800, 1600),
    "b300_hgx": us((1.25, 1125, 2250, 4500, 150, 13500), 8000, 1800, 1600),
    "gb200_nvl72_gpu": us((40, 1250, 2500, 5000, 5000, 10000), 8000, 1800, 1600),
    "gb300_nvl72_gpu": us((1.3, 1250, 2500, 5000, 165, 15000), 8000, 1800, 1600),
    "a100_sxm80": us((19.5, 156, 312, X, 624, X), 2039, 600, 826),
    "a800_sxm80": us((19.5, 156, 312, X, 624, X), 2039, 400, 826),
    "h800_sxm": us((1, 495, 989, 1979, 1979, X), 3350, 400, 814),
    "h20_sxm": us((1, 74, 148, 296, 296, X), 4000, 900, 814),
    "l40s": us((1.4, 183, 362, 733, 733, X), 864, 64, 609),
    "l20": us((0.93, 59.8, 119.5, 239, 239, X), 864, 64, 609),
    "rtx_pro_6000d": us((1.2, 74, 148, 296, 296, 592), 1398, 128, 750),
    "mi300x": us((163.4, 653.7, 1307.4, 2614.9, 2614.9, X), 5300, 896, 2400),
    "mi308x": us((X, X, 188, 377, 377, X), 5300, 896, 2400),
    "mi325x": us((163.4, 653.7, 1307.4, 2614.9, 2614.9, X), 6000, 896, 2400),
    "mi355x": us((78.6, X, 2516, 5033, 5033, 10066), 8000, 1075, 2400),
    "tt_wormhole_n300": us((X, X, 131, 466, 466, X), 576, 50, None),
    "tt_blackhole_p150": us((X, X, 194, 774, 774, X), 512, 800, None),
    "ascend_910b3": cn("Huawei", (X, X, 313, X, 640, X), 665.6),
    "ascend_910c": cn("Huawei", (X, X, 780, X, 1560, X), 1331),
    "cloudmatrix384_npu": cn("Huawei", (X, X, 780, X, 1560, X), 1331),
    "ascend_950pr": cn("Huawei", (X, X, 500, 1000, 1000, 1560)),
    "ascend_950dt": cn("Huawei", (X, X, 500, 1000, 1000, 2000)),
    "mtt_s4000": cn("Moore Threads", (X, 50, 100, X, 200, X)),
    "mtt_s5000": cn("Moore Threads", (X, X, 500, 1000, 1000, X)),
    "mlu370_x8": cn("Cambricon", (X, X, 96, X, 256, X)),
    "mlu590": cn("Cambricon", (X, X, 256, X, 512, X)),
    "mlu690": cn("Cambricon", (X, X, 500, 1000, 1000, X)),
    "hygon_k100_ai": cn("Hygon", (X, 96, 192, X, 392, X)),
    "hygon_bw1000": cn("Hygon", (30, X, 480, X, 960, X)),
    "biren_br106": cn("Biren", (X, X, 256, X, 512, X)),
    "kunlun_p800": cn("Baidu Kunlunxin", (X, X, 345, X, 690, X)),
}


def facts(chip: str) -> ChipFacts:
    return chip_facts(chip, ROWS[chip])


def rule_row(regime_id: str, chip: str, row: Row, where: Trade) -> Ruling:
    return regime(regime_id).rule(chip_facts(chip, row), where)


def ask(regime_id: str, chip: str, where: Trade) -> Ruling:
    return rule_row(regime_id, chip, ROWS[chip], where)


def strictness(ruling: Ruling) -> int:
    """0 free, 1 licence, 2 denied."""
    return (RulingStatus.FREE, RulingStatus.LICENCE, RulingStatus.DENIED).index(ruling.status)
