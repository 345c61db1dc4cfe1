"""Files that people send, good and hostile, made anew each time."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import docx
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)
from reportlab.pdfgen.canvas import Canvas

WORDS = "Қуаттама 1"
RELATIONSHIPS = "word/_rels/document.xml.rels"


def pdf() -> bytes:
    """Return a PDF of one page."""
    made = io.BytesIO()
    canvas = Canvas(made)
    canvas.drawString(72, 720, "page one")
    canvas.save()
    return made.getvalue()


def picture(kind: str) -> bytes:
    """Return a small PNG or JPEG."""
    made = io.BytesIO()
    Image.new("RGB", (40, 30), (10, 99, 99)).save(made, kind)
    return made.getvalue()


def document() -> bytes:
    """Return a Word document with a link in it."""
    made = io.BytesIO()
    written = docx.Document()
    written.add_paragraph(WORDS)
    written.part.relate_to(
        "https://example.kz",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink",
        is_external=True,
    )
    written.save(made)
    return made.getvalue()


def pdf_with(entries: Mapping[str, object], *, hidden: bool = False) -> bytes:
    """Return a PDF with entries in its root; ``hidden``: objects packed where no text search finds them."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf()))
    for name, value in entries.items():
        writer.root_object[NameObject(name)] = value
    made = io.BytesIO()
    writer.write(made)
    return packed(made.getvalue()) if hidden else made.getvalue()


def packed(content: bytes) -> bytes:
    """Return the same PDF with its objects in one packed stream, as version 1.5 allows."""
    reader = PdfReader(io.BytesIO(content))
    numbers = [number for number in sorted(reader.xref[0]) if number]
    bodies = []
    loose: list[tuple[int, bytes]] = []
    for number in numbers:
        one = reader.get_object(number)
        written = io.BytesIO()
        assert one is not None
        one.write_to_stream(written)
        if isinstance(one, DecodedStreamObject) or b"stream" in written.getvalue():
            loose.append((number, written.getvalue()))
        else:
            bodies.append((number, written.getvalue()))
    head, data, at = [], b"", 0
    for number, body in bodies:
        head.append(f"{number} {at}")
        data += body + b"\n"
        at = len(data)
    first = (" ".join(head) + "\n").encode()
    stream = zlib.compress(first + data)
    out = io.BytesIO()
    out.write(b"%PDF-1.5\n")
    places: dict[int, int] = {}
    holder = max(numbers) + 1
    for number, body in loose:
        places[number] = out.tell()
        out.write(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")
    places[holder] = out.tell()
    out.write(
        f"{holder} 0 obj\n<</Type/ObjStm/N {len(bodies)}/First {len(first)}/Length {len(stream)}"
        f"/Filter/FlateDecode>>stream\n".encode()
        + stream
        + b"\nendstream\nendobj\n"
    )
    table = holder + 1
    places[table] = out.tell()
    inside = {number: index for index, (number, _) in enumerate(bodies)}
    rows = b""
    for number in range(table + 1):
        if number in places:
            rows += struct.pack(">BIH", 1, places[number], 0)
        elif number in inside:
            rows += struct.pack(">BIH", 2, holder, inside[number])
        else:
            rows += struct.pack(">BIH", 0, 0, 65535)
    root = reader.trailer.raw_get("/Root")
    start = out.tell()
    out.write(
        f"{table} 0 obj\n<</Type/XRef/Size {table + 1}/W[1 4 2]/Root {root.idnum} 0 R/Length {len(rows)}>>stream\n".encode()
        + rows
        + f"\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n".encode()
    )
    return out.getvalue()


def action(kind: str, **more: object) -> DictionaryObject:
    """Return an action of a PDF."""
    made = DictionaryObject({NameObject("/S"): NameObject(kind)})
    for name, value in more.items():
        made[NameObject(f"/{name}")] = value
    return made


def script() -> DictionaryObject:
    return action("/JavaScript", JS=TextStringObject("app.alert(1)"))


def embedded(content: bytes) -> DictionaryObject:
    """Return the tree of embedded files with one file."""
    stream = DecodedStreamObject()
    stream.set_data(content)
    stream[NameObject("/Type")] = NameObject("/EmbeddedFile")
    file = DictionaryObject({NameObject("/EF"): DictionaryObject({NameObject("/F"): stream})})
    names = ArrayObject([TextStringObject("x"), file])
    return DictionaryObject({NameObject("/EmbeddedFiles"): DictionaryObject({NameObject("/Names"): names})})


def numbers(count: int) -> ArrayObject:
    return ArrayObject([NumberObject(n) for n in range(count)])


def encrypted_pdf() -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(pdf()))
    writer.encrypt("secret")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def document_with(parts: Mapping[str, bytes], *, change: Mapping[str, tuple[bytes, bytes]] | None = None) -> bytes:
    """Return the document with further parts, or with words of its own parts replaced."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document())) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if change and entry.filename in change:
                before, after = change[entry.filename]
                assert before in content
                content = content.replace(before, after)
            new.writestr(entry.filename, content)
        for name, content in parts.items():
            new.writestr(name, content)
    return made.getvalue()


def archive(entries: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in entries.items():
            new.writestr(name, content)
    return made.getvalue()


def lying_document() -> bytes:
    """Return a document one part of which unpacks to far more than it says."""
    made = document_with({"word/big.xml": b"\0" * (60 * 1024 * 1024)})
    wrong = struct.pack("<I", 100)
    true = struct.pack("<I", 60 * 1024 * 1024)
    return made.replace(true, wrong)


def png_of(width: int, height: int) -> bytes:
    """Return a PNG that says it is of this size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
