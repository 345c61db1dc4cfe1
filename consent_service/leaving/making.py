"""Making an export: every table with what is sealed in it opened, texts, files, the ledger, an index, the signed list.

Everything is read of one instant and written page by page, so that a large operator needs no more memory.
"""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO
from uuid import UUID

import orjson

from consent_service.exports.service import SHELF
from consent_service.kernel.db import table_named
from consent_service.kernel.signed_zip import SignedZip, as_json
from consent_service.kernel.signing import public_jwk
from consent_service.kernel.uow import UnitOfWork
from consent_service.leaving.contents import EXPORTED, LEFT_OUT
from consent_service.leaving.index import Written, index_page, table_file
from consent_service.leaving.reading import left_out_of, pages_of
from consent_service.leaving.words import LANGUAGES
from consent_service.ledger.exporting import export_all
from consent_service.operators.queries import operator_view
from consent_service.policies.queries import list_documents, list_versions, text_of
from consent_service.printing.pdf import to_pdf
from consent_service.subjects.files import open_file

FORMAT, KIND = "kelisim-operator-export/1", "operator-export+jwt"
STEPS = len(EXPORTED) + 4  # the texts, the files, the ledger, and the index with the list
_FILES = "subject_files"
_PART = 1 << 20
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")
Tell = Callable[[int], None]


def make_export(uow: UnitOfWork, export_id: UUID, file: IO[bytes], tell: Tell = lambda _done: None) -> None:
    """Write everything that is kept of the operator to a file that is only written to.

    The unit of work is a snapshot: all reads see one instant, that of the export.  ``tell`` is told how many of
    ``STEPS`` steps are done, several times within a long one.
    """
    operator, because = operator_view(uow), SHELF.asked(uow, export_id)["because"]
    about = {
        "format": FORMAT,
        "operator": operator.slug,
        "export": str(export_id),
        "because": str(because),
        "made_at": uow.now.isoformat().replace("+00:00", "Z"),
    }
    with SignedZip(file) as pack:
        written: dict[str, Written] = {}
        for done, name in enumerate(EXPORTED):
            written[name] = _write_table(uow, pack, name, partial(tell, done))
        tell(len(EXPORTED))
        texts = _write_texts(uow, pack)
        tell(len(EXPORTED) + 1)
        files = _write_files(uow, pack, partial(tell, len(EXPORTED) + 1))
        tell(len(EXPORTED) + 2)
        events = _write_ledger(uow, pack, partial(tell, len(EXPORTED) + 2))
        tell(len(EXPORTED) + 3)
        pack.add("tables.json", as_json(_described(written)))
        counts = {"texts": texts, "files": files, "events": events}
        for language in LANGUAGES:
            page = index_page(uow.now, operator, because, written, counts, language)
            pack.add(f"index-{language}.pdf", to_pdf(page, uow.now))
        pack.add("jwks.json", as_json({"keys": [public_jwk(uow.keys.signer.public.receipts)]}))
        pack.sign(about, KIND, uow.keys.signer.receipts)
    tell(STEPS)


def _write_table(uow: UnitOfWork, pack: SignedZip, name: str, go_on: Callable[[], None]) -> Written:
    written = Written()

    def parts() -> Iterator[bytes]:
        for page in pages_of(uow, name):
            if name == _FILES:
                for line in page.lines:
                    line["file"] = _file_place(line)
            written.lines += len(page.lines)
            written.unopened += page.unopened
            yield b"".join(
                orjson.dumps(line, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE) for line in page.lines
            )
            go_on()

    pack.add_parts(table_file(name), parts())
    return written


def _file_place(line: Mapping[str, object]) -> str | None:
    """Return where the content of a file stands, with the ending of its own name; None where it opens no more."""
    about = line.get("about")
    if not isinstance(about, dict):
        return None
    suffix = PurePosixPath(str(about["name"])).suffix.lower()
    return f"files/{line['subject_id']}/{line['id']}{suffix if _SUFFIX.fullmatch(suffix) else ''}"


def _write_files(uow: UnitOfWork, pack: SignedZip, go_on: Callable[[], None]) -> int:
    """Write what people sent, one file after the other; return how many these are."""
    files = 0
    for page in pages_of(uow, _FILES):
        for line in page.lines:
            place = _file_place(line)
            if place is None:
                continue
            _, content = open_file(uow, line["subject_id"], line["case_id"], line["id"])
            pack.add(place, content)
            files += 1
            go_on()
    return files


def _write_texts(uow: UnitOfWork, pack: SignedZip) -> int:
    """Write the texts of every version, drafts too; return how many files these are."""
    files = 0
    for document in list_documents(uow, uow.now):
        for version in list_versions(uow, document.slug, uow.now):
            for language in sorted(version.texts):
                text, _ = text_of(uow, version.id, language)
                pack.add(f"texts/{document.slug}-{version.version}-{language}.txt", text.canonical().encode())
                files += 1
    return files


def _write_ledger(uow: UnitOfWork, pack: SignedZip, go_on: Callable[[], None]) -> int:
    """Write the logs and the events of the operator, in the form that is checked without the service."""
    with tempfile.TemporaryDirectory() as place:  # pseudonyms and hashes alone
        folder = Path(place)
        events = export_all(uow, folder, lambda _count: go_on())
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            pack.add_parts(f"ledger/{path.relative_to(folder).as_posix()}", _parts_of(path))
    return events


def _parts_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_PART):
            yield part


def _described(written: Mapping[str, Written]) -> dict[str, object]:
    """Say of each table how much of it there is, and of what is left out why; made for programs."""
    tables = {
        name: asdict(one) | {"file": table_file(name), "left_out": left_out_of(table_named(name))}
        for name, one in written.items()
    }
    return {"tables": tables, "left_out": LEFT_OUT}
