"""Field types of the API: strict, bounded, and true to the API description."""

import re
from datetime import UTC, date, datetime, time
from typing import Any

from marshmallow import ValidationError, fields

from consent_service.deadlines.rules import ALMATY
from consent_service.letters.references import MOST, SAYS, fault_of
from consent_service.subjects.identity import looks_personal

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
INSTANT_LENGTH = 40


class Text(fields.String):
    """A string of at most ``max_length`` characters without control characters."""

    def __init__(self, *, max_length: int, min_length: int = 1, **kwargs: Any) -> None:  # Any: marshmallow's own
        super().__init__(**kwargs)
        self.max_length = max_length
        self.min_length = min_length
        self.metadata = {**self.metadata, "minLength": min_length, "maxLength": max_length}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # Any: marshmallow's own
        if not isinstance(value, str):
            raise ValidationError("Send a string.")
        if not self.min_length <= len(value) <= self.max_length:
            raise ValidationError(f"Send {self.min_length} to {self.max_length} characters.")
        if CONTROL.search(value):
            raise ValidationError("Leave out control characters.")
        return value


class Reference(Text):
    """A reference to an article, a contract or a receipt: words that name nobody, since they outlive the person."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # Any: marshmallow's own
        text = super()._deserialize(value, attr, data, **kwargs)
        if looks_personal(text):
            raise ValidationError("Leave out e-mail addresses, phone numbers and IIN: this outlives the person.")
        return text


class DocumentReference(fields.String):
    """The number of a document or an article, kept in plain: see ``letters.references``."""

    def __init__(self, **kwargs: Any) -> None:  # Any: marshmallow's own
        super().__init__(**kwargs)
        self.metadata = {**self.metadata, "minLength": 1, "maxLength": MOST}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # Any: marshmallow's own
        if not isinstance(value, str):
            raise ValidationError("Send a string.")
        fault = fault_of(value)
        if fault is not None:
            raise ValidationError(SAYS[fault])
        return value


class Flag(fields.Boolean):
    """``true`` or ``false``, nothing that looks like them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:  # Any: marshmallow's own
        if not isinstance(value, bool):
            raise ValidationError("Send true or false.")
        return value


class Instant(fields.DateTime):
    """An RFC 3339 instant with its offset; given out in UTC with ``Z``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:  # Any: marshmallow's
        try:
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is None or len(value) > INSTANT_LENGTH or "T" not in value.upper():
                raise ValidationError("Send an instant with its offset, such as 2026-11-23T09:30:00Z.")
            return instant.astimezone(UTC)
        except (ValueError, TypeError, OverflowError) as error:
            raise ValidationError("Send an instant with its offset, such as 2026-11-23T09:30:00Z.") from error

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # Any: same
        return None if value is None else write_instant(value)


class InstantOrDay(Instant):
    """An instant with its offset, or an Almaty date, which stands for its first instant."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:  # Any: marshmallow's
        try:
            return datetime.combine(date.fromisoformat(value), time.min, ALMATY).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            return super()._deserialize(value, attr, data, **kwargs)


def write_instant(value: datetime) -> str:
    """Write an instant as RFC 3339 in UTC, to the microsecond only where it has any."""
    text = value.astimezone(UTC).isoformat(timespec="microseconds" if value.microsecond else "seconds")
    return text.replace("+00:00", "Z")


class OneOf(fields.String):
    """One of a closed set of words."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:  # Any: a StrEnum or strings; marshmallow's own
        super().__init__(**kwargs)
        self.choices = [str(choice) for choice in choices]
        self.kind = choices if isinstance(choices, type) else None
        self.metadata = {**self.metadata, "enum": self.choices}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # Any: marshmallow's own
        if not isinstance(value, str) or value not in self.choices:
            raise ValidationError(f"Send one of: {', '.join(self.choices)}.")
        return self.kind(value) if self.kind else value
