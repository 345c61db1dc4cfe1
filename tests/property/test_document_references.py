"""The reference of a document is kept in plain: whatever names somebody is refused, whatever numbers a document is not."""

import unicodedata
from string import ascii_letters

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consent_service.kernel.errors import InvalidInputError
from consent_service.letters.references import MOST, SAYS, Fault, document_reference, fault_of

WORDS = st.text(st.characters(categories=("L", "Zs", "Pd")), max_size=60)
KINDS = st.sampled_from(["contract", "договор", "шарт №", "case", "исх.", "Civil Code", "94-V"])
NUMBERS = st.integers(1, 99999)
YEARS = st.integers(2020, 2040)


@given(KINDS, NUMBERS, YEARS)
def test_the_number_of_a_document_is_taken_as_it_is(kind: str, number: int, year: int) -> None:
    for text in (f"{kind} {number}", f"{kind} {number}/{year}", f"{kind} {number % 999}({number % 9}) of 24.11.{year}"):
        assert document_reference(text) == text


@pytest.mark.parametrize(
    "text", ["RK123456785KZ", "№ 12-к", "7522-26-00-2/1234", "94-V 25(2)(6)", "contract 17, clause 3.1"]
)
def test_numbers_as_they_are_written_in_this_country_are_taken(text: str) -> None:
    assert fault_of(text) is None


@given(WORDS)
def test_words_without_a_number_are_refused(text: str) -> None:
    assert fault_of(text) in {Fault.NO_NUMBER, Fault.LENGTH, Fault.UNPRINTED}


@given(WORDS, st.integers(0, 10**12 - 1), WORDS)
def test_twelve_digits_are_refused_wherever_they_stand(before: str, number: int, after: str) -> None:
    assume(len(before) + len(after) < MOST // 2)
    assert (
        fault_of(f"{before}{number:012d}{after}") is Fault.PERSONAL
        or "\n" in before + after
        or not (before + after).replace(" ", "x").isprintable()
    )


@given(st.text(ascii_letters, min_size=1, max_size=20), st.text(ascii_letters, min_size=1, max_size=20), NUMBERS)
def test_addresses_of_mail_are_refused(local: str, domain: str, number: int) -> None:
    assert fault_of(f"case {number} of {local}@{domain}.kz") is Fault.PERSONAL
    assert fault_of(f"case {number} of {local}＠{domain}") is Fault.PERSONAL


@given(st.sampled_from(["701", "747", "727", "775"]), st.integers(0, 9_999_999), st.sampled_from(["", " ", "-"]))
def test_phone_numbers_are_refused_as_people_write_them(code: str, number: int, mark: str) -> None:
    digits = f"{number:07d}"
    for lead in ("+7", "8"):
        written = mark.join([lead, code, digits[:3], digits[3:5], digits[5:]])
        assert fault_of(f"call to {written}") is Fault.PERSONAL


@given(st.text(max_size=2 * MOST))
def test_whatever_is_sent_is_taken_unchanged_or_refused_without_being_repeated(text: str) -> None:
    try:
        assert document_reference(text) == text
    except InvalidInputError as error:
        assert error.fields["reference"][0] in SAYS.values()  # noqa: PT017 - both ends are right
    else:
        assert 0 < len(text) <= MOST
        assert {unicodedata.category(one) for one in text if not one.isprintable()} <= {"Zs"}  # spaces of other widths
