"""The front-end libraries are the very bytes that the pages announce."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts import assets

Manifest = dict[str, Any]  # Any: JSON


def _installed() -> Manifest:
    path = assets.VENDOR / assets.MANIFEST
    if not path.is_file():
        pytest.skip("the front-end libraries are not installed: run 'make setup'")
    manifest: Manifest = json.loads(path.read_text())
    return manifest


def _fake_modules(tmp_path: Path) -> Path:
    modules = tmp_path / "node_modules"
    for asset in assets.ASSETS:
        package = modules / asset.package
        (package / asset.path).parent.mkdir(parents=True, exist_ok=True)
        (package / asset.path).write_text(f"/* {asset.name} */")
        (package / asset.licence).write_text("Licence")
        (package / "package.json").write_text('{"version": "1.2.3"}')
    return modules


def test_every_installed_file_has_the_hash_of_the_manifest() -> None:
    files = _installed()["files"]

    assert set(files) == {asset.name for asset in assets.ASSETS}
    assert {name: assets.integrity((assets.VENDOR / name).read_bytes()) for name in files} == {
        name: entry["integrity"] for name, entry in files.items()
    }


def test_every_installed_file_has_its_licence_beside_it() -> None:
    licences = [assets.VENDOR / entry["licence"] for entry in _installed()["files"].values()]

    assert [path.name for path in licences if not path.is_file() or path.stat().st_size == 0] == []


def test_the_installed_versions_are_the_pinned_ones() -> None:
    locked = json.loads((assets.ROOT / "package-lock.json").read_text())["packages"]

    for entry in _installed()["files"].values():
        assert entry["version"] == locked[f"node_modules/{entry['package']}"]["version"]


def test_a_folder_made_from_the_present_lock_file_is_taken_as_it_is(tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    assets.copy_assets(_fake_modules(tmp_path), vendor)

    assert assets.is_current(vendor)


def test_a_folder_made_from_another_lock_file_is_made_again(tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    assets.copy_assets(_fake_modules(tmp_path), vendor)
    manifest = json.loads((vendor / assets.MANIFEST).read_text())
    (vendor / assets.MANIFEST).write_text(json.dumps(manifest | {"made_from": "0" * 64}))

    assert not assets.is_current(vendor)


@pytest.mark.parametrize("content", [None, "", "{}"])
def test_a_folder_without_a_whole_manifest_is_made_again(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / assets.MANIFEST).write_text(content)

    assert not assets.is_current(tmp_path)


def test_an_interrupted_copy_leaves_no_manifest(tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    modules = _fake_modules(tmp_path)
    assets.copy_assets(modules, vendor)
    (modules / assets.ASSETS[-1].package / assets.ASSETS[-1].path).unlink()

    with pytest.raises(FileNotFoundError):
        assets.copy_assets(modules, vendor)

    assert not assets.is_current(vendor)


def test_the_hash_is_the_one_of_the_integrity_attribute() -> None:
    assert assets.integrity(b"") == "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb"
