"""The proof pack of one consent: a ZIP that a judge can read without software and a specialist can verify.

It holds no identifier of the person: the text that was shown, the receipt, what happened since, and the proofs.
"""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from uuid import UUID

import orjson

from consent_service.consents.queries import ConsentView, consent_view
from consent_service.deadlines.catalogue import Catalogue
from consent_service.duties.queries import duties_of
from consent_service.erasure.queries import orders_of
from consent_service.kernel.jws import public_jwk
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.proofs import EventProof, proof_text, prove_events
from consent_service.ledger.tree import log_keys
from consent_service.operators.queries import operator_view
from consent_service.policies.clauses import PolicyText
from consent_service.policies.queries import text_of
from consent_service.printing.document import Paragraph, Printed
from consent_service.printing.pdf import to_pdf
from consent_service.receipts.issuing import Issued, issue, proof_of
from consent_service.receipts.kantara import to_kantara
from consent_service.receipts.pack_pages import Story, index_page
from consent_service.receipts.paper import JWS_NAME, receipt_page
from consent_service.receipts.signing import sign_manifest
from consent_service.standings.queries import standings_of
from consent_service.subject_requests.queries import requests_of
from consent_service.subjects.queries import is_known, kinds_of
from consent_service.withdrawals.queries import withdrawals_of

FORMAT = "kelisim-proof/1"
LANGUAGES = ("kk", "ru", "en")
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a ZIP knows no earlier moment; when it was made stands in the manifest
Files = dict[str, bytes]


def proof_pack(uow: UnitOfWork, consent_id: UUID, catalogue: Catalogue, base_url: str) -> bytes:
    """Return the pack of a consent as a ZIP.

    Raises:
        NotFoundError: The operator has no consent with this id.
    """
    view = consent_view(uow, consent_id)
    issued = issue(uow, view, base_url)
    text, _ = text_of(uow, view.version_id, view.language)
    history = {
        "withdrawals": withdrawals_of(uow, view.subject_id),
        "requests": requests_of(uow, view.subject_id),
        "erasures": orders_of(uow, view.subject_id),
    }
    cases = [UUID(case["id"]) for kind in history.values() for case in kind]
    story = Story(
        receipt=issued.receipt,
        text_name=f"text/shown-{view.language}.txt",
        is_known=is_known(uow, view.subject_id),
        kinds=kinds_of(uow, view.subject_id),
        events=_in_order([proof for stream in (view.subject_id, *cases) for proof in prove_events(uow, stream)]),
        duties=[duty for case in cases for duty in duties_of(uow, case)],
        standings=standings_of(uow, view.subject_id),
    )

    files: Files = {f"proof-{one}.pdf": to_pdf(index_page(story, catalogue, one), uow.now) for one in LANGUAGES}
    files[story.text_name] = text.canonical().encode()
    files[story.text_name.replace(".txt", ".pdf")] = to_pdf(_text_page(text), view.recorded_at)
    files |= _receipt_files(uow, view, issued)
    files["history.json"] = _json({**history, "duties": story.duties, "standings": story.standings})
    files |= _proof_files(uow, story.events)
    return _zipped(files | _signed_list(uow, view, files))


def _in_order(proofs: list[EventProof]) -> list[EventProof]:
    """Sort by the time of the event; what happened at one instant, in the order of the log."""

    def place(proof: EventProof) -> tuple[str, bool, int]:
        inclusion = proof.inclusion
        return orjson.loads(proof.body)["at"], inclusion is None, inclusion.leaf_index if inclusion else 0

    return sorted(proofs, key=place)


def _text_page(text: PolicyText) -> Printed:
    clauses = tuple(Paragraph(f"{one.number} {one.text}".strip()) for one in text.clauses)
    return Printed(text.language, text.title, clauses)


def _receipt_files(uow: UnitOfWork, view: ConsentView, issued: Issued) -> Files:
    proof = proof_of(uow, view)
    pages = {one: receipt_page(issued.receipt, issued.token, proof, one) for one in LANGUAGES}
    kantara = to_kantara(issued.receipt, operator_view(uow), uow.keys.signer.public.receipts)
    return {
        f"receipt/{JWS_NAME}": issued.token.encode(),
        "receipt/receipt.json": _json(issued.receipt),
        "receipt/kantara.json": _json(kantara),
        **{f"receipt/receipt-{one}.pdf": to_pdf(page, view.recorded_at) for one, page in pages.items()},
    }


def _proof_files(uow: UnitOfWork, proofs: Sequence[EventProof]) -> Files:
    origins = {proof.inclusion.origin for proof in proofs if proof.inclusion}
    keys = "".join(f"{key}\n" for key in log_keys(uow.session, uow.keys, origins))
    texts = {
        f"ledger/event-{number:04}.tlog-proof": proof_text(proof.inclusion, proof.salt).encode()
        for number, proof in enumerate(proofs, start=1)
        if proof.inclusion
    }
    return {
        "ledger/events.json": _json(proofs),
        "ledger/verifier-keys.txt": keys.encode(),
        "jwks.json": _json({"keys": [public_jwk(uow.keys.signer.public.receipts)]}),
        **texts,
    }


def _signed_list(uow: UnitOfWork, view: ConsentView, files: Files) -> Files:
    manifest = {
        "format": FORMAT,
        "consent": str(view.id),
        "made_at": uow.now.isoformat().replace("+00:00", "Z"),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    return {
        "manifest.json": _json(manifest),
        "manifest.jwt": sign_manifest(manifest, uow.keys.signer.receipts).encode(),
    }


def _zipped(files: Files) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in sorted(files.items()):
            pack.writestr(zipfile.ZipInfo(name, _EARLIEST), content, zipfile.ZIP_DEFLATED)
    return body.getvalue()


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str)
