"""Sites and forms as an operator's systems enter and read them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from tests.integration.conftest import Api

Client = Callable[[str], Api]
DOCUMENT = "personal-data-agreement"
ADVERTISING = {"document": DOCUMENT, "purpose": "targeted_advertising"}
RESEARCH = {"document": DOCUMENT, "purpose": "service_quality_research", "required": True}


def site_of(api: Api) -> dict[str, Any]:  # Any: JSON
    site: dict[str, Any] = api.get("/sites").json["items"][0]  # Any: JSON
    return site


def form(api: Api, code: str = "sign-up", boxes: Any = (RESEARCH, ADVERTISING)) -> Any:  # Any: JSON; a test answer
    return api.post("/forms", {"site_key": site_of(api)["site_key"], "form": code, "boxes": list(boxes)})


def test_the_sites_of_a_policy_folder_have_a_form_for_each_document_that_is_accepted(api: Client) -> None:
    uof = api("uof")

    site = site_of(uof)

    assert site["origin"] == "https://www.uof.kz"
    assert {one["form"] for one in site["forms"]} == {DOCUMENT, "terms-of-use"}
    asked = {one["form"]: one["boxes"] for one in uof.get("/forms").json["items"]}
    assert [box["box"] for box in asked["terms-of-use"]] == ["terms-of-use#use_site"]
    assert {box["required"] for box in asked[DOCUMENT]} == {False}
    assert uof.get("/operator").json["sites"] == [site]


def test_a_form_in_other_words_is_a_new_edition_and_the_same_once_more_is_none(api: Client, app: Flask) -> None:
    uof = api("uof")

    first, again, other = form(uof), form(uof), form(uof, boxes=[ADVERTISING])

    assert [answer.status_code for answer in (first, again, other)] == [201] * 3
    assert [answer.json["edition"] for answer in (first, again, other)] == [1, 1, 2]
    with app.app_context(), db.engine.connect() as connection:
        kinds = connection.execute(text("SELECT kind FROM ledger_events")).scalars().all()
        editions = connection.execute(text("SELECT count(*) FROM form_editions")).scalar_one()
    forms = sum(len(api(slug).get("/forms").json["items"]) for slug in ("uof", "dar", "qlever", "5qbe", "worksection",
                                                                       "acme", "ulgi"))  # fmt: skip
    assert kinds.count("form_set") == editions == forms + 1


@pytest.mark.parametrize(
    ("boxes", "field", "says"),
    [
        ([], "boxes", "1"),
        ([{"document": DOCUMENT}], "boxes.0", "purpose"),
        ([{"document": DOCUMENT, "purpose": "no_such"}], "boxes.0", "targeted_advertising"),
        ([ADVERTISING, ADVERTISING], "boxes.1", "once"),
        ([ADVERTISING | {"required": True}], "boxes.0", "advertising"),
        ([{"document": DOCUMENT, "kind": "information"}], "boxes", "consent"),
        ([ADVERTISING | {"kind": "information"}], "boxes.0", "whole document"),
        ([ADVERTISING | {"ticked": True}], "boxes.0.ticked", "Unknown"),
        ([ADVERTISING] * 31, "boxes", ""),
    ],
    ids=["none", "no purpose", "unknown purpose", "twice", "advertising forced", "information alone",
         "information on a purpose", "pre-ticked", "too many"],
)  # fmt: skip
def test_a_form_that_does_not_fit_its_documents_is_refused(api: Client, boxes: Any, field: str, says: str) -> None:
    uof = api("uof")
    before = uof.get("/forms").json

    refused = form(uof, boxes=boxes)

    assert refused.status_code == 422, refused.json
    assert says in " ".join(refused.json["errors"][field])
    assert uof.get("/forms").json == before


def test_documents_and_sites_of_others_look_like_missing_ones(api: Client) -> None:
    uof, dar = api("uof"), api("dar")
    foreign = {"site_key": site_of(dar)["site_key"], "form": "sign-up", "boxes": [ADVERTISING]}

    assert form(uof, boxes=[{"document": "dar/privacy-policy", "purpose": "promotion"}]).status_code == 404
    refused = uof.post("/forms", foreign)
    assert refused.status_code == 404
    assert refused.data == uof.post("/forms", foreign | {"site_key": "site_" + "A" * 16}).data


def test_a_site_is_known_by_its_main_origin_and_keeps_its_key(api: Client) -> None:
    uof = api("uof")
    site = site_of(uof)

    changed = uof.post("/sites", {"origin": site["origin"], "further_origins": ["http://127.0.0.1:9000"]})
    new = uof.post("/sites", {"origin": "https://pay.uof.kz"})

    assert changed.json == site | {"further_origins": ["http://127.0.0.1:9000"]}
    assert new.json["site_key"] != site["site_key"]
    assert len(uof.get("/sites").json["items"]) == 2


@pytest.mark.parametrize("origin", ["https://www.uof.kz/", "https://UOF.kz", "uof.kz", "*", "null", "https://a.kz, b"])
def test_what_is_no_origin_is_refused(api: Client, origin: str) -> None:
    assert api("uof").post("/sites", {"origin": origin}).status_code == 422
    assert api("uof").post("/sites", {"origin": "https://a.kz", "further_origins": [origin]}).status_code == 422
