"""Every error that a caller can meet is explained in ``docs/problems.md``."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import consent_service
from consent_service.api.problems import STATUSES
from consent_service.kernel.errors import ConsentServiceError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "problems.md"
ROW = re.compile(r"^\| `([a-z-]+)` \| (\d{3}) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def _errors(kind: type[ConsentServiceError] = ConsentServiceError) -> Iterator[type[ConsentServiceError]]:
    for error in kind.__subclasses__():
        yield error
        yield from _errors(error)


def _import_everything() -> None:
    for module in pkgutil.walk_packages(consent_service.__path__, "consent_service."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def test_every_error_has_its_own_code() -> None:
    _import_everything()
    codes = [error.code for error in _errors() if error.__module__.startswith("consent_service.")]

    assert len(codes) == len(set(codes))
    assert ConsentServiceError.code not in codes


def test_every_error_is_explained() -> None:
    _import_everything()
    explained = {row[0] for row in ROW.findall(PAGE.read_text())}

    assert {error.code for error in _errors() if error.__module__.startswith("consent_service.")} - explained == set()


def test_the_page_and_the_interface_agree_on_statuses() -> None:
    explained = {code: int(status) for code, status, _, _ in ROW.findall(PAGE.read_text())}

    assert explained == {code: int(status) for code, status in STATUSES.items()}
