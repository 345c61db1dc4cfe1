"""What proves a consent, to hand out: the receipt as paper, and the proof pack."""

from uuid import UUID

from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.places import at_operator, reading
from consent_service.operators.sessions import Place
from consent_service.pages.downloads import PDF, to_keep, to_read
from consent_service.pages.languages import language
from consent_service.receipts.issuing import print_receipt
from consent_service.receipts.pack import proof_pack
from consent_service.services import services


@dashboard.get("/<slug>/consents/<uuid:consent_id>/receipt.pdf")
@at_operator
def consent_receipt(place: Place, consent_id: UUID) -> Response:
    """Print the receipt of a consent in the language of the page."""
    with reading(place) as uow:
        printed = print_receipt(uow, consent_id, services().law.catalogue, services().settings.base_url, language())
    return to_read(printed, PDF, f"receipt-{consent_id}.pdf")


@dashboard.get("/<slug>/consents/<uuid:consent_id>/proof.zip")
@at_operator
def consent_proof(place: Place, consent_id: UUID) -> Response:
    """Pack everything that proves a consent."""
    with reading(place) as uow:
        packed = proof_pack(uow, consent_id, services().law.catalogue, services().settings.base_url)
    return to_keep(packed, "application/zip", f"proof-{consent_id}.zip")
