"""What lies in ``deploy/``: held against the programs that read it, where they are here."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from consent_service.cli import MODULES
from consent_service.config import Settings

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
    files = [path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}]
    secret = re.compile(r"INSECURE_|password\s*[:=]\s*[^\s$]|whsec_")  # a word with a dollar is filled in where it runs

    assert files
    assert [path for path in files if secret.search(path.read_text())] == []


UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
HERE = "/opt/kelisim"  # where the units expect the source tree


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, on the source tree that is tested."""
    for unit in (DEPLOY / "systemd").iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace(HERE, str(ROOT)))
    return tmp_path


def test_systemd_takes_the_units(units: Path) -> None:
    names = sorted(f"./{path.name}" for path in units.iterdir() if path.suffix in {".service", ".timer"})
    checked = _run("systemd-analyze", "verify", *names, at=units)

    assert len(names) == 4
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: str(unit.name))
def test_systemd_calls_a_unit_well_kept(units: Path, unit: Path) -> None:
    checked = _run("systemd-analyze", "security", "--offline=true", "--threshold=20", f"./{unit.name}", at=units)

    assert checked.returncode == 0, checked.stdout


def test_units_and_container_call_commands_that_there_are() -> None:
    called = [
        name for file in (*UNITS, DEPLOY / "container" / "Containerfile")
        for name in re.findall(r"-m consent_service (\w+)|^CMD \[\"(\w+)\"\]", file.read_text(), re.MULTILINE)
    ]  # fmt: skip

    assert {a or b for a, b in called} == {"serve", "worker", "backup"} <= set(MODULES)


def test_the_settings_of_the_units_are_settings_and_keep_the_keys_apart() -> None:
    lines = (DEPLOY / "systemd" / "kelisim.env").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    described = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    settings = Settings.from_env(environ)

    assert set(environ) <= set(described)
    assert settings.is_https
    assert settings.shop_port == 0
    assert len({settings.data_dir, settings.key_file.parent, settings.ledger_dir}) == 3
    for unit in UNITS:
        said = re.findall(r"^StateDirectory=(.*)$", unit.read_text(), re.MULTILINE)
        kept = {settings.data_dir.name, settings.key_file.parent.name, settings.ledger_dir.name}
        assert set(said[0].split()) == kept


def test_the_container_runs_as_nobody_of_importance_and_keeps_what_must_last_outside() -> None:
    file = (DEPLOY / "container" / "Containerfile").read_text()
    last = file[file.rindex("\nFROM ") :]
    places = re.search(r"ENV (.*?)\nUSER (\w+)\nVOLUME (\[[^\]]*\])", last, re.DOTALL)

    assert places
    assert places[2] not in {"root", "0"}
    environ = dict(pair.split("=", 1) for pair in places[1].replace("\\\n", " ").split())
    volumes = orjson.loads(places[3])
    for name in ("DATA_DIR", "KEY_FILE", "LEDGER_DIR"):
        assert any(environ[name].startswith(volume) for volume in volumes), name
    copied = re.findall(r"^COPY (?:--from=build )?(\S+) ", file, re.MULTILINE)
    assert copied == [".", HERE]
    assert not re.search(r"^ADD |curl|wget|--privileged", file, re.MULTILINE)
