"""The plan of docs/scale.md follows from what was measured."""

import json

from scripts import bench_page
from scripts.scale_page import plan


def test_the_figures_of_the_plan_are_those_that_the_last_measurements_give() -> None:
    known = json.loads(bench_page.KEPT.read_text()) if bench_page.KEPT.exists() else {}

    page = bench_page.SCALE.read_text()

    said = page.split(bench_page.SCALE_BEGIN)[1].split(bench_page.SCALE_END)[0]
    assert said.strip().splitlines() == plan(known)


def test_twice_the_rate_needs_half_the_cores() -> None:
    def cores(rate: float) -> int:
        loads = {name: {"requests_per_second": [rate, rate, rate]} for name in ("permission check", "recording")}
        known = {
            "speed": {"found": {"postgresql": {"loads": loads, "bytes_of_a_consent": 1000}}},
            "ledger": {"found": {"sealed_per_second": 1000}},
            "retention": {"found": {"people_per_second": 1000}},
        }
        (row,) = [line for line in plan(known) if line.startswith("| cores")]
        return int(row.split("|")[2].replace(" ", ""))

    assert 2 * cores(2000) - cores(1000) in {0, 1}  # they are rounded up
