"""Receipts: signed, printed with their proof inside, and checked by anyone in words."""

import base64
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from consent_service.kernel.signing import sign
from consent_service.receipts.checking import token_in
from consent_service.receipts.faults import ReceiptError, ReceiptFault
from consent_service.services import services
from tests.command_line import run
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_ledger_served import sealed_and_signed

Client = Callable[[str], Api]
ADDRESS = "aizhan.receipts@example.kz"
LANGUAGES = ("kk", "ru", "en")


def recorded(api: Client) -> tuple[Api, str, str]:
    """Record a consent at an operator: its client, the number, the signed receipt."""
    uof = api("uof")
    made = uof.post("/consents", consent(subject={"ref": "person-1", "identifiers": {"email": ADDRESS}})).json
    return uof, made["id"], made["receipt"]["jwt"]


def printed(uof: Api, number: str, language: str) -> bytes:
    data: bytes = uof.get(f"/consents/{number}/receipt.pdf", lang=language).data
    return data


def altered(token: str) -> str:
    """Say the opposite under the same signature."""
    head, body, signature = token.split(".")
    said = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).replace(b'"granted":true', b'"granted":false')
    return ".".join((head, base64.urlsafe_b64encode(said).rstrip(b"=").decode(), signature))


def test_a_receipt_has_the_contents_of_the_article_and_names_nobody(api: Client) -> None:
    uof, number, _ = recorded(api)

    receipt = uof.get(f"/consents/{number}/receipt.json").json

    processing = receipt["pii_processing"]
    assert receipt["schema_version"] == "kelisim-receipt/2"
    assert receipt["party_identification"][0]["party_identifier"]
    assert receipt["event"]["validity"]["until"] == "withdrawn"
    assert {processing[name]["stated"] for name in ("third_parties", "cross_border")} == {"yes"}
    assert processing["publication"]["stated"] == "unsaid"
    assert len(processing["pii_information"]) > 5
    assert [one["granted"] for one in processing["purposes"]].count(True) > 0
    assert all(one["clause"] for one in processing["withdrawal_method"])
    assert ADDRESS not in json.dumps(receipt)
    assert "person-1" not in json.dumps(receipt)


def test_a_receipt_is_signed_by_the_published_key(api: Client, app: Flask) -> None:
    uof, number, token = recorded(api)
    key = json.loads(app.test_client().get("/.well-known/jwks.json").text)["keys"][0]
    head, body, signature = token.split(".")

    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))

    public.verify(base64.urlsafe_b64decode(signature + "=="), f"{head}.{body}".encode())
    assert json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["alg"] == "Ed25519"
    said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert said == uof.get(f"/consents/{number}/receipt.json").json
    assert uof.get(f"/consents/{number}/receipt.jwt").text == token


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_printed_receipt_is_an_archive_file_with_the_receipt_and_its_proof_inside(
    api: Client, app: Flask, language: str
) -> None:
    uof, number, token = recorded(api)
    early = PdfReader(io.BytesIO(printed(uof, number, language)))
    assert list(early.attachments) == ["receipt.jwt"]
    sealed_and_signed(app)

    made = printed(uof, number, language)
    assert made == printed(uof, number, language)
    reader = PdfReader(io.BytesIO(made))

    root: Any = reader.trailer["/Root"]  # Any: objects of the PDF
    metadata = root["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part[>=\"\s]*3", metadata)
    assert re.search(r"pdfaid:conformance[>=\"\s]*U", metadata)
    assert root["/Lang"].startswith(language)
    intent = root["/OutputIntents"][0]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].get_object().get_data()
    relations = {one.get_object()["/UF"]: one.get_object()["/AFRelationship"] for one in root["/AF"]}
    assert relations == {"receipt.jwt": "/Source", "proof.json": "/Supplement"}
    kinds = {one.get_object()["/UF"]: one.get_object()["/EF"]["/F"]["/Subtype"] for one in root["/AF"]}
    assert kinds == {"receipt.jwt": "/application/jose", "proof.json": "/application/json"}
    assert reader.attachments["receipt.jwt"][0].decode() == token
    assert json.loads(reader.attachments["proof.json"][0])["inclusion"]["path"] is not None
    text = "".join(page.extract_text() for page in reader.pages)
    assert number in text
    assert f"/check/{number}" in text
    assert ADDRESS not in text


def test_the_older_form_says_what_was_given_and_leaves_out_what_was_refused(api: Client) -> None:
    uof = api("uof")
    purposes = [choice["purpose"] for choice in consent()["choices"]]
    choices = [{"purpose": purpose, "granted": purpose == purposes[0]} for purpose in purposes]
    made = uof.post("/consents", consent(choices=choices)).json

    older = uof.get(f"/consents/{made['id']}/receipt.kantara.json").json

    assert older["version"] == "KI-CR-v1.1.0"
    assert older["consentReceiptID"] == made["id"]
    assert isinstance(older["consentTimestamp"], int)
    given_purposes = older["services"][0]["purposes"]
    assert [one["purposeCategory"] for one in given_purposes] == [[purposes[0]]]
    assert given_purposes[0]["consentType"] == "EXPLICIT"
    assert older["piiControllers"][0]["piiController"]


def test_another_operator_s_receipt_is_not_there_in_any_form(api: Client) -> None:
    _, number, _ = recorded(api)

    for form in ("receipt", "receipt.json", "receipt.jwt", "receipt.pdf", "receipt.kantara.json"):
        assert api("dar").get(f"/consents/{number}/{form}").status_code == 404, form


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["text", "jwt", "pdf"])
def test_anyone_gives_a_receipt_and_reads_what_is_proven(api: Client, app: Flask, form: str, language: str) -> None:
    uof, number, token = recorded(api)
    anybody = app.test_client()
    anybody.get(f"/language/{language}")
    file = printed(uof, number, language) if form == "pdf" else token.encode()
    given_so = {"text": token} if form == "text" else {"file": (io.BytesIO(file), f"receipt.{form}")}
    waiting = anybody.post("/check", data={"text": token}).text
    sealed_and_signed(app)

    answer = anybody.post("/check", data=given_so)

    assert answer.status_code == 200
    assert answer.text.count('class="tag good"') == 3
    assert waiting.count('class="tag good"') == 2
    assert number in answer.text
    assert ADDRESS not in answer.text


@pytest.mark.parametrize(
    "damage",
    [
        altered,
        lambda token: token[:-8] + "AAAAAAAA",
        lambda _: "",
        lambda _: "x.y.z",
        lambda _: "%PDF-1.7\nnothing",
        lambda token: token.split(".")[1],
    ],
    ids=["altered", "signature", "empty", "nonsense", "pdf", "half"],
)
def test_what_is_no_receipt_of_ours_proves_nothing(api: Client, app: Flask, damage: Callable[[str], str]) -> None:
    _, _, token = recorded(api)

    answer = app.test_client().post("/check", data={"text": damage(token)}, headers={"Accept-Language": "en"})

    assert answer.status_code == 422
    assert "Nothing is proven." in answer.text
    assert "tag good" not in answer.text


@given(st.binary(max_size=300))
def test_no_file_makes_the_reader_stumble(noise: bytes) -> None:
    with pytest.raises(ReceiptError) as refused:
        token_in(b"%PDF-1.7\n" + noise)

    assert refused.value.fault in {ReceiptFault.UNREADABLE_PDF, ReceiptFault.EMPTY_PDF}


@pytest.mark.parametrize("name", [b"/Foo", b"/#FlateDecode", b"/JBIG2Decode", b"/Crypt"])
def test_a_pdf_whose_parts_are_packed_in_an_unknown_way_cannot_be_read(api: Client, app: Flask, name: bytes) -> None:
    uof, number, _ = recorded(api)
    odd = printed(uof, number, "en").replace(b"/FlateDecode", name)

    answer = app.test_client().post("/check", data={"file": (io.BytesIO(odd), "receipt.pdf")})

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("kind", "missing"),
    [("consent-proof+jwt", None), ("consent-receipt+jwt", "event"), ("consent-receipt+jwt", "party_identification")],
)
def test_what_our_key_signed_and_is_no_whole_receipt_proves_nothing(
    api: Client, app: Flask, kind: str, missing: str | None
) -> None:
    uof, number, token = recorded(api)
    said = uof.get(f"/consents/{number}/receipt.json").json
    said = {name: value for name, value in said.items() if name != missing}
    with app.app_context():
        other = sign(json.dumps(said).encode(), kind, services().keys.signer.receipts)
    assert other != token

    answer = app.test_client().post("/check", data={"text": other}, headers={"Accept-Language": "en"})

    assert answer.status_code == 422
    assert "This is no receipt." in answer.text


def test_of_a_pdf_it_is_said_that_its_pages_were_not_checked(api: Client, app: Flask) -> None:
    uof, number, token = recorded(api)
    anybody = app.test_client()
    anybody.get("/language/en")
    file = (io.BytesIO(printed(uof, number, "en")), "receipt.pdf")

    assert "The printed pages were not checked" in anybody.post("/check", data={"file": file}).text
    assert "The printed pages were not checked" not in anybody.post("/check", data={"text": token}).text


def test_the_number_on_paper_leads_to_the_record_until_its_evidence_is_over(api: Client, app: Flask) -> None:
    uof, number, _ = recorded(api)
    anybody = app.test_client()
    anybody.get("/language/en")
    address = uof.get(f"/consents/{number}/receipt.json").json["check_url"]

    page = anybody.get(f"/check/{number}")

    assert address.endswith(f"/check/{number}")
    assert "Only the number was given" in page.text
    assert page.text.count('class="tag good"') == 1
    assert ADDRESS not in page.text
    missing = anybody.get(f"/check/{number[:-1]}{'0' if number[-1] != '0' else '1'}")
    assert missing.status_code == 404
    assert "No record is kept under this number" in missing.text


def test_the_command_checks_the_printed_receipt_too(
    api: Client, app: Flask, tmp_path: Path, clock: MovableClock, database_url: str
) -> None:
    uof, number, _ = recorded(api)
    sealed_and_signed(app)
    clock.move(minutes=1)
    file = tmp_path / "receipt.pdf"
    file.write_bytes(printed(uof, number, "kk"))

    said = run("receipt", "verify", str(file), data_dir=tmp_path, DATABASE_URL=database_url).stdout

    assert "The signature holds" in said
    assert "under a head that is signed" in said
