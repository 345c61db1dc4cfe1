"""Printed documents say exactly what they were given, in Kazakh letters too, and come out the same each time."""

import io
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from consent_service.printing.document import Grid, Heading, Paragraph, Points, Printed
from consent_service.printing.pdf import to_pdf

AT = datetime(2026, 11, 23, 5, tzinfo=UTC)
LETTERS = "Ә Ғ Қ Ң Ө Ұ Ү Һ І ә ғ қ ң ө ұ ү һ і ₸ №"


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_every_kind_of_block_and_every_kazakh_letter_can_be_read_in_the_pdf() -> None:
    document = Printed(
        "kk",
        "Келісімді кері қайтарып алудан бас тарту",
        [Heading("Негіз"), Paragraph(LETTERS), Points(["бірінші", "екінші"]), Grid(["Күні", "Не"], [["1", "хат"]])],
        [("Нөмірі", "12")],
        "Kelisim",
    )

    found = text_of(to_pdf(document, AT))

    for part in (*LETTERS.split(), "Негіз", "бірінші", "екінші", "Күні", "хат", "Нөмірі", "Kelisim"):
        assert part in found


@settings(max_examples=20)
@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1, max_size=40))
def test_nothing_in_the_words_is_read_as_markup(words: str) -> None:
    found = text_of(to_pdf(Printed("en", "Title", [Paragraph(words)]), AT))

    assert "".join(words.split()) in "".join(found.split())


def test_the_same_words_and_instant_give_the_same_bytes() -> None:
    document = Printed("ru", "Письмо", [Paragraph("Текст")])

    assert to_pdf(document, AT) == to_pdf(document, AT)


def test_an_instant_of_a_running_clock_can_be_printed() -> None:
    document = Printed("ru", "Письмо", [Paragraph("Текст")])

    assert to_pdf(document, AT.replace(microsecond=123456)) == to_pdf(document, AT)


def test_a_character_that_no_font_has_is_shown_as_missing_and_the_rest_is_printed() -> None:
    found = text_of(to_pdf(Printed("kk", "Хат", [Paragraph("Айжан \U0001f600\U000a6c46, № 7 «Ә»")]), AT))

    assert "Айжан ??, № 7 «Ә»" in found
