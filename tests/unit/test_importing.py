"""Published texts become numbered clauses as printed, whatever the file; what cannot be read is refused clearly."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from consent_service.kernel.errors import ImportRefusedError
from consent_service.policies.importing import ExpectedDocument, ImportedDocument, import_text
from consent_service.policies.importing.lines import MAX_BYTES

TEXT = """Меню
Мысал саясат
2026 жылғы 2 наурыз

Кіріспе сөз осы құжатқа қатысты.

1. Жалпы
1.1. Бірінші тармақ [email protected].
1.3. Үшінші тармақ.
2. Құқықтар
2.1. Адам мыналарға құқылы:
• көру;
• түзету.
2.2. Қайтарып алу; 2.3. Жою.
"""
TOKENS = ["preamble", "1", "1.1", "1.3", "2", "2.1", "2.1[1]", "2.1[2]", "2.2", "2.3"]
EXPECTED = [ExpectedDocument("sample", "Мысал саясат")]


def read(data: bytes | str, name: str = "file.txt", expected: list[ExpectedDocument] | None = None) -> ImportedDocument:
    raw = data.encode() if isinstance(data, str) else data
    return import_text(raw, file_name=name, language="kk", expected=expected or EXPECTED).documents[0]


def tokens(document: ImportedDocument) -> list[str]:
    assert document.text is not None
    return [clause.number for clause in document.text.clauses]


def test_plain_text_keeps_its_printed_numbers_date_and_gaps() -> None:
    document = read(TEXT)

    assert tokens(document) == TOKENS
    assert document.printed_on == date(2026, 3, 2)
    codes = {note.code for note in document.notes}
    assert {"numbering_gap", "hidden_address", "printed_date"} <= codes


def test_html_is_read_without_its_scripts_and_with_the_numbers_that_a_browser_prints() -> None:
    page = (
        "<!doctype html><html><head><title>x</title><script>alert(1)</script></head><body><nav>Меню</nav>"
        "<h1>Мысал саясат</h1><ol><li>Жалпы<ol><li>Бір</li><li>Екі<ul><li>көру</li></ul></li></ol></li>"
        "<li>Құқық<ol start='4'><li>Төрт</li></ol></li></ol><style>p{}</style></body></html>"
    )
    document = read(page, "page.html")

    assert tokens(document) == ["1", "1.1", "1.2", "1.2[1]", "2", "2.4"]
    assert document.text is not None
    assert "alert" not in document.text.canonical()


def test_docx_is_read_with_automatic_numbers_and_tables() -> None:
    document = docx.Document()
    for words in ("Мысал саясат", "Кіріспе сөз осы құжатқа қатысты."):
        document.add_paragraph(words)
    for words in ("Жалпы ереже", "Құқықтар"):
        document.add_paragraph(words, style="List Number")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Деңгей", "Темір"
    data = io.BytesIO()
    document.save(data)

    found = read(data.getvalue(), "policy.docx")

    assert tokens(found) == ["preamble", "1", "2", "2[1]"]
    assert found.text is not None
    assert found.text.clauses[-1].text == "Деңгей | Темір"


def test_pdf_is_read_and_a_wrapped_reference_opens_no_clause() -> None:
    font = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    if font is None:
        pytest.skip("no font with Kazakh letters was found (Debian: fonts-dejavu-core)")
    pdfmetrics.registerFont(TTFont("Kazakh", str(font)))
    data = io.BytesIO()
    canvas = Canvas(data)
    canvas.setFont("Kazakh", 11)
    for place, line in enumerate(
        [
            "Мысал саясат",
            "1. Жалпы",
            "1.1. Осы құжаттың",
            "1.1. тармағы бойынша.",
            "2. Құқық",
            "2.1. Қараңыз:",
            "1.1. тармағы.",
        ]
    ):
        canvas.drawString(72, 760 - 18 * place, line)
    canvas.save()

    found = read(data.getvalue(), "policy.pdf")

    assert tokens(found)[-1] == "2.1"
    assert "1.1. тармағы." in found.text.clauses[-1].text  # type: ignore[union-attr]  # it has a text


def test_numbers_that_start_again_inside_sections_are_joined_with_their_parents() -> None:
    indented = "Мысал саясат\n 1. Бір\n  1. Бір-бір\n  2. Бір-екі\n   1. Терең\n 2. Екі\n  1. Екі-бір\n  2. Екі-екі\n"
    flat = "Мысал саясат\n1. Бір\n1. Бір-бір\n2. Бір-екі\n2. Екі\n"

    assert tokens(read(indented)) == ["1", "1.1", "1.2", "1.2.1", "2", "2.1", "2.2"]
    assert tokens(read(flat))[:3] == ["1", "1.1", "1.2"]


def test_a_document_set_as_one_paragraph_is_parted_with_its_letters() -> None:
    filler = "Бұл сөйлем ұзын болуы үшін қайталанады. " * 90
    text = (
        f"Мысал саясат\n1. КІРІСПЕ Сөз. {filler} 2. ДЕРЕКТЕР Сіз бересіз. (a) бір; (b) екі. © үш. "
        "Біз аламыз осыны. (а) төрт; (b) бес. 3. ҚОЛДАНУ Былай: (1) біріншіден; (2) екіншіден. Соңы. "
        "3.1. БӨЛІСУ Жоқ. 4. БАЙЛАНЫС Хат, (1) пошта, (2) телефон. Соңғы жаңартылған күні: 2022 жылғы 31 шілде"
    )
    document = read(text)

    assert tokens(document) == [
        "1", "2", "2[1]", "2[1](a)", "2[1](b)", "2[1](c)", "2[2]", "2[2](a)", "2[2](b)", "3", "3(1)", "3(2)", "3.1", "4",
        "details",
    ]  # fmt: skip
    assert document.printed_on == date(2022, 7, 31)
    assert {"copyright_sign_read_as_c", "letters_restart"} <= {note.code for note in document.notes}


def test_several_documents_in_one_file_are_told_apart_and_a_bare_heading_is_announced() -> None:
    file = import_text(
        (TEXT + "Түймені басыңыз\nЕкінші құжат\n1. Бір\n1.1. Екі\nТүймені басыңыз\nҮшінші құжат\n. . .\n").encode(),
        file_name="set.txt",
        language="kk",
        expected=[
            *EXPECTED,
            ExpectedDocument("second", "Екінші құжат"),
            ExpectedDocument("third", "Үшінші құжат", announced=True),
        ],
    )

    assert [(d.slug, d.text is not None) for d in file.documents] == [
        ("sample", True),
        ("second", True),
        ("third", False),
    ]
    assert file.dropped.count("Түймені басыңыз") == 2
    assert "Меню" in file.dropped


def test_a_table_of_levels_and_requisites_have_places_of_their_own() -> None:
    text = (
        "Мысал саясат\n1. Бір\n1.1. Екі.\n\n«Мысал» ЖШС\nБСН 961250990174\n\nҚосымша 1\nДеңгейлер\nБірнеше деңгей ұсынылады.\n"
        "Деңгей\n\nА\n\nБ\n\nСаны\n\n-\n\n5\n\nТөлем\n\nбірдей\n\nбірдей\n\n* — ескертпе осы жерде берілген.\n"
    )

    assert tokens(read(text)) == [
        "1",
        "1.1",
        "annex-1",
        "annex-1[1]",
        "annex-1[2]",
        "annex-1[3]",
        "annex-1[4]",
        "details",
    ]


def zip_bomb() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (11 * MAX_BYTES))
    return data.getvalue()


def with_doctype() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("word/document.xml", "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>")
    return data.getvalue()


def blank_pdf(password: str | None = None) -> bytes:
    canvas_data = io.BytesIO()
    canvas = Canvas(canvas_data)
    canvas.showPage()
    canvas.save()
    writer = PdfWriter()
    writer.append(PdfReader(canvas_data))
    if password:
        writer.encrypt(password, algorithm="AES-256")
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"x" * 50_000_000, "larger than 20 MiB"),
        (TEXT.encode("cp1251", "replace"), "not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no text file"),
        (TEXT.encode() + b"\x00", "no text file"),
        (("Мысал саясат\u202e\n1. Бір").encode(), "direction of writing"),
        (b"%PDF-1.7 broken", "PDF"),
        (b"PK\x03\x04 broken", "DOCX file is broken"),
        (b"\xd0\xcf\x11\xe0 old word", "DOCX, PDF or plain text"),
        ("Басқа құжат\n1. Бір\n".encode(), "«Мысал саясат»"),
        ("Мысал саясат\n".encode(), "Nothing stands under"),
        (b"...\n---\n", "No text was found"),
        (("Мысал саясат\n" + "1. а\n" * 20_000).encode(), "more than 5000 lines"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(data: bytes, words: str) -> None:
    with pytest.raises(ImportRefusedError, match=words):
        read(data)


@pytest.mark.parametrize(
    ("make", "words"),
    [(zip_bomb, "unpacks to far more"), (with_doctype, "document type definition"), (blank_pdf, "No text was found"),
     (lambda: blank_pdf("secret"), "encrypted")],
)  # fmt: skip
def test_a_hostile_or_empty_container_is_refused(make: Callable[[], bytes], words: str) -> None:
    with pytest.raises(ImportRefusedError, match=words):
        read(make())


def test_what_cannot_be_seen_is_taken_out_and_utf_16_is_read() -> None:
    document = read("\ufeffМысал саясат\n1. Бі\u200bр\n1.1. Ек\u00adі\n".encode("utf-16"))

    assert document.text is not None
    assert [clause.text for clause in document.text.clauses] == ["Бір", "Екі"]


def test_a_page_nested_without_measure_is_read_or_refused_and_never_breaks() -> None:
    page = "<html><body>" + "<div>" * 3000 + "Мысал саясат<p>1. Бір</p><p>1.1. Екі</p>" + "</div>" * 3000

    assert tokens(read(page, "page.html")) == ["1", "1.1"]


@pytest.mark.parametrize("part", ["<a ", "<!--", "<li>1. а<ol>", "<p>1. а</p>", "<table><tr><td>"])
def test_a_hostile_page_is_read_or_refused_by_limits_not_by_time(part: str) -> None:
    with pytest.raises(ImportRefusedError):
        read("<html><body>Мысал саясат" + part * 80_000, "page.html")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_and_never_break(data: bytes) -> None:
    try:
        read(b"\xd0\x9c\n" + data, expected=[ExpectedDocument("sample", "М")])
    except ImportRefusedError:
        return
