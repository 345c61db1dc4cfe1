"""What lies in ``deploy/``: held against the programs that read it, where they are here."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def _run(*command: str, at: Path = ROOT) -> subprocess.CompletedProcess[str]:
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed here")
    return subprocess.run([program, *command[1:]], cwd=at, capture_output=True, text=True, check=False)


def test_prometheus_takes_the_rules_of_alerts() -> None:
    checked = _run("promtool", "check", "rules", "alerts.yml", at=DEPLOY / "prometheus")

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_alerts_fire_when_they_should_and_fall_silent_again() -> None:
    tried = _run("promtool", "test", "rules", "alerts.test.yml", at=DEPLOY / "prometheus")

    assert tried.returncode == 0, tried.stdout + tried.stderr


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    rules: list[Any] = [  # Any: YAML values
        rule for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
        for rule in group["rules"]
    ]  # fmt: skip
    names = [rule["alert"] for rule in rules]

    assert len(set(names)) == len(names)
    assert [rule["alert"] for rule in rules if set(rule["annotations"]) != {"summary", "action"}] == []
    assert {rule["labels"]["severity"] for rule in rules} == {"critical", "warning"}


def test_the_dashboard_has_its_panels_side_by_side() -> None:
    panels = orjson.loads((DEPLOY / "grafana" / "kelisim.json").read_bytes())["panels"]
    taken: dict[tuple[int, int], str] = {}

    for panel in panels:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_no_file_of_it_holds_a_secret_or_turns_a_protection_off() -> None:
    files = [path for path in DEPLOY.rglob("*") if path.is_file()]

    assert files
    assert [path for path in files if re.search(r"INSECURE_|password\s*[:=]\s*\S|whsec_", path.read_text())] == []
