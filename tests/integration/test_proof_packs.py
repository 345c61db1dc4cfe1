"""The proof pack of a consent: complete, signed, readable, without an identifier of the person."""

import base64
import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from pypdf import PdfReader

from tests.factories import consent
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_ledger_served import climb, sealed_and_signed
from tests.integration.test_withdrawal_pages import signed_in_at
from tests.integration.test_withdrawals import work

Client = Callable[[str], Api]
PERSON = {"email": "aizhan.packed@example.kz", "phone": "+7 701 765 43 21", "full_name": "Айжан Дәлелова"}
SUBJECT = {"ref": "person-packed", "identifiers": PERSON}


def unpacked(uof: Api, number: str) -> dict[str, bytes]:
    answer = uof.get(f"/consents/{number}/proof.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as pack:
        assert pack.testzip() is None
        return {name: pack.read(name) for name in pack.namelist()}


def opened(part: str) -> Any:  # Any: a JSON value
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def checked(files: dict[str, bytes]) -> dict[str, Any]:  # Any: the manifest
    """Check a pack as a specialist would: signature, digests, text, leaves, paths."""
    key = json.loads(files["jwks.json"])["keys"][0]
    head, body, signature = files["manifest.jwt"].decode().split(".")
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))
    public.verify(base64.urlsafe_b64decode(signature + "=="), f"{head}.{body}".encode())
    manifest: dict[str, Any] = opened(body)
    assert json.loads(files["manifest.json"]) == manifest
    assert opened(head)["typ"] == "consent-proof+jwt"
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert manifest["files"] == {name: one for name, one in digests.items() if not name.startswith("manifest.")}
    receipt = json.loads(files["receipt/receipt.json"])
    notice = receipt["pii_processing"]["privacy_notice"]
    assert digests[f"text/shown-{receipt['pii_processing']['language']}.txt"] == notice["sha256"]
    for event in json.loads(files["ledger/events.json"]):
        said = b"consent-ledger/leaf/v1\x00" + event["body"].encode()
        entry = b"\x01" + hmac.digest(bytes.fromhex(event["salt"]), said, "sha256")
        assert entry.hex() == event["leaf_input"]
        place = event["inclusion"]
        root = climb(entry, place["leaf_index"], place["tree_size"], [bytes.fromhex(one) for one in place["path"]])
        assert place["head"].split("\n")[2] == base64.b64encode(root).decode()
    return manifest


def test_a_pack_tells_the_whole_story_and_proves_it(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    number = uof.post("/consents", consent(subject=SUBJECT, declarations={"adult": True})).json["id"]
    clock.move(hours=1)
    withdrawn = {"subject": "person-packed", "document": consent()["document"], "channel": "registered_mail"}
    assert uof.post("/withdrawals", withdrawn).status_code == 201
    sealed_and_signed(app)

    files = unpacked(uof, number)

    manifest = checked(files)
    assert (manifest["format"], manifest["consent"]) == ("kelisim-proof/1", number)
    events = [json.loads(event["body"])["kind"] for event in json.loads(files["ledger/events.json"])]
    assert events[:3] == ["consent_recorded", "duties_owed", "withdrawal_received"]
    assert files["ledger/event-0001.tlog-proof"].startswith(b"c2sp.org/tlog-proof@v1\n")
    history = json.loads(files["history.json"])
    assert len(history["withdrawals"]) == 1
    assert len(history["duties"]) > 1
    said = words_of(files["proof-ru.pdf"])
    assert "Отзыв получен" in said
    assert "совершеннолетие" in said
    assert "электронная почта, имя, телефон" in said
    assert date.fromisoformat(history["duties"][0]["due_on"]).strftime("%d.%m.%Y") in said
    assert "+00:00" not in files["ledger/events.json"].decode()


def test_a_pack_says_whose_words_the_text_is_and_what_the_person_did(api: Client) -> None:
    uof = api("uof")
    number = uof.post("/consents", consent(subject=SUBJECT, act="pressed", language="ru")).json["id"]

    files = unpacked(uof, number)

    said, text = words_of(files["proof-ru.pdf"]), words_of(files["text/shown-ru.pdf"])
    assert "Доказательство согласия" in said
    for page in (said, text):
        assert "Это пересказ текста" in page
        assert "Слова принадлежат этому сервису, а не оператору" in page
    assert "дословно" not in said
    assert "нажата кнопка (2.1, 2.2)" in said
    assert "отметка" not in said
    assert "засвидетельствовано сайтом" in said
    assert "преамбула" in text
    assert "preamble" not in text
    older = json.loads(files["receipt/kantara.json"])
    assert older["policyUrl"].endswith("/documents/uof/personal-data-agreement/versions/2026-01-01")


def test_a_pack_of_an_answer_that_granted_nothing_is_no_proof_of_a_consent(api: Client) -> None:
    uof = api("uof")
    refused = [{"purpose": one["purpose"], "granted": False} for one in consent()["choices"]]
    number = uof.post("/consents", consent(choices=refused)).json["id"]

    files = unpacked(uof, number)

    for language, title in (("kk", "Жауаптың дәлелі"), ("ru", "Доказательство ответа"), ("en", "Proof of an answer")):
        assert title in words_of(files[f"proof-{language}.pdf"])


def test_a_pack_tells_why_a_withdrawal_was_refused_what_fell_away_and_which_letter_said_so(api: Client) -> None:
    uof = api("uof")
    number = uof.post("/consents", consent(subject=SUBJECT)).json["id"]
    withdrawn = {"subject": "person-packed", "document": consent()["document"], "channel": "registered_mail"}
    case = uof.post("/withdrawals", withdrawn).json["id"]
    refusal = {"bar": "law", "reference": "Закон 1-II, статья 5", "reason": "The law on accounting."}
    assert uof.post(f"/withdrawals/{case}/refuse", refusal).status_code == 200
    letter = uof.get(f"/withdrawals/{case}").json["letters"][0]["id"]
    sent = uof.post(f"/letters/{letter}/dispatch", {"receipt": "Вручено Айжан Дәлелова"})
    assert sent.status_code == 200, sent.json

    files = unpacked(uof, number)

    said = words_of(files["proof-ru.pdf"])
    for words in ("заказным письмом", "Закон 1-II, статья 5", "закон не допускает отзыва", "отказ в отзыве"):
        assert words in said
    assert "отменена" in said  # the duty to destroy
    assert "Дәлелова" not in said + files["history.json"].decode()
    told = json.loads(files["history.json"])
    assert (told["withdrawals"][0]["bar"], told["withdrawals"][0]["purposes"]) == ("law", ["targeted_advertising"])
    assert told["letters"][0]["state"] == "sent"


@pytest.mark.parametrize("value", [*PERSON.values(), "person-packed", "77017654321", "Дәлелова"])
def test_a_pack_holds_no_identifier_of_the_person(api: Client, app: Flask, value: str) -> None:
    uof = api("uof")
    number = uof.post("/consents", consent(subject=SUBJECT)).json["id"]
    sealed_and_signed(app)

    for name, content in unpacked(uof, number).items():
        text = words_of(content) if name.endswith(".pdf") else content.decode()
        assert value not in text, name


def test_a_pack_is_made_and_holds_after_the_person_was_erased(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    number = uof.post("/consents", consent(subject=SUBJECT)).json["id"]
    withdrawn = {"subject": "person-packed", "document": consent()["document"], "channel": "registered_mail"}
    uof.post("/withdrawals", withdrawn)
    for _ in range(3):
        clock.now += timedelta(days=10)
        work(app)
    sealed_and_signed(app)

    files = unpacked(uof, number)

    checked(files)
    events = [json.loads(event["body"])["kind"] for event in json.loads(files["ledger/events.json"])]
    assert "erasure_done" in events
    assert "The person's data were destroyed" in words_of(files["proof-en.pdf"])


def test_another_operator_s_pack_is_not_there(api: Client) -> None:
    number = api("uof").post("/consents", consent()).json["id"]

    assert api("dar").get(f"/consents/{number}/proof.zip").status_code == 404


def test_the_person_in_charge_takes_receipt_and_pack_from_the_page_of_a_withdrawal(app: Flask, api: Client) -> None:
    uof = api("uof")
    number = uof.post("/consents", consent(subject=SUBJECT)).json["id"]
    withdrawn = {"subject": "person-packed", "document": consent()["document"], "channel": "registered_mail"}
    case = uof.post("/withdrawals", withdrawn).json["id"]
    signed = signed_in_at(app, "uof")

    page = signed.get(f"/dashboard/uof/withdrawals/{case}").text

    receipt, pack = (f"/dashboard/uof/consents/{number}/{name}" for name in ("receipt.pdf", "proof.zip"))
    assert f'href="{receipt}"' in page
    assert f'href="{pack}"' in page
    assert signed.get(receipt).data.startswith(b"%PDF-")
    assert zipfile.is_zipfile(io.BytesIO(signed.get(pack).data))
    assert signed.get(pack.replace("/uof/", "/dar/")).status_code == 404
    assert app.test_client().get(pack).status_code == 302
