"""What ``operator.yaml`` and ``terms.yaml`` may hold: keys, types and words; ``consistency`` has the rest."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from consent_service.kernel.errors import PolicyDataError
from consent_service.policies import vocabulary as words
from consent_service.policies.consistency import Check, Data, Problem, operator_problems, terms_problems
from consent_service.policies.restatements import LANGUAGES, TOKEN
from consent_service.policies.yaml_tree import read_yaml

MOST_PROBLEMS = 20
_SLUG = r"[a-z0-9][a-z0-9-]{0,62}"
_VERSION = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
_CODE = r"[a-z][a-z0-9_]{0,63}"
_PERIOD = r"[1-9][0-9]{0,3}(?:d|wd|h|m|y)"
_ORIGIN = r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CITED = re.compile(rf"(?:{_SLUG}/)?{TOKEN.pattern}")
# marshmallow's own messages, in words that say what to write.
_SAYS = {
    "Missing data for required field.": "This key is missing; add it.",
    "Field may not be null.": "Write a value; null is not allowed here.",
    "Unknown field.": "This key is not known here; correct its spelling or remove it.",
    "Not a valid string.": "Write text, in quotes.",
    "Not a valid list.": "Write a list: [..., ...].",
    "Not a valid integer.": "Write a whole number.",
    "Invalid input type.": "Write 'key: value' lines here.",
}


def _cited(value: Any) -> None:  # Any: whatever the file has
    tokens = [value] if isinstance(value, str) else value
    if not isinstance(tokens, list) or not tokens:
        raise ValidationError('Write a clause number in quotes, such as "2.2", or a list of them.')
    for token in tokens:
        if not isinstance(token, str):
            raise ValidationError(f'Put the clause number in quotes: "{token}".')
        if not _CITED.fullmatch(token):
            raise ValidationError(f"{token!r} is no clause number; write such as 2.10[3] or 4(a).")
    if len(set(tokens)) < len(tokens):
        raise ValidationError("Name each clause once.")


def _true_or_false(value: Any) -> None:  # Any: whatever the file has
    if not isinstance(value, bool):
        raise ValidationError("Write true or false.")


def _day(value: str) -> None:
    says = "Write a day of the calendar as YYYY-MM-DD."
    if not _DAY.fullmatch(value):
        raise ValidationError(says)
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise ValidationError(says) from error


def _not_blank(value: str) -> None:
    if not value.strip():
        raise ValidationError("Write some words.")


def _clause(*, required: bool = False) -> fields.Raw:
    return fields.Raw(required=required, validate=_cited)


def _flag(*, required: bool = True) -> fields.Raw:
    return fields.Raw(required=required, validate=_true_or_false)


def _text(*, null: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=null, validate=_not_blank)


def _matching(pattern: str, example: str, *, required: bool = True, null: bool = False) -> fields.String:
    rule = validate.Regexp(rf"(?:{pattern})\Z", error=f"Write it like {example}.")
    return fields.String(required=required, allow_none=null, validate=rule)


def _date(*, null: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=null, validate=_day)


def _period(*, required: bool = True, null: bool = True) -> fields.String:
    return _matching(_PERIOD, "10d, 30wd, 24h, 1m or 3y", required=required, null=null)


def _word(allowed: type[StrEnum], *, required: bool = True, without: frozenset[str] = frozenset()) -> fields.String:
    choices = [str(word) for word in allowed if word not in without]
    return fields.String(
        required=required, validate=validate.OneOf(choices, error=f"Write one of: {', '.join(choices)}.")
    )


def _code() -> fields.String:
    return _matching(_CODE, "targeted_advertising")


def _language() -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(LANGUAGES, error="Write kk, ru or en."))


def _codes(*, required: bool = True) -> fields.List[Any]:
    return fields.List(_code(), required=required)


def _words(allowed: type[StrEnum], *, required: bool = True) -> fields.List[Any]:
    return fields.List(_word(allowed), required=required)


class _Keys(Schema):
    class Meta:
        unknown = RAISE


_Shape = dict[str, fields.Field[Any]]


def _map(shape: _Shape, *, required: bool = True) -> fields.Nested:
    return fields.Nested(_Keys.from_dict(shape), required=required)


def _local(*, required: bool = True) -> fields.Nested:
    return _map({language: _text() for language in LANGUAGES}, required=required)


def _rule(shape: _Shape, *, required: bool = True, cited: bool = True) -> fields.Nested:
    number = fields.Integer(required=True, strict=True, validate=validate.Range(0, 10**12))
    said = _map({"number": number, "unit": _code()})
    every = {"clause": _clause(required=cited), "note": _local(required=False), "says": fields.List(said)}
    return _map(every | shape, required=required)


def _rules(shape: _Shape, *, cited: bool = True) -> fields.List[Any]:
    return fields.List(_rule(shape, cited=cited), required=True)


_NO_CONTRADICTION = frozenset({"contradictory"})

_Purpose: _Shape = {
    "code": _code(),
    "name": _local(),
    "needs_consent": _flag(),
    "marketing": _flag(),
    "required": _flag(),
    "bundled": _flag(required=False),
    "data": _codes(),
    "recipients": _codes(),
    "cross_border": _word(words.Stated, without=_NO_CONTRADICTION),
    "basis": _word(words.Basis),
    "term": _period(),
}
_Change: _Shape = {
    "applies_to": _word(words.AppliesTo),
    "notice": _period(),
    "channel": _words(words.NoticeChannel),
    "binds": _word(words.Binds),
    "within": _period(required=False),
    "objection": _word(words.Objection),
}
_Withdrawal: _Shape = {
    "channels": _rules({"channel": _word(words.WithdrawalBy)}),
    "effects": _rules(
        {
            "when": _word(words.EffectWhen),
            "period": _period(required=False),
            "purposes": _codes(required=False),
        },
        cited=False,
    ),
    "sent_before": _rule({"period": _period(null=False)}, required=False),
    "take_back": _rule({"until": _word(words.TakeBackUntil), "by": _words(words.TakeBackBy)}, required=False),
    "agreement": _word(words.AgreementEffect),
    "agreement_clause": _clause(),
    "bars": _rules({"bar": _word(words.PrintedBar)}),
    "covers": _words(words.Covered, required=False),
    "covers_clause": _clause(),
}
_Answer: _Shape = {
    "code": _code(),
    "trigger": _word(words.AnswerTrigger),
    "action": _code(),
    "period": _period(),
    "at_once": _flag(required=False),
}
_Retention: _Shape = {
    "code": _code(),
    "start": _word(words.RetentionStart),
    "period": _period(),
    "is": _word(words.RetentionIs),
}
_Erasing: _Shape = {
    "trigger": _word(words.ErasingTrigger),
    "action": _word(words.ErasingAction),
    "period": _period(),
}
_Termination: _Shape = {
    "by": _word(words.TerminatedBy),
    "ground": _word(words.TerminationGround),
    "notice": _period(),
    "channel": _words(words.NoticeChannel, required=False),
}
_Acceptance: _Shape = {
    "act": _word(words.AcceptanceAct),
    "counts": _word(words.Counts),
    "counts_at": _word(words.CountsAt),
    "excluded": _rules({"who": _word(words.Who)}),
    "one_account": _rule({}, required=False),
    "approval": _rule({"within": _period()}, required=False),
}
_Recipient: _Shape = {
    "code": _code(),
    "country": _matching("[A-Z]{2}|abroad|unsaid", "KZ, abroad or unsaid"),
    "name": _local(),
    "why": _local(required=False),
}
_Dates: _Shape = {
    "printed_on": _date(null=True),
    "in_force_on": _date(),
    "date_source": _word(words.DateSource),
}

_Terms = _Keys.from_dict(
    {
        "operator": _matching(_SLUG, "acme"),
        "document": _matching(_SLUG, "privacy-policy"),
        "version": _matching(_VERSION, '"2026-01-01", in quotes'),
        "title": _local(),
        "kind": _word(words.DocumentKind),
        "source": _map({"language": _language(), "heading": _text(), "read_on": _date()}),
        "dates": _map(_Dates),
        "acceptance": _rule(_Acceptance, cited=False),
        "validity": _rule({"period": _period(), "until": _word(words.Until)}, cited=False),
        "data_list": _rule({"is": _word(words.ListKind)}, cited=False),
        "data": _rules({"code": _code(), "kind": _word(words.DataKind), "name": _local()}),
        "recipients": _rules(_Recipient),
        "third_parties": _rule({"stated": _word(words.Stated, without=_NO_CONTRADICTION)}, required=False),
        "cross_border": _rule({"stated": _word(words.Stated, without=_NO_CONTRADICTION)}, cited=False),
        "publication": _rule({"stated": _word(words.Stated)}, cited=False),
        "purposes": _rules(_Purpose),
        "change": _rules(_Change),
        "withdrawal": _map(_Withdrawal),
        "retention": _rules(_Retention),
        "erasing": _rules(_Erasing),
        "answers": _rules(_Answer),
        "termination": _rules(_Termination),
        "confidentiality": _rule({"period": _period()}, required=False),
        "rights": _rules({"code": _word(words.Right)}),
        "responsible_person": _rule({}, required=False),
        "facts": _rules({"code": _word(words.FactCode), "with": _clause()}),
    },
    name="TermsSchema",
)()

_Announced: _Shape = {
    "slug": _matching(_SLUG, "cookie-policy"),
    "heading": _text(),
    "title": _local(),
    "note": _local(required=False),
}

_Operator = _Keys.from_dict(
    {
        "slug": _matching(_SLUG, "acme"),
        "name": _local(),
        "identifier": _rule({"kind": _word(words.IdentifierKind), "value": _text(null=True)}, cited=False),
        "country": _matching("[A-Z]{2}", "KZ"),
        "place": _local(),
        "sites": fields.List(_matching(_ORIGIN, "https://www.example.kz"), required=True),
        "contacts": _map({"email": _text(null=True), "post": fields.List(_local(), required=True)}),
        "announced": fields.List(_map(_Announced), required=True),
    },
    name="OperatorSchema",
)()


def read_terms(data: bytes, name: str, also: Check | None = None) -> dict[str, Any]:  # Any: JSON values
    """Read and check a ``terms.yaml``; what it returns can be kept as JSON and made ``Terms`` of.

    Args:
        data: The file.
        name: Stands in errors.
        also: What must agree with other files.

    Raises:
        PolicyDataError: With file, line and what to write, a line for each problem.
    """
    return _read(data, name, _Terms, [terms_problems, *([also] if also else [])])


def read_operator(data: bytes, name: str, also: Check | None = None) -> dict[str, Any]:  # Any: JSON values
    """Read and check an ``operator.yaml``; as above."""
    return _read(data, name, _Operator, [operator_problems, *([also] if also else [])])


def check_terms_data(data: Data, *, complete: bool) -> None:
    """Check terms that no file holds: their form, and what a published version needs if ``complete``.

    Raises:
        PolicyDataError: With the place of each value and what to write.
    """
    problems = _problems(data, _Terms, [terms_problems] if complete else [])
    _refuse([f"{_dotted(path)}: {problem}" for path, problem in problems])


def _read(data: bytes, name: str, schema: Schema, checks: Sequence[Check]) -> dict[str, Any]:  # Any: JSON
    tree = read_yaml(data, name)
    problems = [(tree.line_of(path), _dotted(path), says) for path, says in _problems(tree.data, schema, checks)]
    _refuse([f"{name}:{line}: {place}: {says}" for line, place, says in sorted(problems)])
    return dict(tree.data)


def _problems(data: Data, schema: Schema, checks: Sequence[Check]) -> list[Problem]:
    """Return the problems of form; where there are none, those of agreement."""
    found = list(_flat(schema.validate(data), ()))
    return found or [problem for check in checks for problem in check(data)]


def _refuse(problems: list[str]) -> None:
    if len(problems) > MOST_PROBLEMS:
        more = len(problems) - MOST_PROBLEMS
        problems = [*problems[:MOST_PROBLEMS], f"... and {more} more."]
    if problems:
        raise PolicyDataError("\n".join(problems))


def _flat(errors: Any, path: tuple[str | int, ...]) -> Iterator[Problem]:  # Any: marshmallow's nested messages
    if isinstance(errors, Mapping):
        for key, inner in errors.items():
            yield from _flat(inner, path if key == "_schema" else (*path, key))
    else:
        for message in errors:
            yield path, _SAYS.get(message, message)


def _dotted(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".") or "file"
