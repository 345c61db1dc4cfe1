"""The proof pack of one consent: a ZIP that a judge can read without software and a specialist can verify.

It holds no identifier of the person: the text on record, the receipt, what happened since, and the proofs.
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import orjson

from consent_service.consents.queries import ConsentView, consent_view
from consent_service.deadlines.catalogue import Catalogue
from consent_service.kernel.signed_zip import SignedZip, as_json
from consent_service.kernel.signing import public_jwk
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.proofs import EventProof, proof_text
from consent_service.ledger.tree import log_keys
from consent_service.operators.queries import operator_view
from consent_service.policies.queries import text_of
from consent_service.printing.pdf import to_pdf
from consent_service.receipts.issuing import Issued, issue, proof_of
from consent_service.receipts.kantara import to_kantara
from consent_service.receipts.pack_pages import index_page, text_page
from consent_service.receipts.pack_story import story_of
from consent_service.receipts.paper import JWS_NAME, receipt_page
from consent_service.receipts.signing import PROOF

FORMAT = "kelisim-proof/1"
LANGUAGES = ("kk", "ru", "en")
Files = dict[str, bytes]


def proof_pack(uow: UnitOfWork, consent_id: UUID, catalogue: Catalogue, base_url: str) -> bytes:
    """Return the pack of a consent as a ZIP.

    Raises:
        NotFoundError: The operator has no consent with this id.
    """
    view = consent_view(uow, consent_id)
    issued = issue(uow, view, catalogue, base_url)
    text, _ = text_of(uow, view.version_id, view.language)
    gathered = story_of(uow, view, issued.receipt)
    story = replace(gathered, events=_in_order(gathered.events))

    files: Files = {f"proof-{one}.pdf": to_pdf(index_page(story, catalogue, one), uow.now) for one in LANGUAGES}
    files[story.text_name] = text.canonical().encode()
    files[story.text_name.replace(".txt", ".pdf")] = to_pdf(text_page(story, text), view.recorded_at)
    files |= _receipt_files(uow, view, issued)
    files["history.json"] = as_json(story.history())
    files |= _proof_files(uow, story.events)
    return _packed(uow, view, files)


def _in_order(proofs: Sequence[EventProof]) -> list[EventProof]:
    """Sort by the time of the event; what happened at one instant, in the order of the log."""

    def place(proof: EventProof) -> tuple[str, bool, int]:
        inclusion = proof.inclusion
        return orjson.loads(proof.body)["at"], inclusion is None, inclusion.leaf_index if inclusion else 0

    return sorted(proofs, key=place)


def _receipt_files(uow: UnitOfWork, view: ConsentView, issued: Issued) -> Files:
    proof = proof_of(uow, view)
    pages = {one: receipt_page(issued.receipt, issued.token, proof, one) for one in LANGUAGES}
    kantara = to_kantara(issued.receipt, operator_view(uow), uow.keys.signer.public.receipts)
    return {
        f"receipt/{JWS_NAME}": issued.token.encode(),
        "receipt/receipt.json": as_json(issued.receipt),
        "receipt/kantara.json": as_json(kantara),
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
        "ledger/events.json": as_json(proofs),
        "ledger/verifier-keys.txt": keys.encode(),
        "jwks.json": as_json({"keys": [public_jwk(uow.keys.signer.public.receipts)]}),
        **texts,
    }


def _packed(uow: UnitOfWork, view: ConsentView, files: Files) -> bytes:
    body = io.BytesIO()
    about = {"format": FORMAT, "consent": str(view.id), "made_at": uow.now.isoformat().replace("+00:00", "Z")}
    with SignedZip(body) as pack:
        for name, content in sorted(files.items()):
            pack.add(name, content)
        pack.sign(about, PROOF, uow.keys.signer.receipts)
    return body.getvalue()
