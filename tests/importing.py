"""Files of former answers, and importing them as the command does."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask

from consent_service.api.v1.imported_lines import reader
from consent_service.imports.journal import Journal
from consent_service.imports.service import import_file
from consent_service.imports.source import opened
from consent_service.kernel.uow import Actor
from consent_service.operators.queries import operator_number
from consent_service.services import services

ACTOR = Actor("command", "test")
PURPOSE = "targeted_advertising"
GIVEN = "2026-03-04T05:06:07Z"


def line(ref: str, **changes: Any) -> dict[str, Any]:  # Any: JSON values
    """Return a line about a person."""
    body: dict[str, Any] = {  # Any: as above
        "document": "personal-data-agreement",
        "subject": {"ref": ref, "identifiers": {"email": f"{ref}@example.kz"}},
        "language": "kk",
        "channel": "paper",
        "given_at": GIVEN,
        "choices": [{"purpose": PURPOSE, "granted": True}],
    }
    return body | changes


def written(place: Path, *lines: Any) -> Path:  # Any: JSON values, or a line as it is
    """Write a file."""
    place.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines))
    return place


def imported(app: Flask, file: Path, slug: str = "uof") -> Journal:
    """Import a file to its end."""
    with app.app_context(), opened(file, None) as source:
        house = services()
        with house.read(ACTOR) as unbound:
            number = operator_number(unbound.session, slug)
        write = partial(house.write, ACTOR, number)
        return import_file(write, source, reader(), house.law.calendar, lambda _line, _byte: None)
