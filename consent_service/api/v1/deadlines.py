"""Counting a period on the working calendar."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint
from marshmallow import Schema, fields

from consent_service.api.endpoint import endpoint
from consent_service.api.fields import Flag, Instant, Text
from consent_service.api.v1.schemas import SkippedDayOut, WordsOut
from consent_service.deadlines.periods import Period
from consent_service.deadlines.service import deadline_for, explain
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.access import Scope
from consent_service.services import services

bp = Blueprint("deadlines", __name__)
DAY_LENGTH = 10


class DeadlineQuery(Schema):
    """From which instant or Almaty date, and how long (``15wd``, ``10d``, ``24h``, ``1m``, ``3y``)."""

    from_ = Text(required=True, max_length=40, data_key="from")
    period = Text(required=True, max_length=8)


class DeadlineOut(Schema):
    """The end of a period and how it came about."""

    period = fields.String(required=True)
    from_on = fields.Date(required=True)
    starts_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    safe_on = fields.Date(required=True)
    due_at = Instant(required=True)
    calendar_edition = fields.String(required=True)
    provisional = Flag(required=True)
    skipped = fields.List(fields.Nested(SkippedDayOut), required=True)
    explanation = fields.Nested(WordsOut, required=True)


@endpoint(
    bp,
    "GET",
    "/deadlines",
    scope=Scope.DEADLINES_READ,
    summary="Count a period from an instant or a day, and say which days did not count and why.",
    query=DeadlineQuery(),
    answer=DeadlineOut(),
)
def get_deadline(uow: UnitOfWork, query: dict[str, Any]) -> dict[str, Any]:  # Any: values of the schemas  # noqa: ARG001
    """Count a period."""
    deadline = deadline_for(Period.parse(query["period"]), parse_from(query["from_"]), services().law.calendar)
    answer = {name: getattr(deadline, name) for name in DeadlineOut().fields if name not in {"explanation", "period"}}
    words = {language: explain(deadline, language) for language in ("kk", "ru", "en")}
    return answer | {"period": str(deadline.period), "explanation": words}


def parse_from(text: str) -> datetime | date:
    """Read an instant with its offset, or an Almaty date.

    Raises:
        InvalidInputError: It is neither.
    """
    try:
        if len(text) == DAY_LENGTH:
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise _not_a_time() from error
    if instant.tzinfo is None:
        raise _not_a_time()
    return instant


def _not_a_time() -> InvalidInputError:
    return InvalidInputError.of(
        "from", "Write a day (2026-11-23) or an instant with its offset (2026-11-23T09:30:00Z)."
    )
