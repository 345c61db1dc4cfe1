"""Counting a period on the working calendar."""

from typing import Any

from flask import Blueprint
from marshmallow import Schema, ValidationError, fields, post_load

from consent_service.api.endpoint import endpoint
from consent_service.api.fields import Flag, Instant, Text
from consent_service.api.v1.schemas import SkippedDayOut, WordsOut
from consent_service.deadlines.periods import Period, parse_from
from consent_service.deadlines.service import deadline_for, explain
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.services import services

bp = Blueprint("deadlines", __name__)


class DeadlineQuery(Schema):
    """From which instant or Almaty date, and how long (``15wd``, ``10d``, ``24h``, ``1m``, ``3y``)."""

    from_ = Text(required=True, max_length=40, data_key="from")
    period = Text(required=True, max_length=8)

    @post_load
    def _read(self, values: dict[str, Any], **_options: Any) -> dict[str, Any]:  # Any: marshmallow's own signature
        """Read both, so that every wrong one is named at once."""
        found: dict[str, Any] = {}
        problems: dict[str, list[str]] = {}
        for name, value, read in (("from", values["from_"], parse_from), ("period", values["period"], Period.parse)):
            try:
                found[name] = read(value)
            except InvalidInputError as error:
                problems[name] = [text for texts in error.fields.values() for text in texts]
        if problems:
            raise ValidationError(problems)
        return found


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
    summary="Count a period from an instant or a day, and say which days did not count and why.",
    query=DeadlineQuery(),
    answer=DeadlineOut(),
)
def get_deadline(uow: UnitOfWork, query: dict[str, Any]) -> dict[str, Any]:  # Any: values of the schemas  # noqa: ARG001
    """Count a period."""
    deadline = deadline_for(query["period"], query["from"], services().law.calendar)
    answer = {name: getattr(deadline, name) for name in DeadlineOut().fields if name not in {"explanation", "period"}}
    words = {language: explain(deadline, language) for language in ("kk", "ru", "en")}
    return answer | {"period": str(deadline.period), "explanation": words}
