"""Files that people send: good ones are known by their content, hostile ones refused, each for its reason."""

import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_service.attachments.checking import LONGEST_NAME, MOST_BYTES, check_attachment, clean_name
from consent_service.attachments.faults import AttachmentRefusedError
from consent_service.attachments.pdf import scan
from consent_service.attachments.states import Fault, FileKind
from tests import sent_files as files

GOOD = {
    "deed.pdf": (files.pdf, FileKind.PDF),
    "DEED.PDF": (files.pdf, FileKind.PDF),
    "photo.png": (lambda: files.picture("PNG"), FileKind.PNG),
    "photo.jpg": (lambda: files.picture("JPEG"), FileKind.JPEG),
    "photo.jpeg": (lambda: files.picture("JPEG"), FileKind.JPEG),
    "өтініш.docx": (files.document, FileKind.DOCX),
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
MADE = Callable[[], bytes]
HOSTILE: dict[str, tuple[str, MADE, Fault]] = {
    "nothing": ("a.pdf", lambda: b"", Fault.EMPTY),
    "100 MB": ("a.pdf", lambda: b"%PDF-" + bytes(100 * 1024 * 1024), Fault.TOO_LARGE),
    "SVG": ("a.svg", lambda: SVG, Fault.UNKNOWN),
    "SVG called PNG": ("a.png", lambda: SVG, Fault.UNKNOWN),
    "HTML": ("a.html", lambda: b"<!doctype html><script>1</script>", Fault.UNKNOWN),
    "program": ("a.pdf", lambda: b"MZ" + bytes(500), Fault.UNKNOWN),
    "old Word with macros": ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900), Fault.UNKNOWN),
    "PDF called PNG": ("a.png", files.pdf, Fault.MISNAMED),
    "PNG called SVG": ("a.svg", lambda: files.picture("PNG"), Fault.MISNAMED),
    "without an ending": ("a", files.pdf, Fault.MISNAMED),
    "double ending": ("a.pdf.exe", files.pdf, Fault.MISNAMED),
    "reversed ending": ("a\u202efdp.exe", files.pdf, Fault.MISNAMED),
    "PDF that opens a script": ("a.pdf", lambda: files.pdf_with({"/OpenAction": files.script()}), Fault.ACTIVE),
    "PDF that starts a program": (
        "a.pdf",
        lambda: files.pdf_with({"/OpenAction": files.action("/Launch")}, hidden=True),
        Fault.ACTIVE,
    ),
    "PDF with a packed script": (
        "a.pdf",
        lambda: files.pdf_with({"/OpenAction": files.script()}, hidden=True),
        Fault.ACTIVE,
    ),
    "PDF with a script in a form": (
        "a.pdf",
        lambda: files.pdf_with({"/AA": files.script()}, hidden=True),
        Fault.ACTIVE,
    ),
    "PDF that sends a form": (
        "a.pdf",
        lambda: files.pdf_with({"/OpenAction": files.action("/SubmitForm")}, hidden=True),
        Fault.ACTIVE,
    ),
    "PDF with an XFA form": ("a.pdf", lambda: files.pdf_with({"/XFA": files.numbers(1)}), Fault.ACTIVE),
    "PDF with a program inside": (
        "a.pdf",
        lambda: files.pdf_with({"/Names": files.embedded(b"MZ\x90\x00")}),
        Fault.ACTIVE,
    ),
    "PDF with a page inside": (
        "a.pdf",
        lambda: files.pdf_with({"/Names": files.embedded(b"<svg onload='1'/>")}),
        Fault.ACTIVE,
    ),
    "PDF with a disguised script": (
        "a.pdf",
        lambda: files.pdf().replace(b"/Type /Catalog", b"/OpenAction<</S/J#61vaScript/J#53(1)>>/Type /Catalog"),
        Fault.ACTIVE,
    ),
    "PDF with a password": ("a.pdf", files.encrypted_pdf, Fault.ENCRYPTED),
    "PDF cut off": ("a.pdf", lambda: files.pdf()[:300], Fault.TWO_IN_ONE),
    "PDF in name": ("a.pdf", lambda: b"%PDF-1.7\n%%EOF", Fault.DAMAGED),
    "PDF and ZIP": ("a.pdf", lambda: files.pdf() + files.archive({"a.exe": b"MZ"}), Fault.TWO_IN_ONE),
    "ZIP in a comment of a PDF": (
        "a.pdf",
        lambda: files.pdf() + b"\n%" + files.archive({"a.js": b"1"}) + b"\n%%EOF",
        Fault.TWO_IN_ONE,
    ),
    "PDF and HTML": ("a.pdf", lambda: b"%PDF-1.4\n<script>1</script>" + files.pdf(), Fault.TWO_IN_ONE),
    "PNG and ZIP": ("a.png", lambda: files.picture("PNG") + files.archive({"a": b"b"}), Fault.TWO_IN_ONE),
    "PNG and words behind it": ("a.png", lambda: files.picture("PNG") + b"more", Fault.TWO_IN_ONE),
    "PNG cut off": ("a.png", lambda: files.picture("PNG")[:-6], Fault.DAMAGED),
    "PNG with a wrong sum": ("a.png", lambda: files.picture("PNG")[:-1] + b"x", Fault.DAMAGED),
    "PNG of a mile": ("a.png", lambda: files.png_of(60_000, 60_000), Fault.SWELLS),
    "JPEG and ZIP": ("a.jpg", lambda: files.picture("JPEG") + files.archive({"a": b"b"}), Fault.TWO_IN_ONE),
    "JPEG and PDF": ("a.jpg", lambda: files.picture("JPEG")[:20] + b"%PDF-1.4" + files.pdf(), Fault.TWO_IN_ONE),
    "JPEG and a PDF behind it": ("a.jpg", lambda: files.picture("JPEG") + bytes(2000) + files.pdf(), Fault.TWO_IN_ONE),
    "JPEG with a page in it": (
        "a.jpg",
        lambda: (
            files.picture("JPEG")[:2] + b"\xff\xfe\x00\x22<script>alert(document)</script>" + files.picture("JPEG")[2:]
        ),
        Fault.TWO_IN_ONE,
    ),
    "JPEG cut off": ("a.jpg", lambda: files.picture("JPEG")[:-2], Fault.DAMAGED),
    "JPEG in name": ("a.jpg", lambda: b"\xff\xd8\xff\xe0" + bytes(40), Fault.DAMAGED),
    "ZIP called DOCX": ("a.docx", lambda: files.archive({"a.txt": b"b"}), Fault.UNKNOWN),
    "DOCX with macros": ("a.docx", lambda: files.document_with({"word/vbaProject.bin": b"x"}), Fault.ACTIVE),
    "DOCX that says it has macros": (
        "a.docx",
        lambda: files.document_with(
            {}, change={"[Content_Types].xml": (b"document.main+xml", b"document.macroEnabled.main+xml")}
        ),
        Fault.ACTIVE,
    ),
    "DOCX with a file inside": ("a.docx", lambda: files.document_with({"word/embeddings/a.bin": b"x"}), Fault.ACTIVE),
    "DOCX with a program called a picture": (
        "a.docx",
        lambda: files.document_with({"word/media/image1.png": b"MZ\x90"}),
        Fault.ACTIVE,
    ),
    "DOCX with a drawing that runs": ("a.docx", lambda: files.document_with({"word/media/a.svg": SVG}), Fault.ACTIVE),
    "DOCX with a foreign template": (
        "a.docx",
        lambda: files.document_with({}, change={files.RELATIONSHIPS: (b"/hyperlink", b"/attachedTemplate")}),
        Fault.ACTIVE,
    ),
    "DOCX that asks a program": (
        "a.docx",
        lambda: files.document_with(
            {}, change={"word/document.xml": (files.WORDS.encode(), b"<w:instrText>DDEAUTO c:\\\\x</w:instrText>")}
        ),
        Fault.ACTIVE,
    ),
    "DOCX with entities": (
        "a.docx",
        lambda: files.document_with({"word/a.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        Fault.ACTIVE,
    ),
    "DOCX in another encoding": (
        "a.docx",
        lambda: files.document_with({"word/a.xml": "<a>ENTITY</a>".encode("utf-16")}),
        Fault.DAMAGED,
    ),
    "DOCX that climbs out": ("a.docx", lambda: files.document_with({"../../a.xml": b"<a/>"}), Fault.ACTIVE),
    "DOCX that swells": ("a.docx", lambda: files.document_with({"word/a.xml": bytes(60 * 1024 * 1024)}), Fault.SWELLS),
    "DOCX that lies about it": ("a.docx", files.lying_document, Fault.DAMAGED),
    "DOCX of many parts": (
        "a.docx",
        lambda: files.document_with({f"word/{n}.xml": b"" for n in range(2100)}),
        Fault.SWELLS,
    ),
    "DOCX behind a picture": ("a.docx", lambda: b"PK\x03\x04" + bytes(200) + files.document(), Fault.TWO_IN_ONE),
    "DOCX before a program": ("a.docx", lambda: files.document() + b"MZ", Fault.TWO_IN_ONE),
    "DOCX cut off": ("a.docx", lambda: files.document()[:-40], Fault.DAMAGED),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_known_by_its_content(name: str) -> None:
    make, kind = GOOD[name]

    assert check_attachment(name, make()) is kind


def test_what_cameras_put_behind_a_picture_is_let_be() -> None:
    assert check_attachment("a.jpg", files.picture("JPEG") + files.picture("JPEG")) is FileKind.JPEG


def test_a_text_inside_a_pdf_is_let_be_as_in_our_own_receipts() -> None:
    inside = files.pdf_with({"/Names": files.embedded(b'{"receipt": 1}')})

    assert check_attachment("a.pdf", inside) is FileKind.PDF


def test_packed_objects_are_read_and_a_harmless_file_with_them_is_taken() -> None:
    assert check_attachment("a.pdf", files.packed(files.pdf())) is FileKind.PDF


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_for_its_reason(what: str) -> None:
    name, make, fault = HOSTILE[what]

    with pytest.raises(AttachmentRefusedError) as refused:
        check_attachment(name, make())

    assert refused.value.fault is fault


def test_a_pdf_that_unpacks_without_end_costs_its_own_process_alone() -> None:
    bomb = zlib.compress(zlib.compress(bytes(200 * 1024 * 1024)))
    content = files.packed(files.pdf())
    start = content.index(b"/ObjStm")
    hollow = content[:start] + content[start:].replace(b"/Filter/FlateDecode", b"/Filter[/FlateDecode/FlateDecode]", 1)
    first, last = hollow.index(b"stream\n", start) + 7, hollow.index(b"\nendstream", start)

    with pytest.raises(AttachmentRefusedError) as refused:
        check_attachment("a.pdf", hollow[:first] + bomb + hollow[last:])

    assert refused.value.fault in {Fault.SWELLS, Fault.DAMAGED}
    assert len(bomb) < MOST_BYTES


@given(st.binary(max_size=2000), st.sampled_from(["%PDF-1.4\n", "", "\x89PNG\r\n\x1a\n", "PK\x03\x04", "\xff\xd8\xff"]))
def test_noise_is_refused_and_breaks_nothing(noise: bytes, head: str) -> None:
    for name in ("a.png", "a.jpg", "a.docx"):  # the scan of a PDF is a process of its own
        with pytest.raises(AttachmentRefusedError):
            check_attachment(name, head.encode("latin-1") + noise)
    assert scan(b"%PDF-1.4\n" + noise) is not None


@given(st.text(max_size=300))
def test_the_name_of_a_file_is_one_that_can_be_shown(name: str) -> None:
    cleaned = clean_name(name)

    assert 0 < len(cleaned) <= LONGEST_NAME
    assert not any(c in cleaned for c in '/\\<>:"|?*\x00\n\r\u202e')
    assert cleaned == clean_name(cleaned)
