"""What a person is known by: normalised before it is indexed, refused when it cannot be right.

IIN: ``YYMMDD``, a digit for century and sex, four digits, a control digit.
"""

import re
import unicodedata
from datetime import date
from enum import StrEnum
from functools import lru_cache

import phonenumbers

from consent_service.kernel.errors import InvalidInputError

REGION = "KZ"
MAX_EMAIL = 254
MAX_LOCAL_PART = 64
MAX_NAME = 300
MAX_REF = 128
_IIN = re.compile(r"[0-9]{12}", re.ASCII)
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)
_EMAIL_IN_REF = re.compile(r".+@.+")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"[78][679][0-9]{9}", re.ASCII)
_RUN = re.compile(r"[0-9]+", re.ASCII)
_RUN_BY_ITSELF = re.compile(r"(?<![A-Za-z0-9])[0-9](?:[ ._:()-]*[0-9])*(?![A-Za-z0-9])", re.ASCII)
_FEW_LETTERS = 4
_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", re.ASCII)
_DIGITS = re.compile(r"[0-9]", re.ASCII)
_DOMAIN_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
# The century digit: 1, 2 the 1800s, 3, 4 the 1900s, 5, 6 the 2000s; 0 is met with some foreigners and gives no century.
_CENTURIES = {"0": 1900, "1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}
_FIRST_WEIGHTS = range(1, 12)
_SECOND_WEIGHTS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_MODULUS = 11
_UNUSABLE = 10


class IdentifierKind(StrEnum):
    """A kind of identifier.  The full name is kept, but nobody is looked up by it."""

    EMAIL = "email"
    PHONE = "phone"
    IIN = "iin"
    FULL_NAME = "full_name"


def normalise(kind: IdentifierKind, value: str) -> str:
    """Return the one form in which an identifier is sealed and indexed.

    Raises:
        InvalidInputError: It cannot be right; the message never repeats it.
    """
    return _NORMALISERS[kind](unicodedata.normalize("NFKC", value).strip())


def check_ref(ref: str) -> str:
    """Return an operator's reference to a person, refused when it looks like personal data.

    Raises:
        InvalidInputError: It looks like an e-mail address, a phone number or an IIN, or has other characters.
    """
    if _EMAIL_IN_REF.fullmatch(ref):
        raise InvalidInputError.of("subject.ref", "This looks like an e-mail address. Send your own opaque reference.")
    digits = "".join(_DIGITS.findall(ref))
    if _IIN.fullmatch(digits) and _only_digits_and_marks(ref) and is_iin(digits):
        raise InvalidInputError.of("subject.ref", "This looks like an IIN. Send your own opaque reference.")
    if _only_digits_and_marks(ref) and _is_phone(ref):
        raise InvalidInputError.of("subject.ref", "This looks like a phone number. Send your own opaque reference.")
    if looks_personal(ref):
        raise InvalidInputError.of(
            "subject.ref", "A run of digits in it looks like an IIN or a phone number. Send your own opaque reference."
        )
    if not _REF.fullmatch(ref):
        raise InvalidInputError.of(
            "subject.ref", f"Write 1 to {MAX_REF} letters, digits and . _ : - beginning with a letter or digit."
        )
    return ref


def looks_personal(text: str) -> bool:
    """Say whether words hold an e-mail address, or a run of digits that can be an IIN or a phone number.

    Digits inside a random token of letters and digits are chance, and are let through.

    >>> looks_personal("u.8701-123-45-67"), looks_personal("iin250723163017"), looks_personal("order-17-2026")
    (True, True, False)
    >>> looks_personal("3fc87011234567abde")
    False
    """
    if _EMAIL.search(text):
        return True
    if _UUID.fullmatch(text):
        return False
    runs = ["".join(_RUN.findall(run)) for run in _RUN_BY_ITSELF.findall(text)]
    if sum(c.isalpha() for c in text) <= _FEW_LETTERS:
        runs += _RUN.findall(text)
    else:
        runs += [run for part in _RUN_BY_ITSELF.findall(text) for run in _RUN.findall(part)]
    return any(is_iin(run) or _PHONE.fullmatch(run) for run in runs)


def is_iin(text: str) -> bool:
    """Say whether twelve digits have a possible date of birth and the right control digit.

    >>> is_iin("250723163017"), is_iin("250723163018"), is_iin("181331100005")
    (True, False, False)
    """
    if not _IIN.fullmatch(text):
        return False
    century = _CENTURIES.get(text[6])
    if century is None:
        return False
    try:
        date(century + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return False
    return _control(text) == int(text[11])


def _control(text: str) -> int:
    digits = [int(digit) for digit in text[:11]]
    control = sum(d * w for d, w in zip(digits, _FIRST_WEIGHTS, strict=True)) % _MODULUS
    if control == _UNUSABLE:
        control = sum(d * w for d, w in zip(digits, _SECOND_WEIGHTS, strict=True)) % _MODULUS
    return control


def _email(value: str) -> str:
    local, at, domain = value.rpartition("@")
    domain = _domain(domain.lower())
    labels = domain.split(".")
    bad_local = (
        not local
        or len(local) > MAX_LOCAL_PART
        or any(c.isspace() or not c.isprintable() or not c.isascii() for c in local)
    )
    bad_domain = len(labels) == 1 or not all(_DOMAIN_LABEL.fullmatch(label) for label in labels)
    if not at or bad_local or "@" in local or bad_domain or len(value) > MAX_EMAIL:
        raise InvalidInputError.of("email", "Write an e-mail address such as name@example.kz.")
    return f"{local.lower()}@{domain}"


@lru_cache(1000)
def _domain(domain: str) -> str:
    """Return a domain as mail servers know it; empty where it can be none."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return ""


def _phone(value: str) -> str:
    try:
        number = phonenumbers.parse(value, REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise InvalidInputError.of("phone", "Write a phone number with its country code, such as +7 701 000 00 00.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _iin(value: str) -> str:
    if not is_iin(value):
        raise InvalidInputError.of("iin", "Write the 12 digits of an IIN; these have a wrong date or control digit.")
    return value


def _full_name(value: str) -> str:
    name = " ".join(value.split())
    if not name or len(name) > MAX_NAME or not all(c.isprintable() for c in name):
        raise InvalidInputError.of("full_name", f"Write a name of 1 to {MAX_NAME} characters.")
    return name


_NORMALISERS = {
    IdentifierKind.EMAIL: _email,
    IdentifierKind.PHONE: _phone,
    IdentifierKind.IIN: _iin,
    IdentifierKind.FULL_NAME: _full_name,
}


def _only_digits_and_marks(text: str) -> bool:
    return all(c in "+-. ()0123456789" for c in text)


def _is_phone(text: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, REGION))
    except phonenumbers.NumberParseException:
        return False
