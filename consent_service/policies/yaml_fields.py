"""The fields of which the schemas of YAML files are made; each says what to write."""

from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from consent_service.policies.restatements import LANGUAGES

Shape = dict[str, fields.Field[Any]]


class Keys(Schema):
    """A mapping that takes the keys of its schema and no others."""

    class Meta:
        """Unknown keys are refused."""

        unknown = RAISE


def mapping(shape: Shape, *, required: bool = True) -> fields.Nested:
    """Return a field that is a mapping of some keys."""
    return fields.Nested(Keys.from_dict(shape), required=required)


def matching(pattern: str, example: str, *, required: bool = True, null: bool = False) -> fields.String:
    """Return a field of text of one form."""
    rule = validate.Regexp(rf"(?:{pattern})\Z", error=f"Write it like {example}.")
    return fields.String(required=required, allow_none=null, validate=rule)


def word(allowed: type[StrEnum], *, required: bool = True, without: frozenset[str] = frozenset()) -> fields.String:
    """Return a field that is one of some words."""
    choices = [str(one) for one in allowed if one not in without]
    return fields.String(
        required=required, validate=validate.OneOf(choices, error=f"Write one of: {', '.join(choices)}.")
    )


def text(*, required: bool = True, null: bool = False) -> fields.String:
    """Return a field of words."""
    return fields.String(required=required, allow_none=null, validate=_not_blank)


def local(*, required: bool = True) -> fields.Nested:
    """Return a field of words in every language."""
    return mapping({language: text() for language in LANGUAGES}, required=required)


def flag(*, required: bool = True) -> fields.Raw:
    """Return a field that is true or false."""
    return fields.Raw(required=required, validate=_true_or_false)


def language() -> fields.String:
    """Return a field that is the code of a language."""
    return fields.String(required=True, validate=validate.OneOf(LANGUAGES, error="Write kk, ru or en."))


def _true_or_false(value: Any) -> None:  # Any: whatever the file has
    if not isinstance(value, bool):
        raise ValidationError("Write true or false.")


def _not_blank(value: str) -> None:
    if not value.strip():
        raise ValidationError("Write some words.")
